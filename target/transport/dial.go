package transport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Sum is how many times something was done and how long that took in total.
type Sum struct {
	Count uint64
	Total time.Duration
}

// sumCounter is a Sum that goroutines add to concurrently.
type sumCounter struct{ count, total atomic.Int64 }

func (s *sumCounter) add(d time.Duration) {
	s.count.Add(1)
	s.total.Add(int64(d))
}

func (s *sumCounter) snapshot() Sum {
	return Sum{uint64(s.count.Load()), time.Duration(s.total.Load())}
}

// mostAddresses is how many addresses are counted apart.
const mostAddresses = 100

// addressCounter counts connections by the address that they were opened to.
type addressCounter struct {
	mu sync.Mutex
	by map[string]uint64
}

func (a *addressCounter) add(to net.Addr) {
	if to == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = map[string]uint64{}
	}
	address := to.String()
	if _, known := a.by[address]; !known && len(a.by) >= mostAddresses {
		address = "other addresses"
	}
	a.by[address]++
}

func (a *addressCounter) snapshot() map[string]uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.by)
}

// lookup is when the DNS lookup of a connection began and ended; zero without one.
type lookup struct{ began, ended time.Time }

// traced returns ctx with a trace that fills in the lookup and counts it.
func (l *lookup) traced(ctx context.Context, counter *sumCounter) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { l.began = time.Now() },
		DNSDone: func(httptrace.DNSDoneInfo) {
			l.ended = time.Now()
			counter.add(l.ended.Sub(l.began))
		},
	})
}

// errConnectTimeout is the cause of the end of a connection's opening at client.connect_timeout.
var errConnectTimeout = errors.New("client.connect_timeout has passed")

// connectTimeoutError is a connection that was not open when client.connect_timeout had passed.
type connectTimeoutError struct{ during error }

func (e connectTimeoutError) Error() string {
	return fmt.Sprintf("%v (%v)", errConnectTimeout, e.during)
}

func (e connectTimeoutError) Unwrap() error { return e.during }

// Timeout makes it a timeout as of package net.
func (e connectTimeoutError) Timeout() bool { return true }

// connecting returns the context in which a connection is opened, TLS handshake included.
func (c *Connections) connecting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.connectTimeout, errConnectTimeout)
}

// overdue replaces the error of a connection that was not open in time by one that says whether
// client.timeout or client.connect_timeout has passed: a dial returns "i/o timeout" for both. It returns other
// errors as they are.
func overdue(ctx context.Context, err error) error {
	until, limited := ctx.Deadline()
	if err == nil || !limited || !ended(err) || errors.Is(err, errTimeout) || errors.As(err, new(connectTimeoutError)) || time.Now().Before(until) {
		return err
	}
	<-ctx.Done() // which may be a moment behind the dial's own timer
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeout):
		return cause
	case errors.Is(cause, errConnectTimeout):
		return connectTimeoutError{err}
	}
	return err
}

// dial opens a TCP connection whose bytes are counted. It times the DNS lookup and
// the connect separately; an IP address needs no lookup.
func (c *Connections) dial(ctx context.Context, network, address string) (_ net.Conn, err error) {
	ctx, cancel := c.connecting(ctx)
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	l, began := &lookup{}, time.Now()
	conn, err := c.dialer.DialContext(l.traced(ctx, &c.traffic.dns), network, address)
	if err != nil {
		return nil, err
	}
	return c.countWire(conn, began, l.ended), nil
}

// countWire counts a connection, the time since its dial began, and the bytes that it carries. lookedUp is when
// its DNS lookup ended, which does not count as connecting; zero without one.
func (c *Connections) countWire(conn net.Conn, began, lookedUp time.Time) net.Conn {
	if lookedUp.After(began) {
		began = lookedUp
	}
	c.traffic.connect.add(time.Since(began))
	c.reached.add(conn.RemoteAddr())
	return &wireConn{Conn: conn, stamped: newStampedConn(conn), traffic: &c.traffic}
}
