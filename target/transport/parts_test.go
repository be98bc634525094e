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

// pipes is a listener whose connections are in memory, so that time in a
// synctest bubble passes only where somebody sleeps: every part is exact.
type pipes struct {
	dialled chan net.Conn
	closed  context.Context
	close   func()
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { p.close(); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// bubbled is a client of handler over pipes that take dial to open; call it in a bubble.
func bubbled(t *testing.T, dial time.Duration, handler http.HandlerFunc, changes ...func(*Options)) *Client {
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
	listener := pipes{make(chan net.Conn), closed, closing}
	server.Listener = listener
	var roots *x509.CertPool
	o.Base = &url.URL{Scheme: "http", Host: "example.com"}
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
	o.Connections.connect = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if !sleep(ctx, dial) {
			return nil, ctx.Err()
		}
		ours, theirs := net.Pipe()
		listener.dialled <- theirs
		return ours, nil
	}
	return NewClient(o)
}

// wanting is the section with the protocol, and streams per connection where not 0.
func wanting(protocol string, connections, streams int) func(*Options) {
	return func(o *Options) {
		o.Client.Protocol, o.Client.Connections, o.Client.Streams = protocol, connections, streams
	}
}

// slowScheme takes a while for its first credentials and keeps the last.
type slowScheme struct {
	fresh atomic.Int64
	takes time.Duration
}

func (s *slowScheme) Authorize(context.Context, http.Header) error {
	if s.fresh.Add(-1) >= 0 {
		time.Sleep(s.takes)
	}
	return nil
}
func (s *slowScheme) Rejected(http.Header) bool { return true }

// inParts takes 5 ms to begin reading a request larger than any buffer, 11 to
// answer, and 13 over the body.
func inParts(w http.ResponseWriter, r *http.Request) {
	time.Sleep(5 * msec)
	_, _ = io.Copy(io.Discard, r.Body)
	time.Sleep(11 * msec)
	_, _ = io.WriteString(w, "first")
	w.(http.Flusher).Flush()
	time.Sleep(13 * msec)
	_, _ = io.WriteString(w, "last")
}

func TestEveryPartTakesWhatItTook(t *testing.T) {
	large := Request{Prompts: []string{strings.Repeat("x", 3<<20)}}
	for name, c := range map[string]struct {
		protocol string
		streams  int
	}{"http/1.1": {"http/1.1", 0}, "http/2": {"http/2", 0}, "h2c": {"h2c", 0}, "streams": {"http/2", 4}, "h2c streams": {"h2c", 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth := &slowScheme{takes: 3 * msec}
				auth.fresh.Store(1)
				client := bubbled(t, 7*msec, inParts, wanting(c.protocol, 0, c.streams), func(o *Options) {
					o.Auth, o.Client.InFlight = auth, 1
				})
				if err := client.slots.Acquire(context.Background()); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(2*msec, client.slots.Release)
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

// Two attempts fail before the third is answered; each waits for its credential,
// the first for its connection too, and the second for a slot.
func TestAttemptsBeforeTheLastAreAPartOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen atomic.Int64
		auth := &slowScheme{takes: 3 * msec}
		auth.fresh.Store(3)
		answer := statuses(&seen, 500, 429, 200)
		client := bubbled(t, 7*msec, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(11 * msec)
			answer(w, r)
		}, retrying(4), func(o *Options) {
			o.Auth, o.Client.InFlight, o.Client.Retry.Multiplier, o.Client.Retry.Max = auth, 1, 20*msec, time.Second
		})
		// The slot is taken while the first back-off lasts, and for 4 ms longer.
		time.AfterFunc(30*msec, func() {
			if err := client.slots.Acquire(context.Background()); err != nil {
				t.Error(err)
			}
			time.AfterFunc(15*msec, client.slots.Release)
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

func TestARefusedCredentialIsAnEarlierAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen atomic.Int64
		answer := statuses(&seen, 401, 200)
		client := bubbled(t, 0, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(11 * msec)
			answer(w, r)
		}, func(o *Options) { o.Auth = &slowScheme{} })
		x := client.Do(context.Background(), one)
		if want := (Parts{Earlier: 11 * msec, Waiting: 11 * msec}); x.Outcome.Class != target.Success || x.Parts != want {
			t.Errorf("%+v\n got %+v\nwant %+v", x.Outcome, x.Parts, want)
		}
	})
}

// The second request finds the one connection taken by the first, for 11 ms.
func TestWaitingForAConnectionIsConnecting(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"http/1.1": wanting("http/1.1", 1, 0), "streams": wanting("http/2", 1, 1), "h2c streams": wanting("h2c", 1, 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := bubbled(t, 7*msec, func(_ http.ResponseWriter, r *http.Request) {
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

func TestWhatNeverConnectsSpendsItsTimeConnecting(t *testing.T) {
	for _, streams := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			client := bubbled(t, 7*msec, inParts, wanting("h2c", 0, streams))
			client.Connections.connect = func(context.Context, string, string) (net.Conn, error) {
				time.Sleep(7 * msec)
				return nil, errors.New("nobody is there")
			}
			x := client.Do(context.Background(), one)
			if x.Outcome.Class != target.Transport || x.Parts != (Parts{Connect: 7 * msec}) {
				t.Errorf("%d streams: %+v, %+v; want 7ms of connecting", streams, x.Outcome, x.Parts)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	const unseen = -1
	for _, c := range []struct {
		name                      string
		connected, written, first time.Duration
		want                      Parts
	}{
		{"in order", 1, 3, 6, Parts{Connect: 1, Sending: 2, Waiting: 3, Body: 4}},
		{"at once", 0, 0, 0, Parts{Body: 10}},
		{"answered before it was written", 1, 8, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"written, as far as is known, never", 1, unseen, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"written after the last byte", 1, 99, 6, Parts{Connect: 1, Sending: 5, Body: 4}},
		{"no byte came", 1, 3, unseen, Parts{Connect: 1, Sending: 2, Waiting: 7}},
		{"no connection came", unseen, unseen, unseen, Parts{Connect: 10}},
	} {
		w := &watch{}
		w.connected.Store(int64(c.connected) + 1)
		w.written.Store(int64(c.written) + 1)
		w.first.Store(int64(c.first) + 1)
		var got Parts
		if w.split(10, &got); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSplitAddsUpWhateverWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Int64Range(0, int64(time.Minute))
		w := &watch{}
		w.connected.Store(moment.Draw(t, "connected"))
		w.written.Store(moment.Draw(t, "written"))
		w.first.Store(moment.Draw(t, "first"))
		whole := time.Duration(moment.Draw(t, "whole"))
		var p Parts
		w.split(whole, &p)
		if p.Sum() != whole || min(p.Connect, p.Sending, p.Waiting, p.Body) < 0 {
			t.Fatalf("%+v adds up to %v of %v", p, p.Sum(), whole)
		}
	})
}
