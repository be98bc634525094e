package transport

import (
	"context"
	"sync"
)

// Scope is a context under which a client sends requests, whose attempts end with it. Its end is
// watched once for all of them. It is safe for concurrent use.
type Scope struct {
	client *Client
	ctx    context.Context
	stop   func() bool

	mu    sync.Mutex
	ended bool
	// first is the first of the attempts to be told of the end, in no order.
	first *attemptContext
}

// Under returns a scope under ctx. The caller must close it.
func (c *Client) Under(ctx context.Context) *Scope {
	s := &Scope{client: c, ctx: ctx}
	s.stop = context.AfterFunc(ctx, s.end)
	return s
}

// Close ends the watch over the context. Call it after the last request.
func (s *Scope) Close() { s.stop() }

// end tells the attempts that the context has ended.
func (s *Scope) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for s.first != nil {
		s.first.tell()
	}
}

// Watch makes f be called when the attempt is canceled or the request's context ends, but not at
// the deadline. f must not block.
func (a *attemptContext) Watch(f func()) {
	a.mu.Lock()
	canceled := a.canceled != nil
	a.mu.Unlock()
	s := a.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	a.told, a.end = false, f
	a.prev, a.next = nil, s.first
	if s.first != nil {
		s.first.prev = a
	}
	s.first = a
	if canceled || s.ended {
		a.tell()
	}
}

// Unwatch reports whether the function given to Watch was not called, and will not be.
func (a *attemptContext) Unwatch() bool {
	s := a.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	a.unlink()
	return !a.told
}

// tell calls the function given to Watch. The caller holds the lock of the scope.
func (a *attemptContext) tell() {
	if a.end != nil {
		a.told = true
		a.end()
		a.unlink()
	}
}

// unlink takes the attempt off the scope's list. The caller holds the lock of the scope.
func (a *attemptContext) unlink() {
	if a.end == nil {
		return
	}
	a.end = nil
	if a.next != nil {
		a.next.prev = a.prev
	}
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		a.scope.first = a.next
	}
	a.prev, a.next = nil, nil
}
