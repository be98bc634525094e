package attack

import (
	"context"
	"errors"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/attack/growth"
	"weighbridge/bench/attack/outages"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/cache"
)

// Open runs the open slices of consecutive blocks as one attack that begins at start,
// and drains after the last. It returns the slices by block, and how many blocks are
// complete: all of them unless ctx ended.
func (a *Arm) Open(
	ctx context.Context, start time.Time, first, blocks int,
) (slices map[int]*record.Slice, complete int, err error) {
	o := *a.Load.Open
	t := a.newTally(start, func(block int) *record.Slice {
		return newSlice(start.Sub(a.began)+time.Duration(block-first)*o.Duration, o.Duration)
	})
	a.responses = &responses{none: map[int]time.Time{}}
	t.overTime, t.responses, t.outages = &a.overTime, a.responses, &outages.Log{}
	t.growth = map[int]*growth.Slice{}
	t.available = map[int]*outages.Availability{}
	for n := range blocks {
		t.available[first+n] = outages.NewAvailability(time.Duration(n)*o.Duration, o.Duration)
		t.growth[first+n] = growth.NewSlice(time.Duration(n)*o.Duration, o.Duration)
	}
	complete, err = a.openAttack(ctx, PhaseOpen, o, t, first, blocks)
	t.outages.AddTo(func(n int) *record.Slice { return t.slice(first + n) }, blocks, o.Duration)
	// Blocks without a hit get their slice here, one at a time: histograms that are not
	// packed yet are large.
	for block := first; block < first+blocks; block++ {
		t.slice(block).Behind, t.slice(block).Overdue = t.growth[block].Behind(), t.growth[block].Overdue()
		t.slice(block).UnavailableMS = new(record.Milliseconds(t.available[block].Unavailable()))
		t.slice(block).Pack()
	}
	return t.slices, complete, err
}

// responses says when a server answered.
type responses struct {
	last time.Time // the end of the last response
	// none is by block when the last prompt without any response ended.
	none map[int]time.Time
}

func (r *responses) add(h hit) {
	if r == nil {
		return
	}
	end := h.exchange.End
	if h.exchange.Status > 0 && end.After(r.last) {
		r.last = end
	}
	if h.exchange.Outcome.Class != target.Transport {
		return
	}
	for i := range h.Prompts {
		if block := h.Prompts[i].Block; end.After(r.none[block]) {
			r.none[block] = end
		}
	}
}

// GotNoResponse reports whether a prompt of the block ended without any response after the given
// moment, or after the last response of all, under the open load that ran last.
func (a *Arm) GotNoResponse(block int, after time.Time) bool {
	none := a.responses.none[block]
	return none.After(after) || none.After(a.responses.last)
}

// openAttack sends the scheduled requests of some blocks and counts them in t. It returns
// how many blocks are complete.
func (a *Arm) openAttack(
	ctx context.Context, phase string, o scenarios.Open, t *tally, first, blocks int,
) (complete int, err error) {
	next, err := a.openWork(phase, o, first, blocks)
	if err != nil {
		return 0, err
	}
	end := t.start.Add(time.Duration(blocks) * o.Duration)
	handedOver := end.Add(a.Target.Batch.Linger)
	draining, cancel := a.drainContext(ctx, handedOver)
	defer cancel()
	under := a.client.Under(draining)
	defer under.Close()
	batches := schedule.Batches(next, a.Target.Batch.Size, a.Target.Batch.Linger)
	requests := a.buildAhead(a.openRequests(phase, batches), func(r *request) bool {
		return time.Now().After(t.start.Add(r.Due))
	})
	defer requests.Stop()
	p := &openPacer{
		ctx: ctx, began: a.began, start: t.start, cut: handedOver.Add(min(a.Load.Drain, maxLate)), neverSent: map[int]uint64{},
		queue: requests, alarm: alarm.New(ctx),
	}
	defer p.alarm.Close()
	handed := newHandover()
	if phase != PhaseWarmup {
		handed.live = &a.counts.Live
	}
	ready := newStandby(p, func() *alarm.Alarm { return alarm.New(ctx) })
	ready.late = a.onLate
	defer ready.close()
	a.holdCrowds(ready, draining)
	v := volley{next: ready.next, wait: ready.wait, late: func() bool { return draining.Err() != nil }, queue: handed, send: a.sender(under)}
	talks := a.converse(phase)
	if talks != nil {
		turns, stop := talks.openly(p, end, func(turn *request, due time.Time) {
			turn.Due = due.Sub(t.start)
			turn.Prompts[0].Due, turn.Prompts[0].Block = turn.Due, first+int(turn.Due/o.Duration)
		})
		defer stop()
		v.next, v.wait, v.send = turns.nextTurn, nil, talks.following(v.send)
	}
	if phase == PhaseWarmup {
		return 0, v.fire(a.logWarmup)
	}
	if err := a.countOpen(phase, t, first, handed, v.fire); err != nil {
		return 0, err
	}
	t.addWaiting(talks, first+blocks-1)
	for block, prompts := range p.neverSent {
		t.live.BecameDue(prompts)
		t.addNeverSent(block, prompts)
	}
	t.overTime.Merge(&p.neverSentAt)
	return p.complete(t, o.Duration, first, blocks), nil
}

