package clock

import (
	"context"
	"sync/atomic"
	"time"
)

// Adjustable reads another clock wrongly, and how wrongly can be changed while
// it runs: an issuer's, a verifier's or a region's own clock. It is safe for
// concurrent use.
type Adjustable struct {
	base Clock
	skew atomic.Pointer[skew]
}

// skew is how far a clock is off, counted from when it was set.
type skew struct {
	since  time.Time // by the base
	offset time.Duration
	drift  float64
}

// NewAdjustable returns a clock that is off from base as Set says.
func NewAdjustable(base Clock, offset time.Duration, drift float64) *Adjustable {
	a := &Adjustable{base: base}
	a.Set(offset, drift)
	return a
}

// Set puts the clock offset ahead of its base, behind when negative, and has it
// gain drift seconds per second from now on, lose when negative. What it gained
// before is given up.
func (a *Adjustable) Set(offset time.Duration, drift float64) {
	a.skew.Store(&skew{since: a.base.Now(), offset: offset, drift: drift})
}

// Now is the base's time + offset + drift × the time since Set.
func (a *Adjustable) Now() time.Time {
	s := a.skew.Load() // before the base is read, so that no time since Set is negative
	now := a.base.Now()
	gained := time.Duration(s.drift * float64(now.Sub(s.since)))
	return now.Add(s.offset + gained)
}

// Sleep waits as the base does: a wrong clock still waits for real.
func (a *Adjustable) Sleep(ctx context.Context, d time.Duration) error { return a.base.Sleep(ctx, d) }
