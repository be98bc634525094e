package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/attack/growth"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/attack/outages"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/cache"
	"weighbridge/target/retry"
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
	t.available = map[int]*record.Availability{}
	for n := range blocks {
		t.available[first+n] = record.NewAvailability(time.Duration(n)*o.Duration, o.Duration)
		t.growth[first+n] = growth.NewSlice(time.Duration(n)*o.Duration, o.Duration)
	}
	complete, err = a.openAttack(ctx, PhaseOpen, o, t, first, blocks)
	t.addOutages(first, blocks, o.Duration)
	// Blocks without a hit get their slice here, one at a time: histograms that are not
	// packed yet are large.
	for block := first; block < first+blocks; block++ {
		t.slice(block).Behind, t.slice(block).Overdue = t.growth[block].Behind(), t.growth[block].Overdue()
		t.slice(block).UnavailableMS = new(record.Milliseconds(t.available[block].Unavailable()))
		t.slice(block).Pack()
	}
	return t.slices, complete, err
}

// budgeted reports whether the arm's retries have a budget.
func (a *Arm) budgeted() bool {
	return a.Client.Retry.Policy != target.RetryNone && a.Client.Retry.Budget.Share > 0
}

// followAttempts counts the attempts of a request for the outages. An attempt that was retried counts as failed,
// unless it was retried only because its credential was rejected.
func (t *tally) followAttempts(x *exchange) {
	if t.outages == nil {
		return
	}
	for i, a := range x.Attempts {
		ending := outages.Failed
		switch last := i == len(x.Attempts)-1; {
		case !last && a.Status == http.StatusUnauthorized:
			ending = outages.Answered
		case last && x.Outcome.Class.Own():
			ending = outages.Neither
		case last && !retry.Passing(x.Outcome.Class):
			ending = outages.Answered
		}
		t.outages.Attempt(a.Ended.Sub(t.start), ending)
	}
}

// followPrompt counts a prompt of a request for the outages.
func (t *tally) followPrompt(x *exchange, due, ended time.Duration, failed bool) {
	switch objective := t.objectives.Response; {
	case t.outages == nil:
	case failed && x.Outcome.Class.Own():
		t.outages.Cut(due)
	default:
		t.outages.Prompt(due, ended, failed || len(x.Attempts) > 1 || objective > 0 && ended-due > objective)
	}
}

// addOutages adds the outages of some blocks to the slices in which they began.
func (t *tally) addOutages(first, blocks int, duration time.Duration) {
	for _, o := range t.outages.Outages(time.Duration(blocks) * duration) {
		s := t.slice(first + min(int(o.From/duration), blocks-1))
		if s.Outages == nil {
			s.Outages = &record.Outages{}
		}
		if o.Whole {
			s.Outages.Lasted.Add(o.To - o.From)
		} else {
			s.Outages.Partial++
		}
		switch o.Fate {
		case outages.Recovered:
			s.Outages.Recovery.Add(o.Recovered - o.To)
		case outages.Unrecovered:
			s.Outages.Unrecovered++
		case outages.Open:
			s.Outages.Open++
		}
	}
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

// Counts are the measured prompts of an arm so far, those of the lead-in of closed load included. They
// are safe to read at any time.
type Counts struct {
	// CutOff are the prompts that the harness ended itself. They are not among the Failed here; in Live
	// and in the record they are.
	Answered, Failed, CutOff atomic.Uint64
	// Live is what the record counts of them.
	Live live.Counts
	// slice is the current one's end; nil between slices.
	slice atomic.Pointer[sliceEnd]
}

// addFailed counts prompts that were not answered. Those that the harness cut off have not failed.
func (c *Counts) addFailed(class target.Class, prompts uint64) {
	if class == target.CutOff {
		c.CutOff.Add(prompts)
	} else {
		c.Failed.Add(prompts)
	}
}

// sliceEnd is when a slice ends, and how long it may drain then.
type sliceEnd struct {
	at    time.Time
	drain time.Duration
}

// Draining returns for how long at most the arm still waits for the answers of a slice that
// has ended; 0 if it does not.
func (c *Counts) Draining(now time.Time) time.Duration {
	s := c.slice.Load()
	if s == nil || now.Before(s.at) {
		return 0
	}
	return max(s.at.Add(s.drain).Sub(now), 0)
}

// Stop ends a run as its scenario asks, for example at its budget. If it is the cause of a context's end, the
// requests in flight may finish.
type Stop struct {
	// By is the key of the scenario that ended the run, and Why the state that the run was in.
	By, Why string
}

func (s Stop) Error() string { return s.By + ": " + s.Why }

// grace is how long requests in flight may still take once ctx has ended.
func grace(ctx context.Context, drain time.Duration) time.Duration {
	var stop Stop
	if errors.As(context.Cause(ctx), &stop) {
		return drain
	}
	return min(drain, maxGrace)
}

// OnStop sets a function that is called when the arm asks for the end of the run: because its server
// refuses all requests, or because too many of its prompts failed. It may be called several times,
// from any goroutine, and must not block. Call OnStop before the first slice.
func (a *Arm) OnStop(f func(Stop)) {
	a.onStop = f
	a.client.Fatal = func(x *exchange) {
		if a.ends(x) && a.answered.Load() {
			f(Stop{By: "load.stop.on", Why: fmt.Sprintf("arm %s: no retry mends %s (%s)", a.Name, x.Outcome.Detail, x.Outcome.Fatal)})
		}
	}
}

// OnLate sets a function that is called when a request of open load leaves late, from any goroutine. It must not block. Call
// OnLate before the first slice.
func (a *Arm) OnLate(f func()) { a.onLate = f }

// ends reports whether an answer ends the run. The faults of a mock are asked for, and a credential
// that is fetched or signed may be accepted again once it is renewed.
func (a *Arm) ends(x *exchange) bool {
	fatal := x.Outcome.Fatal
	renewed := a.Target.Auth.Scheme != "apikey" && a.Target.Auth.Scheme != "none"
	switch {
	case a.mocked, fatal == "", !slices.Contains(a.Load.Stop.On, string(fatal)):
		return false
	}
	return fatal != target.FatalCredential || !renewed || !a.answered.Load()
}

// checkErrors asks for the end of the run if too many of the measured prompts failed.
func (a *Arm) checkErrors() {
	stop := a.Load.Stop
	failed, answered := a.counts.Failed.Load(), a.counts.Answered.Load()
	all := failed + answered
	if a.onStop == nil || stop.ErrorRate >= 1 || all < uint64(stop.After) || float64(failed) <= stop.ErrorRate*float64(all) {
		return
	}
	a.onStop(Stop{By: "load.stop.error_rate", Why: fmt.Sprintf("arm %s: %d of %d prompts failed, over %.3g%%", a.Name, failed, all, 100*stop.ErrorRate)})
}
