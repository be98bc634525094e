package attack

import (
	"context"
	"math"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/record"
	"weighbridge/target"
	"weighbridge/target/cache"
)

// Closed runs the closed slice of a block: it keeps a fixed number of requests in flight
// for an uncounted lead-in and then the duration, and drains. complete is false if ctx
// ended first.
//
// The workers start one after another, spread over the duration of a worker's mean
// cycle, and the lead-in is at least as long. TPS counts the prompts that end inside
// the duration; if all workers were in step, they would all end just before or just
// after its edge.
//
// Requests picked up inside the duration are counted when they end, in the drain too:
// leaving out those that take longer would flatter the target.
func (a *Arm) Closed(ctx context.Context, block int) (slice *record.Slice, complete bool, err error) {
	c := *a.Load.Closed
	start := time.Now()
	spread := a.cycles.mean(c.Duration + a.Load.Drain)
	a.cycles = cycles{}
	from := start.Add(max(c.Ramp, spread))
	until := from.Add(c.Duration)
	t := a.newTally(start, func(int) *record.Slice { return newSlice(from.Sub(a.began), c.Duration) })
	slice = t.slice(block)
	shares := func() (own, all *float64) { return nil, nil }
	if a.measureCPU != nil {
		shares = a.measureCPU(from, until)
	}
	a.client.TakePeak()
	before, fired, sent := a.mark(), uint64(0), uint64(0)
	talks := a.converse(PhaseClosed)
	load := closedLoad{phase: PhaseClosed, block: block, spread: spread, until: until, talks: talks}
	err = a.closedAttack(ctx, load, func(h hit) {
		a.logMeasured(h)
		counted := t.addClosed(h, from, until)
		if counted {
			a.logFailure(PhaseClosed, h.exchange)
		}
		t.addTurn(h, from, until)
		a.reportHit(PhaseClosed, h, h.pickedUp, h.pickedUp, counted)
		fired++
		if h.exchange.Cache.Source != cache.Client {
			sent++
		}
	})
	t.addWaiting(talks, block)
	slice.InFlight = a.client.TakePeak()
	slice.HarnessCPU, slice.MachineCPU = shares()
	a.fired[PhaseClosed] += fired
	a.addSince(before, slice, sent)
	t.packBefore(block + 1)
	return slice, ctx.Err() == nil, err
}

// closedLoad is closed load for a time, in a slice or in the warm-up.
type closedLoad struct {
	phase string
	block int // −1 in the warm-up
	// spread is the time over which the workers start, one after another.
	spread time.Duration
	until  time.Time
	// talks are kept under way instead of requests, unless nil.
	talks *conversations
}

// closedAttack keeps requests in flight, or conversations under way, and passes each hit to count.
func (a *Arm) closedAttack(ctx context.Context, load closedLoad, count func(hit)) error {
	draining, cancel := a.drainContext(ctx, load.until)
	defer cancel()
	next := a.buildAhead(a.closedRequests(load.phase, load.block), nil)
	defer next.Stop()
	p := &closedPacer{ctx: ctx, end: load.until, queue: next}
	pauses, endPauses := context.WithDeadline(ctx, load.until) // a slice does not wait for pauses
	defer endPauses()
	under := a.client.Under(draining)
	defer under.Close()
	send := load.talks.following(a.sender(under))
	v := volley{
		next: p.next, queue: newHandover(), workers: uint64(a.Load.Closed.InFlight), stagger: staggers(load.block, a.Load.Closed.InFlight, load.spread),
		send: func(r *request) *exchange {
			pause(pauses, r.stagger)
			x := send(r)
			if len(x.Attempts) == 0 && x.Outcome.Class == target.AuthError {
				pause(pauses, unsentPause) // there was no token, and asking more often brings none sooner
			}
			return x
		},
		think: func(r *request) { pause(pauses, r.think) },
	}
	if load.talks != nil {
		load.talks.closely(ctx, &v, load.until)
	}
	return v.fire(func(h hit) {
		a.cycles.add(h)
		count(h)
	})
}

// unsentPause is how long a worker pauses after a request without any attempt, so that it does not
// fail thousands of requests a second.
const unsentPause = 100 * time.Millisecond

// closedRequests returns the requests of closed load in turn.
func (a *Arm) closedRequests(phase string, block int) func() (*request, bool) {
	next := a.work.Closed(phase, *a.Load.Closed, block, a.Target.Batch.Size)
	return func() (*request, bool) {
		r := a.newRequest(phase)
		r.Prompts, r.think = next()
		return r, true
	}
}

// staggers returns how long the n-th worker holds its first request back: evenly spread over a
// duration.
func staggers(block, workers int, spread time.Duration) func(worker uint64) time.Duration {
	return func(worker uint64) time.Duration {
		return time.Duration((float64(worker) + startPhase(block)) / float64(workers) * float64(spread))
	}
}

// startPhase returns where in its part of the spread a worker starts, 0…1: in the middle in block
// 0, and at another point in each further block, spread evenly by multiples of the golden ratio.
// Otherwise answers that all take the same time would end inside every slice once too often, or
// once too rarely.
func startPhase(block int) float64 {
	_, fraction := math.Modf(0.5 + float64(block)*math.Phi)
	return math.Abs(fraction)
}

// cycles sums up the cycles of closed workers: a request and the think time after it.
type cycles struct {
	count int
	total time.Duration
}

// add leaves out connecting, which a worker does only once.
func (c *cycles) add(h hit) {
	c.count++
	c.total += h.exchange.End.Sub(h.pickedUp) - h.exchange.Connect + h.think
}

// mean returns the mean duration, at most limit; 0 if there were no cycles.
func (c cycles) mean(limit time.Duration) time.Duration {
	if c.count == 0 {
		return 0
	}
	return min(max(c.total/time.Duration(c.count), 0), limit)
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d > 0 {
		alarm.Until(ctx, time.Now().Add(d)) // whichever came first
	}
}

// MeasureCPU measures the processor time of this process, and of everything on its machine, between
// two moments. The function it returns is called after the second, and gives both as shares of all
// cores, nil if unknown.
type MeasureCPU func(from, until time.Time) (shares func() (own, all *float64))

// MeasureCPU sets how closed slices measure processor time.
func (a *Arm) MeasureCPU(measure MeasureCPU) { a.measureCPU = measure }
