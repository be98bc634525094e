package transport

import (
	"context"
	"net/http"
	"sync"
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
