//go:build !linux

package attack

import (
	"context"
	"time"
)

// waitUntil waits until the given time and returns true, or returns false when ctx ends.
func waitUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
