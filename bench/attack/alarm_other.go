//go:build !linux

package attack

import (
	"context"
	"time"
)

// alarm waits until moments, as precisely as the system allows.
type alarm struct{}

func newAlarm() *alarm { return &alarm{} }

func (*alarm) close() {}

// wait waits until the given time and returns true, or returns false when ctx ends.
func (*alarm) wait(ctx context.Context, at time.Time) bool { return waitUntil(ctx, at) }
