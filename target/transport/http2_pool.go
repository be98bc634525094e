package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"
)

// http2Pool distributes requests over HTTP/2 connections, and opens as few as carry them.
// net/http's own pool would exceed a limit on connections, and would count neither the
// streams nor the requests that it sends again.
type http2Pool struct {
	http2Limits
	dial func(ctx context.Context, scheme, address string) (http2Conn, *activeStreams, error)
	ctx  context.Context // of the dials; ends when the pool is closed
	stop context.CancelFunc

	mu      sync.Mutex
	opening int           // connections being opened
	open    []*pooledConn // may have a free stream
	allowed int           // streams on a connection, as the server said last; 0 if it has not
	leaving []*pooledConn // told by the server to take no more requests
	waiting []*waiter     // in order of arrival
	resting int           // connections that rest has closed
	// waiters is len(waiting), readable without mu.
	waiters atomic.Int32
}

// http2Limits are the limits of a pool; 0 means none.
type http2Limits struct {
	connections int
	streams     int  // per connection; no limit means as many as the server allows
	single      bool // a connection carries one request
}

// anyNumber is how many streams a connection is expected to carry until its server has said how many it
// allows: large, so that no second connection is opened before the first has got that answer.
const anyNumber = 1 << 20

// perConnection is how many requests a connection that is being opened will carry. The caller holds p.mu.
func (p *http2Pool) perConnection() int {
	n := anyNumber
	switch {
	case p.single:
		return 1
	case p.streams > 0:
		n = p.streams
	}
	if p.allowed > 0 {
		n = min(n, p.allowed)
	}
	return n
}

// waiter is a request that waits for a stream; ready is closed once conn or err is set.
type waiter struct {
	scheme, address string
	ready           chan struct{}
	conn            *pooledConn
	err             error
}

func newHTTP2Pool(
	limits http2Limits, dial func(ctx context.Context, scheme, address string) (http2Conn, *activeStreams, error),
) *http2Pool {
	p := &http2Pool{http2Limits: limits, dial: dial}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// roundTrip sends req with net/http. again is asked before it is sent again.
func (p *http2Pool) roundTrip(req *http.Request, again func() bool) (resp *http.Response, replays int, err error) {
	first := true
	return p.send(req.Context(), req.URL.Scheme, hostPort(req), again, func(c *pooledConn) (*http.Response, error) {
		if !first {
			if req, err = rewound(req); err != nil {
				c.conn.Release()
				return nil, err
			}
		}
		first = false
		// net/http calls GotConn only for connections of its own pool.
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{Conn: c.streams.conn})
		}
		return c.conn.(*http.ClientConn).RoundTrip(req)
	})
}

// send sends a request on a connection with a free stream, which it occupies until the
// response body is closed. If the server has not processed the request, it is sent again if the function
// again allows it; replays counts how often it was.
func (p *http2Pool) send(
	ctx context.Context, scheme, address string, again func() bool, exchange func(*pooledConn) (*http.Response, error),
) (resp *http.Response, replays int, err error) {
	for tried := 1; ; tried++ {
		c, err := p.acquire(ctx, scheme, address)
		if err != nil {
			return nil, replays, err
		}
		resp, err := exchange(c)
		if err == nil {
			resp.Body = &releasingBody{ReadCloser: resp.Body, pool: p, conn: c}
			return resp, replays, nil
		}
		p.release(c)
		sent, safe := replayable(err)
		if !safe || tried > maxReplays || ctx.Err() != nil || sent && !again() {
			return nil, replays, err
		}
		if sent {
			replays++
		}
	}
}

