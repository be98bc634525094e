// Package clock makes time a parameter, so that skew, expiry and refill can be tested
// without sleeping.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and sleeps.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx is done; then it returns the context's error. It
	// does not wait if d is 0 or less.
	Sleep(ctx context.Context, d time.Duration) error
}

// System returns the machine's clock; its times have monotonic readings.
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
