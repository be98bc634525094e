package attack

import (
	"context"
	"time"

	"weighbridge/bench/record"
)

// Closed keeps a fixed number of requests in flight for the lead-in and the
// duration, then drains. It says whether the slice is whole: it is unless ctx ended.
func (a *Arm) Closed(ctx context.Context, block int) (*record.Slice, bool, error) {
	c := *a.Load.Closed
	start := time.Now()
	from := start.Add(c.Ramp)
	until := from.Add(c.Duration)
	t := &tally{start: start, slices: map[int]*record.Slice{}, make: func(int) *record.Slice {
		return newSlice(from.Sub(a.began), c.Duration)
	}}
	slice := t.slice(block)
	before, fired := a.pool.Traffic(), uint64(0)
	err := a.closedAttack(ctx, PhaseClosed, block, until, func(h hit) {
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

func (a *Arm) closedAttack(ctx context.Context, phase string, block int, until time.Time, account func(hit)) error {
	draining, cancel := drain(ctx, until.Add(a.Load.Drain), a.Load.Drain)
	defer cancel()
	draw := stream(a.seed, "draw", phase, a.Name, block)
	thinking := stream(a.seed, "think", phase, a.Name, block)
	next := func() *request {
		r := &request{Prompts: make([]prompt, a.Target.Batch.Size)}
		r.Think = a.Load.Closed.Think.Quantile(thinking.Float64())
		for i := range r.Prompts {
			r.Prompts[i] = prompt{Block: block, Text: a.deck.Draw(draw)}
		}
		return r
	}
	p := &closedPacer{ctx: ctx, end: until, next: next, pending: newPending()}
	awake, wake := context.WithDeadline(ctx, until)
	defer wake()
	return volley{
		pacer: p, pending: p.pending, do: a.do(draining, phase), workers: uint64(a.Load.Closed.InFlight),
		rest: func(r *request) { think(awake, r.Think) },
	}.fire(account)
}

// think waits d, or until ctx ends: a slice does not wait for its thinkers.
func think(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
