package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"weighbridge/target"
)

const msec = time.Millisecond

// pipeListener accepts in-memory connections, so that in a synctest bubble time
// passes only while a goroutine sleeps, and every part is exact.
type pipeListener struct {
	dialled chan net.Conn
	closed  context.Context
	close   func()
}

func (p pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}
func (p pipeListener) Close() error   { p.close(); return nil }
func (p pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// bubbleClient returns a client of handler over in-memory connections that take dial
// to open. Call it inside a synctest bubble.
func bubbleClient(t *testing.T, dial time.Duration, handler http.HandlerFunc, changes ...func(*Options)) *Client {
	t.Helper()
	o := Options{Dialect: plainDialect{}, Client: section("http/1.1"), Jitter: func() float64 { return 0 }}
	for _, change := range changes {
		change(&o)
	}
	server := httptest.NewUnstartedServer(handler)
	if err := server.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	closed, closing := context.WithCancel(context.Background())
	listener := pipeListener{make(chan net.Conn), closed, closing}
	server.Listener = listener
	var roots *x509.CertPool
	o.Base = &url.URL{Scheme: "http", Host: "127.0.0.1"}
	switch o.Client.Protocol {
	case "http/2":
		server.EnableHTTP2 = true
		server.StartTLS()
		roots = x509.NewCertPool()
		roots.AddCert(server.Certificate())
		o.Base.Scheme = "https"
	case "h2c":
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
	default:
		server.Start()
	}
	t.Cleanup(server.Close)
	o.Connections = connect(t, o.Client, roots)
	o.Connections.dialer.Connect = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if !sleep(ctx, dial) {
			return nil, ctx.Err()
		}
		clientEnd, serverEnd := net.Pipe()
		listener.dialled <- serverEnd
		return clientEnd, nil
	}
	return NewClient(o)
}

// withProtocol sets the protocol, and the limits on connections and on streams per
// connection; 0 means no limit.
func withProtocol(protocol string, connections, streams int) func(*Options) {
	return func(o *Options) {
		o.Client.Protocol, o.Client.Connections, o.Client.Streams = protocol, connections, streams
	}
}

// slowScheme takes a while for each of the first slow calls, and no time afterwards.
type slowScheme struct {
	slow  atomic.Int64
	takes time.Duration
}

func (s *slowScheme) Authorize(context.Context, http.Header) error {
	if s.slow.Add(-1) >= 0 {
		time.Sleep(s.takes)
	}
	return nil
}
func (s *slowScheme) Rejected(http.Header) bool { return true }

// respondSlowly takes 5 ms to start reading the request, 11 ms to start the response,
// and 13 ms to finish it.
func respondSlowly(w http.ResponseWriter, r *http.Request) {
	time.Sleep(5 * msec)
	_, _ = io.Copy(io.Discard, r.Body)
	time.Sleep(11 * msec)
	_, _ = io.WriteString(w, "first")
	w.(http.Flusher).Flush()
	time.Sleep(13 * msec)
	_, _ = io.WriteString(w, "last")
}

func TestEveryPartIsTimed(t *testing.T) {
	// The prompt is larger than any buffer between client and server.
	large := Request{Prompts: []string{strings.Repeat("x", 3<<20)}}
	for name, c := range map[string]struct {
		protocol string
		streams  int
	}{"http/1.1": {"http/1.1", 0}, "http/2": {"http/2", 0}, "h2c": {"h2c", 0}, "streams": {"http/2", 4}, "h2c streams": {"h2c", 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth := &slowScheme{takes: 3 * msec}
				auth.slow.Store(1)
				client := bubbleClient(t, 7*msec, respondSlowly, withProtocol(c.protocol, 0, c.streams), func(o *Options) {
					o.Auth, o.Client.InFlight = auth, 1
				})
				if err := client.gate.Acquire(context.Background()); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(2*msec, client.gate.Free)
				for _, want := range []Parts{
					{SlotWait: 2 * msec, Auth: 3 * msec, Connect: 7 * msec, Sending: 5 * msec, Waiting: 11 * msec, Body: 13 * msec},
					{Sending: 5 * msec, Waiting: 11 * msec, Body: 13 * msec},
				} {
					began := time.Now()
					x := client.Do(context.Background(), large)
					if x.Outcome.Class != target.Success || x.Parts != want {
						t.Errorf("%+v\n got %+v\nwant %+v", x.Outcome, x.Parts, want)
					}
					if whole := x.End.Sub(began); whole != x.Sum() {
						t.Errorf("the parts add up to %v of %v", x.Sum(), whole)
					}
					if x.FirstByte != x.Service-13*msec || x.Service != x.End.Sub(began)-x.SlotWait-x.Auth {
						t.Errorf("service %v, first byte %v", x.Service, x.FirstByte)
					}
				}
			})
		})
	}
}

