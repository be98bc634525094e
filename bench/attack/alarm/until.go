package alarm

import (
	"context"
	"time"
)

// Until waits until the given time and returns true, or returns false when ctx ends. It may be
// a millisecond late.
func Until(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// OfRuntime returns an alarm by timers of the Go runtime, which are exact in virtual time
// (testing/synctest).
func OfRuntime(ctx context.Context) *Alarm { return &Alarm{ctx: ctx} }
