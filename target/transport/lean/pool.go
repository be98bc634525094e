// Package lean sends requests over HTTP/1.1 at little more than the cost of the socket: the
// caller's goroutine writes the request to a pooled connection and reads the response from it.
// No other goroutine takes part, unless the request is large, and timeouts are deadlines of the
// connection. Messages are written and parsed by net/http.
package lean

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options configures a Pool.
type Options struct {
	// Dial and DialTLS open connections for http and https URLs, the TLS handshake included.
	Dial, DialTLS func(ctx context.Context, network, address string) (net.Conn, error)
	// MaxConnections is how many connections may be open to one host; 0 sets no limit.
	MaxConnections int
	// IdleTimeout is how long an unused connection is kept.
	IdleTimeout time.Duration
	// NoKeepalive uses each connection for one request only.
	NoKeepalive bool
	// MaxHeaderBytes limits the header of a response.
	MaxHeaderBytes int64
	// MaxReplays is how often a request is sent again because its kept connection had ended.
	MaxReplays int
}

// Pool is a pool of connections. It is safe for concurrent use.
type Pool struct {
	options Options
	mu      sync.Mutex
	hosts   map[hostKey]*host
	// asked is the key that was looked up last, for latest: as a rule, it is always the same.
	asked  hostKey
	latest *host
}

type hostKey struct{ scheme, address string }

// host is the connections to one host, under the lock of the pool.
type host struct {
	open int
	// idle is in the order of last use.
	idle []*conn
	// waiting are the requests that wait for one of MaxConnections, in the order of arrival.
	waiting []*waiter
}

// waiter is sent a connection, or nil as the permission to open one.
type waiter struct{ ready chan *conn }

// New returns an empty pool.
func New(o Options) *Pool { return &Pool{options: o, hosts: map[hostKey]*host{}} }

// Trace is told when the events of a request happen. Written may be called from another
// goroutine than the rest.
type Trace interface {
	// GotConn is called when the request has a connection, which was idle for so long before;
	// a new connection was not.
	GotConn(conn net.Conn, reused bool, idle time.Duration)
	// Written is called when the request has been written.
	Written()
	// FirstByte is called when the first byte of a response has arrived, interim or final.
	FirstByte()
	// Interim is called after each interim response (1xx). Its error ends the request.
	Interim(status int) error
	// MayRepeat is asked before a request is sent again.
	MayRepeat() bool
}

// RoundTrip sends a request and returns its response, whose body must be read to its end or
// closed.
func (p *Pool) RoundTrip(req *http.Request, t Trace) (*http.Response, error) {
	m, err := NewMessage(req)
	if err != nil {
		return nil, err
	}
	return p.Send(req.Context(), m, nil, t)
}

// Send sends a message with more headers, none of which it has already, and returns the response,
// whose body must be read to its end or closed. A message without a body, of a safe method, is
// sent again if its kept connection ended before any response. The deadline or end of ctx ends
// the reading of the body too; the error is then the cause of its end.
func (p *Pool) Send(ctx context.Context, m *Message, more http.Header, t Trace) (*http.Response, error) {
	watcher := WatcherOf(ctx)
	for sent := 1; ; sent++ {
		c, err := p.take(ctx, m.key)
		if err != nil {
			return nil, err
		}
		resp, err := c.exchange(watcher, m, more, t)
		if err == nil {
			return resp, nil
		}
		if err == errStale { // nothing was sent
			sent--
			continue
		}
		if sent > p.options.MaxReplays || !m.safe || !c.endedIdle(ctx, err) || !t.MayRepeat() {
			return nil, err
		}
	}
}

// take returns the connection that was used last, or a new one. At MaxConnections it waits
// until one is free.
func (p *Pool) take(ctx context.Context, key hostKey) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		c, w := p.takeOrWait(key)
		switch {
		case c != nil:
		case w == nil:
			return p.dial(ctx, key)
		default:
			var err error
			if c, err = p.wait(ctx, key, w); err != nil {
				return nil, err
			}
			if c == nil {
				return p.dial(ctx, key)
			}
		}
		if c.usable(p.options.IdleTimeout) {
			return c, nil
		}
		p.discard(c)
	}
}

