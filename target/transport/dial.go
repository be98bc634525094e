package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"time"
)

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
