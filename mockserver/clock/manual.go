package clock

import (
	"context"
	"sync"
	"time"
)

// Manual is a clock that moves only by Advance. It is safe for concurrent use.
type Manual struct {
	mu       sync.Mutex
	now      time.Time
	sleepers map[*sleeper]struct{}
}

type sleeper struct {
	due  time.Time
	wake chan struct{}
}

// NewManual returns a clock that shows start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: start, sleepers: map[*sleeper]struct{}{}}
}

// Now returns the time to which the clock was last moved.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d, backwards if d is negative, and wakes the sleepers that
// are due.
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

// Sleep waits until the clock has moved forward by d, or until ctx is done.
func (m *Manual) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	s := m.addSleeper(d)
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
		m.removeSleeper(s)
		return ctx.Err()
	}
}

// Sleepers returns how many calls of Sleep are waiting.
func (m *Manual) Sleepers() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sleepers)
}

func (m *Manual) addSleeper(d time.Duration) *sleeper {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &sleeper{due: m.now.Add(d), wake: make(chan struct{})}
	m.sleepers[s] = struct{}{}
	return s
}

func (m *Manual) removeSleeper(s *sleeper) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sleepers, s)
}
