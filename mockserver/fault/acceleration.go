package fault

import (
	"errors"
	"time"
)

// Acceleration limits how fast the rate of requests may grow, like an API that requires
// clients to ramp up. Time is divided into windows from the mock's start. Requests take
// from a token bucket that refills at the window's rate R; its capacity is R × 1 s (R ×
// Window if that is shorter), and at least 1. R is Floor in the first window; in each
// later one it is
//
//	max(Floor, Factor × min(R, requests allowed / Window))
//
// of the previous window. So a client that uses its whole rate gets Factor times as much
// in the next window, one that uses less gets Factor times what it uses, and one that
// pauses for a window starts again at Floor. A window allows at most R × Window requests
// and one full bucket.
type Acceleration struct {
	// Factor is the factor by which the rate may grow from one window to the next, 0…1000000, greater than 1; default 0, which means 2.
	Factor float64 `yaml:"factor" check:"min=0,max=1000000"`
	// Window is the length of a window, 0…24h; default 0, which means 10s.
	Window time.Duration `yaml:"window" check:"min=0,max=24h"`
	// Floor is the rate in requests per second that is always allowed, 0…1000000000000; default 0, which means 10.
	Floor float64 `yaml:"floor" check:"min=0,max=1000000000000"`
}

func (a Acceleration) validate() error {
	switch {
	case a.Factor != 0 && a.Factor <= 1:
		return errors.New("limit.acceleration: factor must be greater than 1")
	case a.Window < 0 || a.Floor < 0:
		return errors.New("limit.acceleration: window and floor must be at least 0")
	}
	return nil
}

// withDefaults returns a with the defaults in place of zeros.
func (a Acceleration) withDefaults() Acceleration {
	if a.Factor == 0 {
		a.Factor = 2
	}
	if a.Window == 0 {
		a.Window = 10 * time.Second
	}
	if a.Floor == 0 {
		a.Floor = 10
	}
	return a
}

// ramp enforces an Acceleration.
type ramp struct {
	Acceleration
	// state is the state after the last take. A refused request does not change it, so
	// that later waits are computed from the same numbers.
	state rampState
}

// rampState is the state of a ramp at one time.
type rampState struct {
	at      time.Time
	began   time.Time // the beginning of the window that contains at
	rate    float64   // the window's rate in requests per second
	allowed float64   // requests allowed in the window so far
	tokens  float64   // requests in the bucket
}

// reconfigured returns the ramp that enforces a from time t on; r and a may be nil.
func (r *ramp) reconfigured(a *Acceleration, t time.Time) *ramp {
	if a == nil {
		return nil
	}
	next := &ramp{Acceleration: a.withDefaults()}
	if r != nil && r.Acceleration == next.Acceleration {
		return r
	}
	if r == nil {
		next.state = rampState{at: t, began: t, rate: next.Floor, tokens: next.capacity(next.Floor)}
		return next
	}
	p := r.stateAt(t)
	rate := max(p.rate, next.Floor)
	next.state = rampState{at: p.at, began: p.at, rate: rate, tokens: min(p.tokens, next.capacity(rate))}
	return next
}

// take takes one request at t, for which wait must be 0.
func (r *ramp) take(t time.Time) {
	r.state = r.stateAt(t)
	r.state.tokens--
	r.state.allowed++
}

// wait returns how long after t the bucket will hold a request.
func (r *ramp) wait(t time.Time) time.Duration {
	p := r.stateAt(t)
	if p.tokens >= 1 {
		return 0
	}
	// Without further requests the rates are known: this window's, the next one's, and
	// the floor from then on.
	missing, from := 1-p.tokens, p.at
	for range 2 {
		end := p.began.Add(r.Window)
		refill := end.Sub(from).Seconds() * p.rate
		if refill >= missing {
			break
		}
		missing -= refill
		p, from = r.nextWindow(p, end), end
	}
	seconds := missing / p.rate
	if seconds > (Never / 2).Seconds() {
		return Never
	}
	due := from.Add(ceilSeconds(seconds))
	for r.stateAt(due).tokens < 1 { // rounding can leave it slightly short
		due = due.Add(time.Microsecond)
	}
	return due.Sub(t)
}

// stateAt returns the state at t, with no request since the last take. If t is before
// the last take, it returns the state at that.
func (r *ramp) stateAt(t time.Time) rampState {
	p := r.state
	if !t.After(p.at) {
		return p
	}
	for range 2 {
		end := p.began.Add(r.Window)
		if t.Before(end) {
			return r.refilled(p, t)
		}
		p = r.nextWindow(r.refilled(p, end), end)
	}
	// At least one whole window had no request, so that all later windows are equal.
	p.began = p.began.Add(t.Sub(p.began) / r.Window * r.Window)
	return r.refilled(p, t)
}

// nextWindow returns the state at the beginning of the window after p's.
func (r *ramp) nextWindow(p rampState, began time.Time) rampState {
	rate := max(r.Floor, r.Factor*min(p.rate, p.allowed/r.Window.Seconds()))
	return rampState{at: p.at, began: began, rate: rate, tokens: min(p.tokens, r.capacity(rate))}
}

// refilled returns p's state at t, which must be in p's window or at its end.
func (r *ramp) refilled(p rampState, t time.Time) rampState {
	p.tokens = min(r.capacity(p.rate), p.tokens+t.Sub(p.at).Seconds()*p.rate)
	p.at = t
	return p
}

// capacity returns the bucket's capacity at a rate.
func (r *ramp) capacity(rate float64) float64 {
	return max(1, rate*min(r.Window, time.Second).Seconds())
}
