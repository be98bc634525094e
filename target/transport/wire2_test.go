package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"weighbridge/bench/rawserver"
	"weighbridge/target"
)

// http2Server is a server of cleartext HTTP/2 that answers as a test says.
type http2Server struct {
	// answer is told each complete request: its stream, and its number from 0 over all
	// connections. Calls do not overlap on a connection.
	answer func(f *http2.Framer, stream uint32, n int)
	// maxStreams is the limit that the server announces.
	maxStreams uint32

	connections, requests atomic.Int64
}

// listen starts the server and returns its URL.
func (s *http2Server) listen(t *testing.T) string {
	return "http://" + rawserver.Serve(t, func(conn net.Conn) {
		s.connections.Add(1)
		if err := s.serve(conn); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
			t.Logf("the server stops reading: %v", err)
		}
	})
}

func (s *http2Server) serve(conn net.Conn) error {
	if _, err := io.ReadFull(conn, make([]byte, prefaceBytes)); err != nil {
		return err
	}
	f := http2.NewFramer(conn, conn)
	var settings []http2.Setting
	if s.maxStreams > 0 {
		settings = append(settings, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: s.maxStreams})
	}
	if err := f.WriteSettings(settings...); err != nil {
		return err
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return err
		}
		ended := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = f.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = f.WritePing(true, frame.Data)
			}
		case *http2.HeadersFrame:
			ended = frame.StreamEnded()
		case *http2.DataFrame:
			ended = frame.StreamEnded()
		}
		if err != nil {
			return err
		}
		if ended {
			s.answer(f, frame.Header().StreamID, int(s.requests.Add(1))-1)
		}
	}
}

// ok answers a stream with status 200 and no body.
func ok(f *http2.Framer, stream uint32) { status(f, stream, "200", true) }

func status(f *http2.Framer, stream uint32, code string, last bool) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{ // the client finds out
		StreamID: stream, BlockFragment: headerBlock(":status", code), EndHeaders: true, EndStream: last,
	})
}

func h2c(o *Options) { o.Client.Protocol = "h2c" }

func TestRequestsThatWereNotProcessedAreSentAgain(t *testing.T) {
	refuse := func(f *http2.Framer, stream uint32) { _ = f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) }
	leave := func(f *http2.Framer, last uint32, code http2.ErrCode) { _ = f.WriteGoAway(last, code, nil) }
	for _, c := range []struct {
		name              string
		answer            func(f *http2.Framer, stream uint32, n int)
		class             target.Class
		replays, requests int
		connections       int64
	}{
		{"a refused stream", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				refuse(f, stream)
				return
			}
			ok(f, stream)
		}, target.Success, 1, 3, 1},
		{"a stream refused for ever", func(f *http2.Framer, stream uint32, n int) {
			if n >= 1 {
				refuse(f, stream)
				return
			}
			ok(f, stream)
		}, target.Transport, maxReplays, 2 + maxReplays, 1},
		{"GOAWAY before the stream", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				leave(f, stream-2, http2.ErrCodeNo)
				return
			}
			ok(f, stream)
		}, target.Success, 1, 3, 2},
		{"GOAWAY of a server at its limit", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				leave(f, stream-2, http2.ErrCodeEnhanceYourCalm)
				return
			}
			ok(f, stream)
		}, target.Success, 1, 3, 2},
		{"GOAWAY after the stream", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				leave(f, stream, http2.ErrCodeNo)
			}
			ok(f, stream)
		}, target.Success, 0, 2, 1},
		{"a stream that was processed and then reset", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				_ = f.WriteRSTStream(stream, http2.ErrCodeInternal)
				return
			}
			ok(f, stream)
		}, target.Transport, 0, 2, 1},
		{"switched protocols", func(f *http2.Framer, stream uint32, n int) {
			if n == 1 {
				status(f, stream, "101", false)
				return
			}
			ok(f, stream)
		}, target.Contract, 0, 2, 1},
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			t.Run(method+", "+c.name, func(t *testing.T) {
				s := &http2Server{answer: c.answer}
				client := newClient(t, s.listen(t), h2c, func(o *Options) {
					o.Dialect, o.Client.Connections = plainDialect{method}, 1
				})
				if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success {
					t.Fatalf("the first request: %+v", x.Outcome)
				}
				x := client.Do(t.Context(), one)
				if x.Outcome.Class != c.class || len(x.Attempts) != 1 || x.Attempts[0].Replays != c.replays {
					t.Errorf("%+v, attempts %+v; want class %q and one attempt with %d replays", x.Outcome, x.Attempts, c.class, c.replays)
				}
				if s.requests.Load() != int64(c.requests) || s.connections.Load() != c.connections {
					t.Errorf("the server saw %d requests on %d connections, want %d on %d", s.requests.Load(), s.connections.Load(), c.requests, c.connections)
				}
			})
		}
	}
}

