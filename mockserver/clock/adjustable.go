package clock

import (
	"context"
	"sync/atomic"
	"time"
)

// Adjustable is a clock that is off from another one by an offset and a drift, which
// can be changed while it runs. An issuer, a verifier or a region has one of its own. It
// is safe for concurrent use.
type Adjustable struct {
	base Clock
	skew atomic.Pointer[skew]
}

// skew is by how much a clock is off.
type skew struct {
	since  time.Time // when it was set, by the base
	offset time.Duration
	drift  float64
}

// NewAdjustable returns a clock that is off from base by offset and drift, as with Set.
func NewAdjustable(base Clock, offset time.Duration, drift float64) *Adjustable {
	a := &Adjustable{base: base}
	a.Set(offset, drift)
	return a
}

// Set makes the clock run ahead of its base by offset (behind if negative) and gain
// drift seconds per second from now on (lose if negative). Earlier drift is discarded.
func (a *Adjustable) Set(offset time.Duration, drift float64) {
	a.skew.Store(&skew{since: a.base.Now(), offset: offset, drift: drift})
}

// Now returns the base's time + offset + drift × the time since Set.
func (a *Adjustable) Now() time.Time {
	s := a.skew.Load() // first, so that the time since Set is not negative
	now := a.base.Now()
	gained := time.Duration(s.drift * float64(now.Sub(s.since)))
	return now.Add(s.offset + gained)
}

// Sleep sleeps by the base: neither offset nor drift changes how long it takes.
func (a *Adjustable) Sleep(ctx context.Context, d time.Duration) error { return a.base.Sleep(ctx, d) }
