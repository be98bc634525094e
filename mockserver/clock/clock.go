// Package clock makes time a parameter, so that skew, expiry and refill are
// tested without sleeping.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx ends and then returns its error. It does
	// not wait when d is 0 or less.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's clock; differences between its times are monotonic.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (system) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Skewed reads base wrongly: offset ahead of it (behind when negative) and
// gaining drift seconds per second from now on. Its Sleep is base's, as a
// wrong clock still waits for real.
func Skewed(base Clock, offset time.Duration, drift float64) Clock {
	return skewed{Clock: base, born: base.Now(), offset: offset, drift: drift}
}

type skewed struct {
	Clock
	born   time.Time
	offset time.Duration
	drift  float64
}

func (s skewed) Now() time.Time {
	now := s.Clock.Now()
	gained := time.Duration(s.drift * float64(now.Sub(s.born)))
	return now.Add(s.offset + gained)
}