func TestConnectionsAreCappedInHTTP2(t *testing.T) {
	for _, protocol := range []string{"http/2", "h2c"} {
		t.Run(protocol, func(t *testing.T) {
			url, roots := listen(t, protocol, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			s := section(protocol)
			s.Connections = 1
			pool := connect(t, s, roots)
			concurrently(t, 500, func() error { _, _, err := post(pool, url, "x"); return err })
			if n := pool.Traffic().Connections; n != 1 {
				t.Errorf("%d connections for 500 requests, want 1", n)
			}
		})
	}
}

// No more streams are opened than the server allows; the others wait for one.
func TestStreamsThatTheServerAllows(t *testing.T) {
	const atOnce, all = 4, 40
	s := &http2Server{maxStreams: atOnce, answer: func(f *http2.Framer, stream uint32, _ int) { ok(f, stream) }}
	client := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Connections = 1 })
	if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success { // and the settings are known
		t.Fatalf("%+v", x.Outcome)
	}
	concurrently(t, all, func() error {
		if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success || x.Attempts[0].Replays > 0 {
			return fmt.Errorf("%+v, %+v", x.Outcome, x.Attempts)
		}
		return nil
	})
	if got := client.Connections.Traffic(); got.PeakStreams > atOnce || got.Connections != 1 {
		t.Errorf("%d streams at once on %d connections, want at most %d on one", got.PeakStreams, got.Connections, atOnce)
	}
}

// A connection that the server is closing finishes its streams while the next one is open.
func TestALeavingConnectionDoesNotHoldUpTheNext(t *testing.T) {
	release := make(chan struct{})
	s := &http2Server{}
	s.answer = func(f *http2.Framer, stream uint32, n int) {
		if n == 0 {
			_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
			<-release
		}
		ok(f, stream)
	}
	client := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Connections = 1 })
	first := make(chan *Exchange)
	go func() { first <- client.Do(context.Background(), one) }()
	for onlyPool(client).openConnections() > 0 || s.requests.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	second := client.Do(t.Context(), one)
	close(release)
	if x := <-first; x.Outcome.Class != target.Success || second.Outcome.Class != target.Success || s.connections.Load() != 2 {
		t.Errorf("%+v and %+v on %d connections, want two successes on two", x.Outcome, second.Outcome, s.connections.Load())
	}
}

// A request that waits for a stream of the only connection goes to the next one as soon as the
// server is closing that connection, not when its streams have ended.
func TestWaitingRequestsLeaveAConnectionThatIsClosing(t *testing.T) {
	held, leave, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := &http2Server{maxStreams: 1}
	s.answer = func(f *http2.Framer, stream uint32, n int) {
		if n == 1 {
			close(held)
			<-leave
			_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
			<-release
		}
		ok(f, stream)
	}
	client := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Connections = 1 })
	if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success { // and the settings are known
		t.Fatalf("%+v", x.Outcome)
	}
	first, second := make(chan *Exchange, 1), make(chan *Exchange, 1)
	go func() { first <- client.Do(context.Background(), one) }()
	<-held
	go func() { second <- client.Do(context.Background(), one) }()
	for onlyPool(client).waiters.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(leave)
	x := <-second
	close(release)
	if y := <-first; x.Outcome.Class != target.Success || y.Outcome.Class != target.Success || s.connections.Load() != 2 {
		t.Errorf("%+v and %+v on %d connections, want two successes on two", y.Outcome, x.Outcome, s.connections.Load())
	}
}

// openConnections is how many connections take new requests.
func (p *http2Pool) openConnections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.open {
		if c.usable() {
			n++
		}
	}
	return n
}

func TestHTTP2WithoutKeepalive(t *testing.T) {
	s := &http2Server{answer: func(f *http2.Framer, stream uint32, _ int) { ok(f, stream) }}
	client := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Keepalive = false })
	concurrently(t, 20, func() error {
		if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success {
			return fmt.Errorf("%+v", x.Outcome)
		}
		return nil
	})
	if n := client.Connections.Traffic().Connections; n != 20 {
		t.Errorf("%d connections for 20 requests, want 20", n)
	}
}

