// Package lean sends requests over HTTP/1.1 at little more than the cost of the socket: the
// caller's goroutine writes the request to a pooled connection and reads the response from it.
// No other goroutine takes part, unless the request is large, and timeouts are deadlines of the
// connection. Messages are written and parsed by net/http.
package lean

import (
	"context"
	"net"
	"net/http"
	"slices"
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
	// dialing ends when the pool is closed.
	dialing context.Context
	stop    context.CancelFunc

	mu     sync.Mutex
	hosts  map[hostKey]*host
	closed bool
	// asked is the key that was looked up last, for latest: as a rule, it is always the same.
	asked  hostKey
	latest *host
}

type hostKey struct{ scheme, address string }

// host is the connections to one host, under the lock of the pool.
type host struct {
	open int // or being dialed
	// resting is how many idle connections Rest has closed that Resume has not opened again.
	resting int
	// idle is in the order of last use, and reaper waits for the first to be idle for too long; nil if none is.
	idle   []*conn
	reaper *time.Timer
	// waiting is in the order of arrival. Some in it may have been served.
	waiting []*waiter
}

// New returns an empty pool. Close it after use.
func New(o Options) *Pool {
	p := &Pool{options: o, hosts: map[hostKey]*host{}}
	p.dialing, p.stop = context.WithCancel(context.Background())
	return p
}

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

// take returns the connection that was used last. If all are in use, it dials a new one, and returns that or the
// first that is free before, as net/http does: connections are slow to open while many are.
func (p *Pool) take(ctx context.Context, key hostKey) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		c, w := p.takeOrWait(ctx, key)
		if c == nil {
			var err error
			if c, err = p.wait(ctx, w); err != nil {
				return nil, err
			}
		}
		if !c.kept || c.usable(p.options.IdleTimeout) {
			return c, nil
		}
		p.discard(c)
	}
}

// takeOrWait returns an idle connection, or a place in the queue.
func (p *Pool) takeOrWait(ctx context.Context, key hostKey) (*conn, *waiter) {
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
	w := newWaiter(ctx)
	h.waiting = append(h.waiting, w)
	if p.options.MaxConnections == 0 || h.open < p.options.MaxConnections {
		p.startDial(h, key, w)
	}
	return nil, w
}

// wait waits until w is served. At the end of ctx it gives up, and its dial with it.
func (p *Pool) wait(ctx context.Context, w *waiter) (*conn, error) {
	select {
	case got := <-w.ready:
		if got.err != nil {
			return nil, causeOr(ctx, got.err)
		}
		return got.conn, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	late := w.served
	w.served = true
	giveUp := w.endDial
	p.mu.Unlock()
	switch {
	case late:
		if got := <-w.ready; got.conn != nil {
			p.put(got.conn)
		}
	case giveUp != nil:
		giveUp()
	}
	return nil, context.Cause(ctx)
}

// startDial begins to open a connection for w on a goroutine of its own, which takes more stack than all else a
// request does, by far with TLS: the stack of a caller that waits would not shrink again. The caller holds the lock.
func (p *Pool) startDial(h *host, key hostKey, w *waiter) {
	h.open++
	var ctx context.Context
	if w.deadline.IsZero() {
		ctx, w.endDial = context.WithCancel(p.dialing)
	} else {
		ctx, w.endDial = context.WithDeadline(p.dialing, w.deadline)
	}
	end := w.endDial
	go func() {
		defer end()
		open := p.options.Dial
		if key.scheme == "https" {
			open = p.options.DialTLS
		}
		if socket, err := open(ctx, "tcp", key.address); err != nil {
			p.failDial(key, w, err)
		} else {
			p.dialed(newConn(p, key, socket), w)
		}
	}()
}

// dialed gives a new connection to the request that it was dialed for, or to another if that has one by now.
func (p *Pool) dialed(c *conn, w *waiter) {
	p.mu.Lock()
	if w.serve(c, nil) {
		p.mu.Unlock()
		return
	}
	if w := p.host(c.key).next(); w != nil {
		w.serve(c, nil)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	if p.options.NoKeepalive {
		p.discard(c)
		return
	}
	p.put(c)
}

// failDial gives the error of a dial to its request, if that has no connection by now.
func (p *Pool) failDial(key hostKey, w *waiter, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.serve(nil, err)
	p.leave(key)
}

// put makes a connection available again.
func (p *Pool) put(c *conn) {
	c.kept, c.idleSince = true, time.Now()
	p.mu.Lock()
	h := p.host(c.key)
	if w := h.next(); w != nil {
		w.serve(c, nil)
		p.mu.Unlock()
		return
	}
	if p.closed {
		p.mu.Unlock()
		p.discard(c)
		return
	}
	p.keep(h, c)
	p.mu.Unlock()
}

// keep makes a connection idle, until its time is over. The caller holds the lock.
func (p *Pool) keep(h *host, c *conn) {
	h.idle = append(h.idle, c)
	if h.reaper == nil {
		h.reaper = time.AfterFunc(p.options.IdleTimeout, func() { p.reap(h) })
	}
}

// reap closes the connections to a host that have been idle for too long, and comes again for the rest.
func (p *Pool) reap(h *host) {
	p.mu.Lock()
	now := time.Now()
	n := slices.IndexFunc(h.idle, func(c *conn) bool { return now.Sub(c.idleSince) < p.options.IdleTimeout })
	if n < 0 {
		n = len(h.idle)
	}
	old := slices.Clone(h.idle[:n])
	h.idle = slices.Delete(h.idle, 0, n)
	h.reaper = nil
	if len(h.idle) > 0 {
		h.reaper = time.AfterFunc(p.options.IdleTimeout-now.Sub(h.idle[0].idleSince), func() { p.reap(h) })
	}
	p.mu.Unlock()
	for _, c := range old {
		p.discard(c)
	}
}

// discard closes a connection that no request uses.
func (p *Pool) discard(c *conn) {
	_ = c.Close() // nothing is to be read from it or written to it
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave(c.key)
}

// leave counts one connection less. The first request that only waits may dial one in its place. The caller holds
// the lock.
func (p *Pool) leave(key hostKey) {
	h := p.host(key)
	full := h.open == p.options.MaxConnections // only then may requests wait without a dial
	h.open--
	if !full {
		h.dropServed()
	} else if w := h.nextToDial(); w != nil {
		p.startDial(h, key, w)
	}
}

// host returns the connections to a host; nil if it has none yet. The caller holds the lock.
func (p *Pool) host(key hostKey) *host {
	if p.latest == nil || p.asked != key {
		p.asked, p.latest = key, p.hosts[key]
	}
	return p.latest
}

// Close closes the idle connections, and each other once it is no longer in use.
func (p *Pool) Close() {
	p.stop()
	p.mu.Lock()
	p.closed = true
	var idle []*conn
	for _, h := range p.hosts {
		idle = append(idle, h.idle...)
		h.idle = nil
		if h.reaper != nil {
			h.reaper.Stop()
		}
	}
	p.mu.Unlock()
	for _, c := range idle {
		p.discard(c)
	}
}
