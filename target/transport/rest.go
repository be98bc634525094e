package transport

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"weighbridge/target/transport/lean"
)

// resumedAtOnce is how many connections are opened at a time before a turn.
const resumedAtOnce = 16

// Rest closes the idle connections while others use the server: one with a worker for each connection would have
// none left.
func (c *Connections) Rest() {
	switch {
	case c.http2 != nil:
		c.http2.rest()
		return
	case c.lean != nil:
		c.lean.Rest()
	}
	c.plain.rest(c.transport.CloseIdleConnections)
}

// Resume opens as many connections as Rest has closed, and waits until they are open. It leaves out those that
// cannot be opened: a request that needs one will be told why.
func (c *Connections) Resume(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.connectTimeout)
	defer cancel()
	switch {
	case c.http2 != nil:
		c.http2.resume(ctx)
		return
	case c.lean != nil:
		c.lean.Resume(ctx)
	}
	c.plain.resume(ctx, map[string]dialFunc{"http": c.dialPlain, "https": c.dialTLS})
}

// plainPool knows the HTTP/1.1 connections of net/http's transport, which can neither say how many it has nor open
// one before a request needs it.
type plainPool struct {
	mu      sync.Mutex
	open    map[serverKey]int // connections that net/http has
	resting map[serverKey]int // connections that rest has closed
	// spare are the connections that resume has opened, until net/http asks for one.
	spare  map[serverKey][]*plainConn
	closed bool
}

// dialer returns a dialer for net/http that takes spare connections first.
func (p *plainPool) dialer(scheme string, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		key := serverKey{scheme, address}
		for conn := p.take(key); conn != nil; conn = p.take(key) {
			if lean.Quiet(conn) {
				return p.lend(key, conn), nil
			}
			_ = conn.Close() // the server has ended it
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return p.lend(key, conn.(*plainConn)), nil
	}
}

// take takes a spare connection; nil if there is none.
func (p *plainPool) take(key serverKey) *plainConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.spare[key])
	if n == 0 {
		return nil
	}
	conn := p.spare[key][n-1]
	p.spare[key] = p.spare[key][:n-1]
	return conn
}

// lend counts a connection as open until net/http closes it.
func (p *plainPool) lend(key serverKey, conn *plainConn) net.Conn {
	p.count(key, +1)
	conn.closed = sync.OnceFunc(func() { p.count(key, -1) })
	return conn
}

func (p *plainPool) count(key serverKey, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[serverKey]int{}
	}
	p.open[key] += n
}

// rest closes the spare connections, and those that net/http closes with closeIdle.
func (p *plainPool) rest(closeIdle func()) {
	p.mu.Lock()
	resting := maps.Clone(p.open)
	p.mu.Unlock()
	closeIdle()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resting == nil {
		p.resting = map[serverKey]int{}
	}
	for key, before := range resting {
		p.resting[key] += max(before-p.open[key], 0)
	}
	for key, spare := range p.spare {
		p.resting[key] += len(spare)
	}
	p.closeSpare()
}

// closeSpare closes the spare connections. The caller holds p.mu.
func (p *plainPool) closeSpare() {
	for _, spare := range p.spare {
		for _, conn := range spare {
			_ = conn.Close() // no request has used it
		}
	}
	p.spare = nil
}

// resume opens as many connections as rest has closed.
func (p *plainPool) resume(ctx context.Context, dial map[string]dialFunc) {
	p.mu.Lock()
	resting := p.resting
	p.resting = nil
	p.mu.Unlock()
	atOnce(resting, func(key serverKey) {
		conn, err := dial[key.scheme](ctx, "tcp", key.host)
		if err != nil {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed {
			_ = conn.Close() // the pool has no use for it
			return
		}
		if p.spare == nil {
			p.spare = map[serverKey][]*plainConn{}
		}
		p.spare[key] = append(p.spare[key], conn.(*plainConn))
	})
}

// close closes the spare connections, for good.
func (p *plainPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.closeSpare()
}

// atOnce calls open as often as connections has each key, for several keys at a time, and waits for all.
func atOnce[K comparable](connections map[K]int, open func(K)) {
	var opening sync.WaitGroup
	defer opening.Wait()
	slots := make(chan struct{}, resumedAtOnce)
	for key, n := range connections {
		for range n {
			slots <- struct{}{}
			opening.Go(func() {
				defer func() { <-slots }()
				open(key)
			})
		}
	}
}

// rest closes the idle connections.
func (p *http2Pools) rest() {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, pool := range p.byServer {
		pool.rest()
	}
}

// resume opens as many connections as rest has closed.
func (p *http2Pools) resume(ctx context.Context) {
	resting, pools := map[serverKey]int{}, map[serverKey]*http2Pool{}
	p.mu.RLock()
	for key, pool := range p.byServer {
		resting[key], pools[key] = pool.rested(), pool
	}
	p.mu.RUnlock()
	atOnce(resting, func(key serverKey) {
		address := hostPort(&http.Request{URL: &url.URL{Scheme: key.scheme, Host: key.host}})
		pools[key].resume(ctx, key.scheme, address)
	})
}

// rest closes the connections that carry no request.
func (p *http2Pool) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = slices.DeleteFunc(p.open, func(c *pooledConn) bool {
		if c.active > 0 {
			return false
		}
		if c.usable() {
			p.resting++
		}
		_ = c.conn.Close() // as in closeIfDone
		return true
	})
}

// rested returns how many connections rest has closed since it was last called.
func (p *http2Pool) rested() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.resting
	p.resting = 0
	return n
}

// resume opens a connection, unless there are as many as there may be, and waits until the server has said how many
// streams it allows or ctx ends.
func (p *http2Pool) resume(ctx context.Context, scheme, address string) {
	p.mu.Lock()
	full := p.connections > 0 && len(p.open)+p.opening >= p.connections || p.ctx.Err() != nil
	if !full {
		p.opening++
	}
	p.mu.Unlock()
	if full {
		return
	}
	opened := make(chan *pooledConn, 1)
	go func() { opened <- p.connect(scheme, address) }()
	select {
	case c := <-opened:
		if c == nil {
			return
		}
		select {
		case <-c.streams.settled:
		case <-ctx.Done():
		}
	case <-ctx.Done():
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hear()
}
