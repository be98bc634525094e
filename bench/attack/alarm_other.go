//go:build !linux

package attack

import (
	"context"
	"time"
)

// alarm waits until moments, as precisely as the system allows.
type alarm struct{ ctx context.Context }

// newAlarm returns an alarm whose waits end with ctx. The caller must close it.
func newAlarm(ctx context.Context) *alarm { return &alarm{ctx} }

func (*alarm) close() {}

// wait waits until the given time and returns true, or returns false when the alarm's context ends.
func (a *alarm) wait(at time.Time) bool { return waitUntil(a.ctx, at) }
