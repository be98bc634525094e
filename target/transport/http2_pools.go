package transport

import (
	"context"
	"net/http"
	"sync"

	"weighbridge/target/transport/h2"
)

// http2Pools are the HTTP/2 connections of an arm: a pool for each server.
type http2Pools struct {
	limits http2Limits
	// open opens a connection for a pool.
	open func(ctx context.Context, pool *http2Pool, scheme, address string) (http2Conn, *activeStreams, error)

	mu       sync.RWMutex
	byServer map[serverKey]*http2Pool
	closed   bool
}

type serverKey struct{ scheme, host string }

// newHTTP2Pools returns the pools of c, empty, with connections of net/http or of package h2.
func (c *Connections) newHTTP2Pools() *http2Pools {
	open := c.openHTTP2
	if c.streams {
		open = c.openStreams
	}
	return &http2Pools{
		limits: http2Limits{c.client.Connections, c.client.Streams, !c.client.Keepalive}, open: open,
		byServer: map[serverKey]*http2Pool{},
	}
}

// of returns the pool of the server that a request is for.
func (p *http2Pools) of(req *http.Request) *http2Pool {
	key := serverKey{req.URL.Scheme, req.URL.Host}
	p.mu.RLock()
	pool := p.byServer[key]
	p.mu.RUnlock()
	if pool != nil {
		return pool
	}
	return p.add(key)
}

// add returns the pool of a server that perhaps has none yet.
func (p *http2Pools) add(key serverKey) (pool *http2Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pool = p.byServer[key]; pool == nil {
		pool = newHTTP2Pool(p.limits, func(ctx context.Context, scheme, address string) (http2Conn, *activeStreams, error) {
			return p.open(ctx, pool, scheme, address)
		})
		p.byServer[key] = pool
		if p.closed {
			pool.close()
		}
	}
	return pool
}

// close closes every connection.
func (p *http2Pools) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, pool := range p.byServer {
		pool.close()
	}
}

// openHTTP2 opens a connection of net/http for a pool, and returns its streams.
func (c *Connections) openHTTP2(ctx context.Context, pool *http2Pool, scheme, address string) (http2Conn, *activeStreams, error) {
	active := c.newStreams(pool)
	conn, err := c.transport.NewClientConn(context.WithValue(ctx, streamsKey{}, active), scheme, address)
	if err != nil {
		return nil, nil, err
	}
	conn.SetStateHook(func(*http.ClientConn) { pool.changed() })
	return conn, active, nil
}

// openStreams is openHTTP2 with package h2.
func (c *Connections) openStreams(ctx context.Context, pool *http2Pool, scheme, address string) (_ http2Conn, _ *activeStreams, err error) {
	active := c.newStreams(pool)
	ctx, cancel := c.connecting(context.WithValue(ctx, streamsKey{}, active))
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	dial := c.dialPlain
	if scheme == "https" {
		dial = c.dialTLS
	}
	socket, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	conn, err := h2.Open(ctx, socket, h2.Options{
		MaxHeaderBytes: maxHeaderBytes, IdleTimeout: c.transport.IdleConnTimeout, Changed: pool.changed,
	})
	if err != nil {
		return nil, nil, err
	}
	return conn, active, nil
}

func (c *Connections) newStreams(pool *http2Pool) *activeStreams {
	return &activeStreams{traffic: &c.traffic, ids: map[uint32]struct{}{}, settled: make(chan struct{}), changed: pool.changed}
}

// streamsKey is the key of the streams of a connection in the context of its dial.
type streamsKey struct{}
