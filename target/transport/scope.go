package transport

import (
	"context"
	"sync"
	"time"
)

// Scope is a context under which a client sends requests, whose attempts end with it. Its end and
// the time limits of the attempts are watched once for all of them. It is safe for concurrent use.
type Scope struct {
	client *Client
	ctx    context.Context
	stop   func() bool

	mu    sync.Mutex
	ended bool
	// first and last are the attempts to be told of their end, in the order of their deadlines.
	first, last *attemptContext
	// timer calls expire at rings, which is no later than the deadline of the first; rings is zero if it
	// is not set.
	timer *time.Timer
	rings time.Time
}

// Under returns a scope under ctx. The caller must close it.
func (c *Client) Under(ctx context.Context) *Scope {
	s := &Scope{client: c, ctx: ctx}
	s.stop = context.AfterFunc(ctx, s.end)
	return s
}

// Close ends the watch over the context and the deadlines. Call it after the last request.
func (s *Scope) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}

// end tells the attempts that the context has ended.
func (s *Scope) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for s.first != nil {
		s.first.tell()
	}
}

// expire tells the attempts whose deadline has passed.
func (s *Scope) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings = time.Time{}
	for now := time.Now(); s.first != nil && !now.Before(s.first.deadline); {
		s.first.tell()
	}
	s.setTimer()
}

// setTimer makes the timer ring in time for the first attempt. It rings once for all attempts of a
// period, most of which have ended by then. The caller holds the lock.
func (s *Scope) setTimer() {
	if s.first == nil || !s.rings.IsZero() && !s.first.deadline.Before(s.rings) {
		return
	}
	s.rings = s.first.deadline
	if s.timer == nil {
		s.timer = time.AfterFunc(time.Until(s.rings), s.expire)
		return
	}
	s.timer.Reset(time.Until(s.rings))
}

// Watch has f called when the attempt is canceled, its time is over or the request's context ends. f must
// not block.
func (a *attemptContext) Watch(f func()) {
	a.mu.Lock()
	canceled := a.canceled != nil
	a.mu.Unlock()
	s := a.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	a.told, a.end = false, f
	s.insert(a)
	if canceled || s.ended {
		a.tell()
		return
	}
	s.setTimer()
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

// insert adds an attempt to the list: at its end, as a rule. The caller holds the lock.
func (s *Scope) insert(a *attemptContext) {
	before := s.last
	for before != nil && a.deadline.Before(before.deadline) {
		before = before.prev
	}
	a.prev, a.next = before, s.first
	if before != nil {
		a.next = before.next
		before.next = a
	} else {
		s.first = a
	}
	if a.next != nil {
		a.next.prev = a
	} else {
		s.last = a
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
	} else {
		a.scope.last = a.prev
	}
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		a.scope.first = a.next
	}
	a.prev, a.next = nil, nil
}
