package clock

import (
	"context"
	"sync"
	"time"
)

// Manual is a clock that moves only when it is told to. It is safe for concurrent use.
type Manual struct {
	mu       sync.Mutex
	now      time.Time
	sleepers map[*sleeper]struct{}
}

type sleeper struct {
	due  time.Time
	wake chan struct{}
}

// NewManual returns a clock that stands at start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: start, sleepers: map[*sleeper]struct{}{}}
}

// Now is the time the clock was last moved to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d, backwards when d is negative, and wakes those
// whose time has come.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	for s := range m.sleepers {
		if !s.due.After(m.now) {
			delete(m.sleepers, s)
			close(s.wake)
		}
	}
}

// Sleep waits until the clock has been moved on by d, or until ctx ends.
func (m *Manual) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	s := m.enter(d)
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
		m.leave(s)
		return ctx.Err()
	}
}

// Sleepers is how many are waiting.
func (m *Manual) Sleepers() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sleepers)
}

func (m *Manual) enter(d time.Duration) *sleeper {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &sleeper{due: m.now.Add(d), wake: make(chan struct{})}
	m.sleepers[s] = struct{}{}
	return s
}

func (m *Manual) leave(s *sleeper) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sleepers, s)
}