// A request that waits for a connection ends with its timeout, not with the dial's.
func TestWaitingForAConnectionEndsWithTheTimeout(t *testing.T) {
	silent := "https://" + rawserver.Serve(t, untilClosed)
	client := newClient(t, silent, func(o *Options) {
		o.Client.Protocol, o.Client.Timeout, o.Client.ConnectTimeout = "http/2", 50*time.Millisecond, time.Minute
	})
	began := time.Now()
	x := client.Do(t.Context(), one)
	if x.Outcome.Class != target.Timeout || time.Since(began) > 30*time.Second {
		t.Errorf("%+v after %v, want a timeout after 50ms", x.Outcome, time.Since(began))
	}
}

func TestServersOfAnotherProtocolAreNamed(t *testing.T) {
	http1, _ := listen(t, "plain", func(http.ResponseWriter, *http.Request) {})
	tlsOnly, _ := listen(t, "https", func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct{ name, url, protocol, want string }{
		{"TLS to a port without", strings.Replace(http1, "http:", "https:", 1), "http/1.1", "expected an http:// URL"},
		{"HTTP/2 to HTTP/1", http1, "h2c", "expected client.protocol http/1.1"},
	} {
		x := newClient(t, c.url, func(o *Options) { o.Client.Protocol = c.protocol }).Do(t.Context(), one)
		for range 20 { // the server may close the connection before all that it answers is read
			if strings.Contains(x.Outcome.Detail, c.want) {
				break
			}
			x = newClient(t, c.url, func(o *Options) { o.Client.Protocol = c.protocol }).Do(t.Context(), one)
		}
		if x.Outcome.Class != target.Transport || !strings.Contains(x.Outcome.Detail, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, x.Outcome, c.want)
		}
	}
	// Go's server answers a request without TLS with HTTP/1.0 and a 400.
	x := newClient(t, strings.Replace(tlsOnly, "https:", "http:", 1)).Do(t.Context(), one)
	if x.Outcome.Class != target.ClientErr || x.WrongProtocol > 0 || x.Attempts[0].Status != http.StatusBadRequest {
		t.Errorf("no TLS to a port with it: %+v, %+v; want the server's 400", x.Outcome, x.Attempts)
	}
}

func TestServersThatDoNotSpeakTheProtocolAskedForOverTLSAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, asked, want string
		offered           []string
	}{
		{"no protocols", "http/2", "expected client.protocol http/1.1", []string{}},
		{"HTTP/1.1 only", "http/2", "expected client.protocol http/1.1", []string{"http/1.1"}},
		{"neither", "http/1.1", "expected client.protocol http/2", []string{"imap"}},
	} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{NextProtos: c.offered}
		server.StartTLS()
		t.Cleanup(server.Close)
		x := newClient(t, server.URL, func(o *Options) {
			o.Client.Protocol, o.Client.TLS.Insecure = c.asked, true
		}).Do(t.Context(), one)
		if x.Outcome.Class != target.Transport || !strings.Contains(x.Outcome.Detail, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, x.Outcome, c.want)
		}
	}
}

// A promise of something pushed is counted, although the client has forbidden it and gives the
// connection up (RFC 9113, section 8.4).
func TestPushesAreCounted(t *testing.T) {
	s := &http2Server{answer: func(f *http2.Framer, stream uint32, _ int) {
		_ = f.WritePushPromise(http2.PushPromiseParam{ // the client finds out
			StreamID: stream, PromiseID: 2, EndHeaders: true,
			BlockFragment: headerBlock(":method", "GET", ":scheme", "http", ":authority", "x", ":path", "/"),
		})
	}}
	client := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Connections = 1 })
	if x := client.Do(t.Context(), one); x.Outcome.Class != target.Transport {
		t.Errorf("%+v", x.Outcome)
	}
	if n := client.Connections.Traffic().Pushes; n != 1 {
		t.Errorf("%d pushes, want 1", n)
	}
}

// onlyPool is the pool of a client with one server; an empty one before its first request.
func onlyPool(client *Client) *http2Pool {
	p := client.Connections.http2
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, pool := range p.byServer {
		return pool
	}
	return &http2Pool{}
}
