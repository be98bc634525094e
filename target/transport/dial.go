package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
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

// Reach opens a connection to the server of a URL, or to its proxy if it has one, and closes it.
func (c *Connections) Reach(ctx context.Context, server *url.URL) (err error) {
	ctx, cancel := c.connecting(ctx)
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	address := hostPort(&http.Request{URL: server})
	through, err := c.proxyOf(server.Scheme, address)
	if err != nil {
		return err
	}
	if through != nil {
		address = proxyAddress(through)
	}
	conn, err := c.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// dialPlain opens a connection without TLS, or the one to a proxy that forwards plain requests.
func (c *Connections) dialPlain(ctx context.Context, _, address string) (conn net.Conn, err error) {
	ctx, cancel := c.connecting(ctx)
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	if through, ok := c.forwards.Load(address); ok {
		conn, err = c.openProxy(ctx, through.(*url.URL))
	} else {
		conn, err = c.open(ctx, "http", address)
	}
	if err != nil {
		return nil, err
	}
	return c.countPlain(ctx, conn, nil), nil
}

// dialTLS opens a TLS connection that negotiates the protocol of the pool.
func (c *Connections) dialTLS(ctx context.Context, _, address string) (_ net.Conn, err error) {
	ctx, cancel := c.connecting(ctx)
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	conn, err := c.open(ctx, "https", address)
	if err != nil {
		return nil, err
	}
	cfg := c.tls.Clone()
	cfg.ServerName = cmp.Or(cfg.ServerName, host)
	secure := tls.Client(conn, cfg)
	began := time.Now()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says more
		if ended(err) || errors.Is(err, io.EOF) || errors.Is(err, errnoReset) {
			err = fmt.Errorf("TLS handshake with %s: %w", address, err)
		}
		return nil, explainTLS(err, c.alpn)
	}
	c.traffic.tls.add(time.Since(began))
	if got := secure.ConnectionState().NegotiatedProtocol; c.alpn == "h2" && got != "h2" {
		_ = secure.Close()
		return nil, errors.New(notSpoken(c.alpn, "it agreed to "+cmp.Or(got, "no protocol")+" in the TLS handshake"))
	}
	return c.countPlain(ctx, secure, secure), nil
}

// hostPort returns the host and port that req goes to.
func hostPort(req *http.Request) string {
	if req.URL.Port() != "" {
		return req.URL.Host
	}
	port := "80"
	if req.URL.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(req.URL.Hostname(), port)
}