// rewound returns req with its body from the start.
func rewound(req *http.Request) (*http.Request, error) {
	if req.GetBody == nil {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	again := *req
	again.Body = body
	return &again, nil
}

// acquire reserves a stream for one request, and waits for one if none is free.
func (p *http2Pool) acquire(ctx context.Context, scheme, address string) (*pooledConn, error) {
	p.mu.Lock()
	if len(p.waiting) == 0 {
		if c := p.take(); c != nil {
			p.mu.Unlock()
			return c, nil
		}
	}
	w := &waiter{scheme: scheme, address: address, ready: make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.waiters.Add(1)
	p.serve()
	p.mu.Unlock()
	select {
	case <-w.ready:
		return w.conn, w.err
	case <-ctx.Done():
		p.leave(w)
		return nil, ctx.Err()
	}
}

// leave takes back a request that waits no longer.
func (p *http2Pool) leave(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.waiters.Add(-1)
	} else if w.conn != nil {
		w.conn.conn.Release()
		p.free(w.conn)
	}
}

// take reserves a stream on the first connection that has one; nil if none has. Until the server has
// said how many it allows, a connection has one: a server resets those above what it allows, or net/http
// holds them back beyond the pool's knowledge. The caller holds p.mu.
func (p *http2Pool) take() *pooledConn {
	for i := 0; i < len(p.open); {
		c := p.open[i]
		full := p.streams > 0 && c.active >= p.streams || p.single && c.used || c.active > 0 && !c.heard
		switch {
		case !c.usable():
			p.open = slices.Delete(p.open, i, i+1)
			p.leaving = append(p.leaving, c)
			p.closeIfDone(c)
		case full:
			i++
		case c.conn.Reserve() == nil:
			c.active++
			c.used = true
			return c
		default:
			i++
		}
	}
	return nil
}

// serve gives free streams to the requests that wait, and opens connections for those
// left over. The caller holds p.mu.
func (p *http2Pool) serve() {
	p.hear()
	for len(p.waiting) > 0 {
		c := p.take()
		if c == nil {
			break
		}
		p.answer(c, nil)
	}
	for len(p.waiting) > p.coming() && (p.connections == 0 || len(p.open)+p.opening < p.connections) {
		p.opening++
		go p.connect(p.waiting[0].scheme, p.waiting[0].address)
	}
}

// coming is how many streams are expected to become free: on connections that are being opened, and on those
// whose server has not said yet how many it allows. The caller holds p.mu.
func (p *http2Pool) coming() int {
	n := p.opening * p.perConnection()
	for _, c := range p.open {
		if !c.heard && c.usable() {
			n += p.perConnection() - c.active
		}
	}
	return n
}

// hear notes how many streams servers allow, for connections that have been told. take and coming both rely on
// these notes rather than on the connections, whose state may change between them. The caller holds p.mu.
func (p *http2Pool) hear() {
	for _, c := range p.open {
		if !c.heard && c.streams.isSettled() {
			c.heard = true
			p.allowed = max(c.allows(), 1)
		}
	}
}

// answer ends the wait of the first request. The caller holds p.mu.
func (p *http2Pool) answer(c *pooledConn, err error) {
	w := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	p.waiters.Add(-1)
	w.conn, w.err = c, err
	close(w.ready)
}

// connect opens a connection and returns it. If it cannot, the requests that it was for fail, and it returns nil.
func (p *http2Pool) connect(scheme, address string) (opened *pooledConn) {
	conn, streams, err := p.dial(p.ctx, scheme, address)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opening--
	if err == nil && p.ctx.Err() != nil {
		_, err = conn.Close(), p.ctx.Err()
	}
	if err != nil {
		for range min(len(p.waiting), p.perConnection()) {
			p.answer(nil, err)
		}
	} else {
		opened = &pooledConn{conn: conn, streams: streams}
		p.open = append(p.open, opened)
	}
	if p.ctx.Err() == nil {
		p.serve()
	}
	return opened
}

// changed says that a connection may have more free streams, or takes no more requests. It may
// be called while this goroutine, or another, holds p.mu.
func (p *http2Pool) changed() {
	if p.waiters.Load() == 0 {
		return
	}
	go func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.ctx.Err() == nil {
			p.serve()
		}
	}()
}

// release frees a stream whose request has ended.
func (p *http2Pool) release(c *pooledConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free(c)
}

// free frees a stream. The caller holds p.mu.
func (p *http2Pool) free(c *pooledConn) {
	c.active--
	p.closeIfDone(c)
	if len(p.waiting) > 0 {
		p.serve()
	}
}

// closeIfDone closes a connection that carries no request and will carry none. The caller
// holds p.mu.
func (p *http2Pool) closeIfDone(c *pooledConn) {
	if c.active > 0 || c.usable() && !(p.single && c.used) {
		return
	}
	_ = c.conn.Close() // an error makes no difference: the pool is done with it
	isIt := func(one *pooledConn) bool { return one == c }
	p.open, p.leaving = slices.DeleteFunc(p.open, isIt), slices.DeleteFunc(p.leaving, isIt)
}

// close closes every connection. Requests that wait fail.
func (p *http2Pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	for _, c := range slices.Concat(p.open, p.leaving) {
		_ = c.conn.Close() // as in free
	}
	p.open, p.leaving = nil, nil
	for len(p.waiting) > 0 {
		p.answer(nil, net.ErrClosed)
	}
}
