package attack

import (
	"context"
	"time"

	"weighbridge/bench/record"
)

// Closed keeps a fixed number of requests in flight for the lead-in and the
// duration, then drains. It says whether the slice is whole: it is unless ctx ended.
//
// The lead-in is the ramp, and at least a turn of a worker, over which the workers
// begin: TPS counts what ends inside the duration, and workers in step would end
// all before its edge, or all behind.
func (a *Arm) Closed(ctx context.Context, block int) (*record.Slice, bool, error) {
	c := *a.Load.Closed
	start := time.Now()
	spread := a.turn.mean(c.Duration + a.Load.Drain)
	a.turn = turn{}
	from := start.Add(max(c.Ramp, spread))
	until := from.Add(c.Duration)
	t := &tally{start: start, slices: map[int]*record.Slice{}, make: func(int) *record.Slice {
		return newSlice(from.Sub(a.began), c.Duration)
	}}
	slice := t.slice(block)
	before, fired := a.pool.Traffic(), uint64(0)
	err := a.closedAttack(ctx, PhaseClosed, block, spread, until, func(h hit) {
		a.measure(h)
		counted := t.addClosed(h, from, until)
		a.tell(PhaseClosed, h, h.PickedUp, h.PickedUp, counted)
		a.wire.Requests++
		fired++
	})
	a.fired[PhaseClosed] += fired
	a.addWire(before)
	t.packBefore(block + 1)
	return slice, ctx.Err() == nil, err
}

// closedAttack keeps requests in flight until the end; its workers begin over spread.
func (a *Arm) closedAttack(ctx context.Context, phase string, block int, spread time.Duration, until time.Time, account func(hit)) error {
	draining, cancel := drain(ctx, until.Add(a.Load.Drain), a.Load.Drain)
	defer cancel()
	next, workers := a.closedRequests(phase, block, spread), a.Load.Closed.InFlight
	p := &closedPacer{ctx: ctx, end: until, next: next, pending: newPending()}
	awake, wake := context.WithDeadline(ctx, until)
	defer wake()
	do := a.do(draining, phase)
	return volley{
		pacer: p, pending: p.pending, workers: uint64(workers),
		do: func(r *request) *exchange {
			r.staggered = rest(awake, r.Stagger)
			return do(r)
		},
		rest: func(r *request) { rest(awake, r.Think) },
	}.fire(func(h hit) {
		h.PickedUp = h.PickedUp.Add(h.staggered)
		a.turn.add(h)
		account(h)
	})
}

// closedRequests are the requests of closed load; its workers begin over spread.
func (a *Arm) closedRequests(phase string, block int, spread time.Duration) func(n uint64) *request {
	next := a.work.Closed(phase, *a.Load.Closed, block, a.Target.Batch.Size)
	workers := a.Load.Closed.InFlight
	return func(n uint64) *request {
		r := &request{}
		r.Prompts, r.Think = next()
		if n < uint64(workers) {
			r.Stagger = spread * time.Duration(n) / time.Duration(workers)
		}
		return r
	}
}

// turn is what the turns of closed workers take: a request and the thinking after it.
type turn struct {
	hits  int
	total time.Duration
}

// add leaves out what a worker does once: it connects.
func (t *turn) add(h hit) {
	t.hits++
	t.total += h.exchange.End.Sub(h.PickedUp) - h.exchange.Connect + h.Think
}

// mean is 0 before the first turn, and at most a limit.
func (t turn) mean(limit time.Duration) time.Duration {
	if t.hits == 0 {
		return 0
	}
	return min(max(t.total/time.Duration(t.hits), 0), limit)
}

// rest waits d, or until ctx ends: a slice does not wait for its thinkers. It returns
// how long it waited.
func rest(ctx context.Context, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	begun := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return time.Since(begun)
}
