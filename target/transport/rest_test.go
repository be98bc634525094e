package transport

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"weighbridge/target"
)

// counted is a server of HTTP/1.1 and h2c that knows how many connections are open.
type counted struct {
	*httptest.Server
	mu   sync.Mutex
	open map[net.Conn]bool
}

func newCounted(handler http.HandlerFunc) *counted {
	c := &counted{open: map[net.Conn]bool{}}
	c.Server = httptest.NewUnstartedServer(handler)
	c.Config.Protocols = new(http.Protocols)
	c.Config.Protocols.SetHTTP1(true)
	c.Config.Protocols.SetUnencryptedHTTP2(true)
	c.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch state {
		case http.StateNew:
			c.open[conn] = true
		case http.StateClosed, http.StateHijacked:
			delete(c.open, conn)
		}
	}
	c.Start()
	return c
}

// waitFor waits until so many connections are open.
func (c *counted) waitFor(t *testing.T, want int) {
	t.Helper()
	c.waitWhile(t, want, func() {})
}

// rest calls pool.Rest until no connection is open: one that has just answered may not be idle yet.
func (c *counted) rest(t *testing.T, pool *Connections) {
	t.Helper()
	c.waitWhile(t, 0, pool.Rest)
}

// waitWhile calls do again and again until so many connections are open.
func (c *counted) waitWhile(t *testing.T, want int, do func()) {
	t.Helper()
	got := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.open)
	}
	for until := time.Now().Add(20 * time.Second); got() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("the server has %d connections, want %d", got(), want)
		}
		do()
	}
}

// TestConnectionsAtRestAreClosed holds every transport to closing what it has before others have their turn, and to
// opening as many before the next.
func TestConnectionsAtRestAreClosed(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "h2c"} {
		for _, transport := range []string{"lean", "standard"} {
			t.Run(fmt.Sprint(protocol, " ", transport), func(t *testing.T) {
				var here sync.WaitGroup
				server := newCounted(func(http.ResponseWriter, *http.Request) {
					here.Done()
					here.Wait() // so that no request takes the connection of another
				})
				defer server.Close()
				s := section(protocol)
				s.Transport, s.Streams, s.InFlight = transport, 1, 3
				pool := connect(t, s, nil)
				ask := func() {
					here.Add(3)
					concurrently(t, 3, func() error {
						_, _, err := post(pool, server.URL, "x")
						return err
					})
				}
				ask()
				opened := pool.Traffic().Connections
				server.rest(t, pool)
				pool.Rest()
				pool.Resume(t.Context())
				pool.Resume(t.Context())
				server.waitFor(t, int(opened))
				ask()
				if got := pool.Traffic().Connections; opened != 3 || got != 2*opened {
					t.Errorf("%d connections were opened, and with those after Resume %d; want 3 and 6", opened, got)
				}
				pool.Rest()
				pool.Resume(t.Context())
				pool.Close()
				pool.Resume(t.Context())
				server.waitFor(t, 0)
			})
		}
	}
}

// TestASpareConnectionMayEnd has a server that closes a connection before its first request, which must not fail.
func TestASpareConnectionMayEnd(t *testing.T) {
	server := newCounted(func(http.ResponseWriter, *http.Request) {})
	defer server.Close()
	s := section("http/1.1")
	s.Transport = "standard"
	pool := connect(t, s, nil)
	if _, _, err := post(pool, server.URL, "x"); err != nil {
		t.Fatal(err)
	}
	server.rest(t, pool)
	pool.Resume(t.Context())
	server.waitFor(t, 1)
	server.CloseClientConnections()
	server.waitFor(t, 0)
	if _, _, err := post(pool, server.URL, "x"); err != nil {
		t.Error(err)
	}
	if got := pool.Traffic().Connections; got != 3 {
		t.Errorf("%d connections were opened, want 3", got)
	}
}

// TestNoConnectionAtRestIsMissed has nothing to open at a server that is gone.
func TestNoConnectionAtRestIsMissed(t *testing.T) {
	for _, c := range []target.Client{{Protocol: "http/1.1", Transport: "standard"}, {Protocol: "h2c"}} {
		server := newCounted(func(http.ResponseWriter, *http.Request) {})
		s := section(c.Protocol)
		s.Transport = c.Transport
		pool := connect(t, s, nil)
		if _, _, err := post(pool, server.URL, "x"); err != nil {
			t.Fatal(err)
		}
		pool.Rest()
		server.Close()
		pool.Resume(t.Context())
		if _, _, err := post(pool, server.URL, "x"); err == nil {
			t.Errorf("%s: a server that is gone answered", c.Protocol)
		}
	}
}
