//go:build !linux

package attack

import (
	"context"
	"time"
)

// waitUntil returns true at the moment given, or false when ctx ends before it.
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
