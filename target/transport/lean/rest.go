package lean

import (
	"context"
	"net"
	"slices"
	"sync"
)

// resumedAtOnce is how many connections Resume opens at a time.
const resumedAtOnce = 16

// Rest closes the idle connections, so that they keep no worker of the server from others. Resume opens as many again.
func (p *Pool) Rest() {
	p.mu.Lock()
	var idle []*conn
	for _, h := range p.hosts {
		idle = append(idle, h.idle...)
		h.resting += len(h.idle)
		h.idle = nil
	}
	p.mu.Unlock()
	for _, c := range idle {
		p.discard(c)
	}
}

// Resume opens as many connections as Rest has closed, and returns when they are open or ctx ends. It leaves out those
// that cannot be opened: a request that needs one will be told why.
func (p *Pool) Resume(ctx context.Context) {
	var opening sync.WaitGroup
	defer opening.Wait()
	slots := make(chan struct{}, resumedAtOnce)
	for _, key := range p.rested() {
		slots <- struct{}{}
		opening.Go(func() {
			defer func() { <-slots }()
			p.open(ctx, key)
		})
	}
}

// rested returns the key of each connection that Rest has closed since Resume was last called.
func (p *Pool) rested() (keys []hostKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, h := range p.hosts {
		keys = append(keys, slices.Repeat([]hostKey{key}, h.resting)...)
		h.resting = 0
	}
	return keys
}

// open opens an idle connection, unless there are as many as there may be.
func (p *Pool) open(ctx context.Context, key hostKey) {
	w := newWaiter(ctx)
	p.mu.Lock()
	h := p.host(key)
	full := p.options.MaxConnections > 0 && h.open >= p.options.MaxConnections
	if !full {
		p.startDial(h, key, w)
	}
	p.mu.Unlock()
	if full {
		return
	}
	if c, err := p.wait(ctx, w); err == nil {
		p.put(c)
	}
}

// Quiet reports whether an idle connection is open, and nothing has arrived on it that belongs to no request.
func Quiet(c net.Conn) bool { return newIdleCheck(c).quiet() }