// Two attempts fail before the third succeeds. Each waits for its credential, the
// first also for its connection and the second also for a slot.
func TestEarlierAttemptsAreOnePart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen atomic.Int64
		auth := &slowScheme{takes: 3 * msec}
		auth.slow.Store(3)
		respond := statuses(&seen, 500, 429, 200)
		client := bubbleClient(t, 7*msec, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(11 * msec)
			respond(w, r)
		}, retrying(4), func(o *Options) {
			o.Auth, o.Client.InFlight, o.Client.Retry.Multiplier, o.Client.Retry.Max = auth, 1, 20*msec, time.Second
		})
		// The slot is taken during the first back-off and for 4 ms after it.
		time.AfterFunc(30*msec, func() {
			if err := client.gate.Acquire(context.Background()); err != nil {
				t.Error(err)
			}
			time.AfterFunc(15*msec, client.gate.Free)
		})
		began := time.Now()
		x := client.Do(context.Background(), one)
		want := Parts{SlotWait: 4 * msec, Auth: 9 * msec, Earlier: (7 + 11 + 11) * msec, Between: 40 * msec, Waiting: 11 * msec}
		if x.Outcome.Class != target.Success || x.Parts != want {
			t.Errorf("%+v\n got %+v\nwant %+v", x.Outcome, x.Parts, want)
		}
		if whole := x.End.Sub(began); whole != x.Sum() {
			t.Errorf("the parts add up to %v of %v", x.Sum(), whole)
		}
	})
}

func TestRejectedCredentialIsAnEarlierAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen atomic.Int64
		respond := statuses(&seen, 401, 200)
		client := bubbleClient(t, 0, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(11 * msec)
			respond(w, r)
		}, func(o *Options) { o.Auth = &slowScheme{} })
		x := client.Do(context.Background(), one)
		if want := (Parts{Earlier: 11 * msec, Waiting: 11 * msec}); x.Outcome.Class != target.Success || x.Parts != want {
			t.Errorf("%+v\n got %+v\nwant %+v", x.Outcome, x.Parts, want)
		}
	})
}

// The first request occupies the only connection for 11 ms; the second waits for it.
func TestWaitingForAConnectionCountsAsConnect(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"http/1.1": withProtocol("http/1.1", 1, 0), "streams": withProtocol("http/2", 1, 1), "h2c streams": withProtocol("h2c", 1, 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := bubbleClient(t, 7*msec, func(_ http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					time.Sleep(11 * msec)
				}, change)
				client.Do(context.Background(), one)
				waits := make(chan time.Duration)
				for range 2 {
					go func() { waits <- client.Do(context.Background(), one).Connect }()
				}
				if a, b := <-waits, <-waits; a != 0 || b != 11*msec {
					t.Errorf("waited %v and %v for a connection, want 0s and 11ms", a, b)
				}
			})
		})
	}
}

func TestFailedDialCountsAsConnect(t *testing.T) {
	for _, streams := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			client := bubbleClient(t, 7*msec, respondSlowly, withProtocol("h2c", 0, streams))
			client.Connections.dialer.Connect = func(context.Context, string, string) (net.Conn, error) {
				time.Sleep(7 * msec)
				return nil, errors.New("connection refused")
			}
			x := client.Do(context.Background(), one)
			if x.Outcome.Class != target.Transport || x.Parts != (Parts{Connect: 7 * msec}) {
				t.Errorf("%d streams: %+v, %+v; want a connect time of 7ms", streams, x.Outcome, x.Parts)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	const notObserved = -1
	for _, c := range []struct {
		name                      string
		connected, written, first time.Duration
		want                      Parts
	}{
		{"in order", 1, 3, 6, Parts{Connect: 1, Sending: 2, Waiting: 3, Body: 4}},
		{"all at time 0", 0, 0, 0, Parts{Body: 10}},
		{"first byte before the request was written", 1, 8, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"written not observed", 1, notObserved, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"written after the last byte", 1, 99, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"no response", 1, 3, notObserved, Parts{Connect: 1, Sending: 2, Waiting: 7}},
		{"no connection", notObserved, notObserved, notObserved, Parts{Connect: 10}},
	} {
		trace := &attemptTrace{}
		trace.connected.Store(int64(c.connected) + 1)
		trace.written.Store(int64(c.written) + 1)
		trace.firstByte.Store(int64(c.first) + 1)
		var got Parts
		if trace.split(10, &got); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSplitPartsAddUpToTheServiceTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Int64Range(0, int64(time.Minute))
		trace := &attemptTrace{}
		trace.connected.Store(moment.Draw(t, "connected"))
		trace.written.Store(moment.Draw(t, "written"))
		trace.firstByte.Store(moment.Draw(t, "first"))
		whole := time.Duration(moment.Draw(t, "whole"))
		var p Parts
		trace.split(whole, &p)
		if p.Sum() != whole || min(p.Connect, p.Sending, p.Waiting, p.Body) < 0 {
			t.Fatalf("%+v adds up to %v of %v", p, p.Sum(), whole)
		}
	})
}
