package fault

import (
	"errors"
	"time"
)

// Acceleration bounds how fast the rate of requests may grow, as an API does
// that asks its clients to ramp up. Time is cut into windows from the mock's
// start. Requests take from a bucket that refills at the window's rate R and
// holds at most what R brings in a second (in a window, if that is shorter), and
// at least 1. R is Floor in the first window, and in each later one
//
//	max(Floor, Factor × min(R, requests let through / Window))
//
// of the window before. So a client that uses its rate up has Factor times as
// much in the next window, one that does not use it keeps Factor times what it
// uses, and one that pauses for a window begins at Floor again. No window lets
// more through than R × Window and one full bucket.
type Acceleration struct {
	// Factor is how many times the last window's rate a window may have, over 1, or at least 0 to leave it; default 0, which takes 2.
	Factor float64 `yaml:"factor" check:"min=0"`
	// Window is the time over which rates are compared, at least 0; default 0, which takes 10s.
	Window time.Duration `yaml:"window" check:"min=0"`
	// Floor is the requests per second that are let through whatever came before, at least 0; default 0, which takes 10.
	Floor float64 `yaml:"floor" check:"min=0"`
}

func (a Acceleration) validate() error {
	switch {
	case a.Factor != 0 && a.Factor <= 1:
		return errors.New("limit.acceleration: factor must be over 1")
	case a.Window < 0 || a.Floor < 0:
		return errors.New("limit.acceleration: window and floor must be at least 0")
	}
	return nil
}

// filled is a with its defaults.
func (a Acceleration) filled() Acceleration {
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

// ramp is an Acceleration at work.
type ramp struct {
	Acceleration
	// now is how things stood after the last take. A refusal leaves it as it
	// is, so that the wait it was told is computed from the same numbers later.
	now pace
}

// pace is where a ramp stands at a moment.
type pace struct {
	at    time.Time
	began time.Time // the window, in which at lies
	rate  float64   // the window's, requests per second
	taken float64   // requests let through in the window
	held  float64   // requests in the bucket
}

// adopt is a's ramp from t on; the ramp and a may be nil.
func (r *ramp) adopt(a *Acceleration, t time.Time) *ramp {
	if a == nil {
		return nil
	}
	next := &ramp{Acceleration: a.filled()}
	if r != nil && r.Acceleration == next.Acceleration {
		return r
	}
	if r == nil {
		next.now = pace{at: t, began: t, rate: next.Floor, held: next.most(next.Floor)}
		return next
	}
	p := r.pace(t)
	rate := max(p.rate, next.Floor)
	next.now = pace{at: p.at, began: p.at, rate: rate, held: min(p.held, next.most(rate))}
	return next
}

// take takes the request that wait let through at t.
func (r *ramp) take(t time.Time) {
	r.now = r.pace(t)
	r.now.held--
	r.now.taken++
}

// wait is how long after t the bucket holds a request.
func (r *ramp) wait(t time.Time) time.Duration {
	p := r.pace(t)
	if p.held >= 1 {
		return 0
	}
	// Nobody else comes, so the rates are known: this window's, the next one's,
	// and the floor from then on.
	missing, from := 1-p.held, p.at
	for range 2 {
		end := p.began.Add(r.Window)
		brought := end.Sub(from).Seconds() * p.rate
		if brought >= missing {
			break
		}
		missing -= brought
		p, from = r.next(p, end), end
	}
	seconds := missing / p.rate
	if seconds > (Never / 2).Seconds() {
		return Never
	}
	due := from.Add(ceilSeconds(seconds))
	for r.pace(due).held < 1 { // rounding can leave it a hair short
		due = due.Add(time.Microsecond)
	}
	return due.Sub(t)
}

// pace is where the ramp stands at t if nothing was taken since the last take.
// A time before that counts as that.
func (r *ramp) pace(t time.Time) pace {
	p := r.now
	if !t.After(p.at) {
		return p
	}
	for range 2 {
		end := p.began.Add(r.Window)
		if t.Before(end) {
			return r.refilled(p, t)
		}
		p = r.next(r.refilled(p, end), end)
	}
	// A whole window without a request lies behind: from here on all are alike.
	p.began = p.began.Add(t.Sub(p.began) / r.Window * r.Window)
	return r.refilled(p, t)
}

// next is the window after p's, as it begins.
func (r *ramp) next(p pace, began time.Time) pace {
	rate := max(r.Floor, r.Factor*min(p.rate, p.taken/r.Window.Seconds()))
	return pace{at: p.at, began: began, rate: rate, held: min(p.held, r.most(rate))}
}

// refilled is p at t, which lies in p's window or ends it.
func (r *ramp) refilled(p pace, t time.Time) pace {
	p.held = min(r.most(p.rate), p.held+t.Sub(p.at).Seconds()*p.rate)
	p.at = t
	return p
}

// most is what the bucket holds at a rate.
func (r *ramp) most(rate float64) float64 {
	return max(1, rate*min(r.Window, time.Second).Seconds())
}
