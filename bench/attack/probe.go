package attack

import (
	"context"
	"math"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// Probed is what a probe of one rate measured.
type Probed struct {
	*record.Slice
	// Grown is how many more prompts waited at the end of the step than halfway,
	// as a share of those due between, and Allowed what chance may make of it.
	Grown, Allowed float64
	// Whole is false when ctx ended the probe.
	Whole bool
}

// Probe offers prompts at a rate for load.capacity.step, with a drain at its end;
// n tells the probes of an arm apart. Where the drain cut requests off, it waits
// as long again, so that their work is not left to the next probe.
func (a *Arm) Probe(ctx context.Context, n int, rate float64) (Probed, error) {
	o := a.probeLoad(rate)
	start := time.Now()
	t := &tally{
		start: start, began: a.began, slices: map[int]*record.Slice{}, overTime: &record.Series{},
		backlog: &backlog{half: o.Duration / 2, end: o.Duration},
		make:    func(int) *record.Slice { return newSlice(start.Sub(a.began), o.Duration) },
	}
	slice := t.slice(n)
	whole, err := a.openAttack(ctx, PhaseCapacity, o, t, n, 1)
	p := Probed{Slice: slice, Whole: whole == 1 && ctx.Err() == nil}
	p.Grown, p.Allowed = t.backlog.growth()
	if cut := start.Add(o.Duration + a.Target.Batch.Linger + a.Load.Drain); time.Now().After(cut) {
		waitUntil(ctx, time.Now().Add(a.Load.Drain)) // an interrupt is seen by the caller
	}
	return p, err
}

// probeLoad is the open load of a probe.
func (a *Arm) probeLoad(rate float64) scenarios.Open {
	return scenarios.Open{Rate: rate, Arrivals: a.Load.Capacity.Arrivals, Duration: a.Load.Capacity.Step}
}

// backlog is the prompts that were due and had not ended at two moments of a
// probe. A nil one keeps nothing.
type backlog struct {
	half, end                        time.Duration // offsets from the start
	waitingHalf, waitingEnd, between uint64
	// waited is how long the prompts waited before half, in all: over half, it is
	// how many waited at a time.
	waited time.Duration
}

// add counts a prompt that was due and that ended at the offsets given.
func (b *backlog) add(due, ended time.Duration) {
	if b == nil {
		return
	}
	if due >= b.half {
		b.between++
	} else {
		b.waited += min(ended, b.half) - due
	}
	if due < b.half && ended > b.half {
		b.waitingHalf++
	}
	if ended > b.end {
		b.waitingEnd++
	}
}

// maxGrowth is how much of what is due may stay behind.
const maxGrowth = 0.01

// growth is the backlog's, as a share of what was due between the two moments,
// and what it may be: a hundredth, and twice what chance makes of a backlog that
// does not grow, both moments' being independent Poisson counts. Their mean is
// that of the whole first half: few wait at a time, and a moment at which none
// does is no promise of another. One prompt is never a backlog that grows.
func (b *backlog) growth() (grown, allowed float64) {
	if b.between == 0 {
		return 0, maxGrowth
	}
	due, mean := float64(b.between), float64(b.waited)/float64(b.half)
	return (float64(b.waitingEnd) - float64(b.waitingHalf)) / due, max(maxGrowth+2*math.Sqrt(2*mean)/due, 1/due)
}