// takeOrWait returns an idle connection, or a place in the queue; neither if a connection may
// be opened, which is then counted as open.
func (p *Pool) takeOrWait(key hostKey) (*conn, *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(key)
	if h == nil {
		h = &host{}
		p.hosts[key] = h
	}
	if last := len(h.idle) - 1; last >= 0 {
		c := h.idle[last]
		h.idle[last] = nil
		h.idle = h.idle[:last]
		return c, nil
	}
	if p.options.MaxConnections > 0 && h.open >= p.options.MaxConnections {
		w := &waiter{ready: make(chan *conn, 1)}
		h.waiting = append(h.waiting, w)
		return nil, w
	}
	h.open++
	return nil, nil
}

// wait waits for a connection, or for the permission to open one: then it returns nil.
func (p *Pool) wait(ctx context.Context, key hostKey, w *waiter) (*conn, error) {
	select {
	case c := <-w.ready:
		return c, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	h := p.host(key)
	for i, other := range h.waiting {
		if other == w {
			h.waiting = append(h.waiting[:i], h.waiting[i+1:]...)
			p.mu.Unlock()
			return nil, context.Cause(ctx)
		}
	}
	p.mu.Unlock()
	// It was served as ctx ended: the next in the queue gets it.
	if c := <-w.ready; c != nil {
		p.put(c)
	} else {
		p.closed(key)
	}
	return nil, context.Cause(ctx)
}

// dial opens a connection that takeOrWait has counted, on a goroutine of its own: that takes more stack
// than all else a request does, by far with TLS, and the stack of a caller that waits would not shrink again.
func (p *Pool) dial(ctx context.Context, key hostKey) (*conn, error) {
	open := p.options.Dial
	if key.scheme == "https" {
		open = p.options.DialTLS
	}
	var socket net.Conn
	var err error
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		socket, err = open(ctx, "tcp", key.address)
	}()
	<-opened // soon after the end of ctx, at the latest
	if err != nil {
		p.closed(key)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	return newConn(p, key, socket), nil
}

// put makes a connection available again.
func (p *Pool) put(c *conn) {
	c.idleSince = time.Now()
	p.mu.Lock()
	h := p.host(c.key)
	if w := h.next(); w != nil {
		w.ready <- c
		p.mu.Unlock()
		return
	}
	var old *conn
	if len(h.idle) > 0 && c.idleSince.Sub(h.idle[0].idleSince) > p.options.IdleTimeout {
		old = h.idle[0]
		h.idle = append(h.idle[:0], h.idle[1:]...)
	}
	h.idle = append(h.idle, c)
	p.mu.Unlock()
	if old != nil {
		p.discard(old)
	}
}

// discard closes a connection that no request uses.
func (p *Pool) discard(c *conn) {
	_ = c.Close() // nothing is to be read from it or written to it
	p.closed(c.key)
}

// closed says that a connection which was counted as open is not.
func (p *Pool) closed(key hostKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(key)
	if w := h.next(); w != nil {
		w.ready <- nil // it opens one in its place
		return
	}
	h.open--
}

// host returns the connections to a host; nil if it has none yet. The caller holds the lock.
func (p *Pool) host(key hostKey) *host {
	if p.latest == nil || p.asked != key {
		p.asked, p.latest = key, p.hosts[key]
	}
	return p.latest
}

// next takes the first of the queue; nil if it is empty.
func (h *host) next() *waiter {
	if len(h.waiting) == 0 {
		return nil
	}
	w := h.waiting[0]
	h.waiting = append(h.waiting[:0], h.waiting[1:]...)
	return w
}

// Close closes the idle connections.
func (p *Pool) Close() {
	p.mu.Lock()
	var idle []*conn
	for _, h := range p.hosts {
		idle = append(idle, h.idle...)
		h.idle = nil
	}
	p.mu.Unlock()
	for _, c := range idle {
		p.discard(c)
	}
}
