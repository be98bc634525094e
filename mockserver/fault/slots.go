package fault

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrQueueFull says that too many requests wait for a slot already.
var ErrQueueFull = errors.New("the queue is full")

// Slots is the requests served at once, with a queue before them, first come
// first served. It is safe for concurrent use.
type Slots struct {
	// held has one element per request in service. Those who wait to send do
	// so in the channel's own queue, which is first in first out.
	held chan struct{}
	// admitted is how many are in service or waiting; limit bounds it, 0 is no bound.
	admitted atomic.Int64
	limit    int64
}

// NewSlots returns slots for n requests at once, and at most queue waiting; queue 0 is no bound.
func NewSlots(n, queue int) *Slots {
	s := &Slots{held: make(chan struct{}, n)}
	if queue > 0 {
		s.limit = int64(n) + int64(queue)
	}
	return s
}

// Acquire takes a slot, waiting for one in the queue. It fails with
// ErrQueueFull at once, or with ctx's error when ctx ends first.
func (s *Slots) Acquire(ctx context.Context) error {
	if !s.admit() {
		return ErrQueueFull
	}
	select {
	case s.held <- struct{}{}: // free: while somebody waits none is, so this passes nobody by
		return nil
	default:
	}
	select {
	case s.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		s.admitted.Add(-1)
		return ctx.Err()
	}
}

func (s *Slots) admit() bool {
	for {
		n := s.admitted.Load()
		if s.limit > 0 && n >= s.limit {
			return false
		}
		if s.admitted.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release gives a slot back.
func (s *Slots) Release() {
	s.admitted.Add(-1)
	<-s.held
}