// complete returns how many of the blocks are complete: all of them unless ctx ended.
func (p *openPacer) complete(t *tally, duration time.Duration, first, blocks int) int {
	if !p.stopped.IsZero() && p.stopped.Before(t.start.Add(time.Duration(blocks)*duration)) {
		blocks = max(int(p.stopped.Sub(t.start)/duration), 0)
	}
	if p.ctx.Err() != nil {
		blocks = min(blocks, t.untilCutOff(first))
		for block := range p.neverSent { // of a generator that was late as the run ended
			blocks = min(blocks, block-first)
		}
	}
	return blocks
}

// openRequests returns the requests of open load in turn.
func (a *Arm) openRequests(phase string, next func() (schedule.Batch, bool)) func() (*request, bool) {
	return func() (*request, bool) {
		r, ok := a.newRequest(phase), false
		r.Batch, ok = next()
		return r, ok
	}
}

// openWork returns the prompts of some blocks. A probe is no part of a longer schedule.
func (a *Arm) openWork(phase string, o scenarios.Open, first, blocks int) (func() (schedule.Prompt, bool), error) {
	if phase == PhaseCapacity {
		return a.work.Alone(phase, o, first)
	}
	return a.work.Open(phase, o, first, blocks)
}

// countOpen runs an attack and counts its hits. It packs the histograms of a block once
// no request of the block is pending.
func (a *Arm) countOpen(phase string, t *tally, first int, handed *handover, fire func(func(hit)) error) error {
	packed, fired := first, uint64(0)
	block, before, here := first, a.mark(), uint64(0)
	err := fire(func(h hit) {
		if newest := h.Prompts[0].Block; newest > block {
			before, here, block = a.addSince(before, t.slice(block), here), 0, newest
		}
		a.logMeasured(h)
		a.logFailure(phase, h.exchange)
		t.addOpen(h)
		a.reportHit(phase, h, t.start.Add(h.Prompts[0].Due), t.start.Add(h.Due), true)
		fired++
		if h.exchange.Cache.Source != cache.Client {
			here++
		}
		if newest := h.Prompts[0].Block; newest > packed && !a.Prompts.Converses() { // turns may yet come to be due
			if oldest := handed.oldestBlock(newest); oldest > packed {
				packed = oldest
				t.packBefore(packed)
			}
		}
	})
	t.settle()
	a.addSince(before, t.slice(block), here)
	a.fired[phase] += fired
	return err
}

const (
	// maxLate is how long after the end of a slice the generator hands over requests that it
	// is late with.
	maxLate = 2 * time.Second
	// maxGrace is how long an interrupted slice waits for the requests in flight.
	maxGrace = 2 * time.Second
	// sendAllowance is added to each drain: with a drain as long as client.timeout, a request due at
	// the very end of a slice and sent this late still runs into its own timeout.
	sendAllowance = 20 * time.Millisecond
)

// drainContext returns the context of the requests of a slice that lasts until end. It ends
// when the drain has passed since then or, so that an interrupted run ends soon, when its grace
// has passed since ctx ended.
func (a *Arm) drainContext(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	drain := a.Load.Drain
	limited, stopTimer := context.WithDeadlineCause(context.WithoutCancel(ctx), end.Add(drain+sendAllowance), errDrained)
	draining, cancel := context.WithCancelCause(limited)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace(ctx, drain), func() { cancel(errStopped) }) })
	a.counts.slice.Store(&sliceEnd{end, drain})
	return draining, func() {
		a.counts.slice.Store(nil)
		stop()
		cancel(nil)
		stopTimer()
	}
}

// The causes of the end of requests that were still open.
var (
	errDrained = errors.New("still open when the drain ended (load.drain)")
	errStopped = errors.New("still open when the run was stopped")
)

// grace is how long requests in flight may still take once ctx has ended.
func grace(ctx context.Context, drain time.Duration) time.Duration {
	var stop Stop
	if errors.As(context.Cause(ctx), &stop) {
		return drain
	}
	return min(drain, maxGrace)
}
