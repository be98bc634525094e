//go:build !linux

// Package alarm waits until moments, as precisely as the system allows.
package alarm

import (
	"context"
	"time"
)

// Alarm waits until moments, as precisely as the system allows.
type Alarm struct{ ctx context.Context }

// New returns an alarm whose waits end with ctx. The caller must close it.
func New(ctx context.Context) *Alarm { return &Alarm{ctx} }

// Close ends the alarm, for which nobody waits.
func (*Alarm) Close() {}

// Wait waits until the given time and returns true, or returns false when the alarm's context ends.
func (a *Alarm) Wait(at time.Time) bool { return Until(a.ctx, at) }
