package fault

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrQueueFull means that the maximum number of requests is waiting for a slot.
var ErrQueueFull = errors.New("the queue is full")

// Slots limits the number of requests served at once. Further ones wait in a FIFO queue.
// It is safe for concurrent use.
type Slots struct {
	// held has one element per request in service. Goroutines blocked in sending to it
	// are the queue; the runtime serves them in FIFO order.
	held chan struct{}
	// admitted is the number of requests in service or in the queue, at most limit unless limit is
	// 0.
	admitted atomic.Int64
	limit    int64
}

// NewSlots returns n slots with a queue of at most queue requests; 0 means no limit.
func NewSlots(n, queue int) *Slots {
	s := &Slots{held: make(chan struct{}, n)}
	if queue > 0 {
		s.limit = int64(n) + int64(queue)
	}
	return s
}

// Acquire takes a slot, waiting in the queue if none is free. It fails at once with ErrQueueFull,
// or with ctx's error if ctx is done first.
func (s *Slots) Acquire(ctx context.Context) error {
	if !s.admit() {
		return ErrQueueFull
	}
	select {
	case s.held <- struct{}{}: // a slot is free, so that nobody is waiting
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

// InService is the number of requests that hold a slot.
func (s *Slots) InService() int { return len(s.held) }

// Release gives a slot back.
func (s *Slots) Release() {
	s.admitted.Add(-1)
	<-s.held
}
