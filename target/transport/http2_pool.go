package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
)

// http2Pool distributes requests over HTTP/2 connections and limits the concurrent
// streams per connection. net/http's own pool opens as many streams on one
// connection as the server allows.
type http2Pool struct {
	dial    func(ctx context.Context, scheme, address string) (*http.ClientConn, error)
	streams int   // per connection
	slots   Slots // one per stream over all connections; nil means no limit

	mu    sync.Mutex
	conns []*pooledConn
}

// pooledConn is a connection that is open or being opened.
type pooledConn struct {
	ready  chan struct{} // closed once conn or err is set
	conn   *http.ClientConn
	err    error
	active int // requests in progress
}

// newHTTP2Pool returns an empty pool, which opens at most the given number of connections; 0 means
// no limit.
func newHTTP2Pool(
	dial func(ctx context.Context, scheme, address string) (*http.ClientConn, error), connections, streams int,
) *http2Pool {
	p := &http2Pool{dial: dial, streams: streams}
	if connections > 0 {
		p.slots = NewSlots(connections * streams)
	}
	return p
}

// RoundTrip sends req on a connection with a free stream, which it occupies until the
// response body is closed.
func (p *http2Pool) RoundTrip(req *http.Request) (*http.Response, error) {
	c, err := p.acquire(req)
	if err != nil {
		return nil, err
	}
	// net/http calls GotConn only for connections of its own pool.
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	resp, err := c.conn.RoundTrip(req)
	if err != nil {
		p.release(c)
		return nil, err
	}
	resp.Body = &releasingBody{ReadCloser: resp.Body, release: sync.OnceFunc(func() { p.release(c) })}
	return resp, nil
}

// acquire reserves a stream for one request. It opens a connection if none has a
// free stream.
func (p *http2Pool) acquire(req *http.Request) (*pooledConn, error) {
	ctx := req.Context()
	if p.slots != nil {
		if err := p.slots.Acquire(ctx); err != nil {
			return nil, err
		}
	}
	c, isNew := p.reserve()
	if isNew {
		c.conn, c.err = p.dial(context.WithoutCancel(ctx), req.URL.Scheme, hostPort(req))
		close(c.ready)
	}
	select {
	case <-c.ready:
	case <-ctx.Done():
		p.release(c)
		return nil, ctx.Err()
	}
	if c.err != nil {
		p.release(c)
		return nil, c.err
	}
	return c, nil
}

// reserve returns the first connection with a free stream, or a new one, which the
// caller must open.
func (p *http2Pool) reserve() (c *pooledConn, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = slices.DeleteFunc(p.conns, (*pooledConn).unusable)
	for _, c := range p.conns {
		if c.active < p.streams {
			c.active++
			return c, false
		}
	}
	c = &pooledConn{ready: make(chan struct{}), active: 1}
	p.conns = append(p.conns, c)
	return c, true
}

func (p *http2Pool) release(c *pooledConn) {
	p.mu.Lock()
	c.active--
	p.mu.Unlock()
	if p.slots != nil {
		p.slots.Release()
	}
}

// unusable reports whether the connection accepts no new requests; those in progress
// may still complete.
func (c *pooledConn) unusable() bool {
	select {
	case <-c.ready:
		return c.err != nil || c.conn.Err() != nil
	default:
		return false
	}
}

// close closes every connection.
func (p *http2Pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		if <-c.ready; c.conn != nil {
			_ = c.conn.Close() // an error makes no difference: the pool is done with it
		}
	}
	p.conns = nil
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

// releasingBody releases the stream when the body is closed.
type releasingBody struct {
	io.ReadCloser
	release func()
}

func (b *releasingBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
