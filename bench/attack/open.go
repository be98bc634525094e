package attack

import (
	"context"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
)

// Open runs the open slices of consecutive blocks as one attack from start on,
// with a drain at their end. It returns the slices by block, and how many of the
// blocks are whole: all of them unless ctx ended.
func (a *Arm) Open(ctx context.Context, start time.Time, first, blocks int) (map[int]*record.Slice, int, error) {
	o := *a.Load.Open
	t := &tally{start: start, began: a.began, overTime: &a.overTime, slices: map[int]*record.Slice{}, make: func(block int) *record.Slice {
		return newSlice(start.Sub(a.began)+time.Duration(block-first)*o.Duration, o.Duration)
	}}
	whole, err := a.openAttack(ctx, PhaseOpen, o, t, first, blocks)
	// A slice is made when it is first needed: all at once would be in memory at once.
	for block := first; block < first+blocks; block++ {
		t.slice(block)
		t.packBefore(block + 1)
	}
	return t.slices, whole, err
}

// openAttack fires the attack that t counts; it returns how many blocks are whole.
func (a *Arm) openAttack(
	ctx context.Context, phase string, o scenarios.Open, t *tally, first, blocks int,
) (int, error) {
	next, err := a.work.Open(phase, o, first, blocks)
	if err != nil {
		return 0, err
	}
	end := t.start.Add(time.Duration(blocks) * o.Duration)
	cut := end.Add(a.Target.Batch.Linger + a.Load.Drain)
	draining, cancel := drain(ctx, cut, a.Load.Drain)
	defer cancel()
	p := &openPacer{
		ctx: ctx, began: a.began, start: t.start, cut: cut, pending: newPending(), neverSent: map[int]uint64{},
		next: schedule.Batches(next, a.Target.Batch.Size, a.Target.Batch.Linger),
	}
	fire := volley{pacer: p, pending: p.pending, do: a.do(draining, phase)}.fire
	if phase == PhaseWarmup {
		return 0, fire(func(h hit) { a.account(h.exchange) })
	}
	before := a.pool.Traffic()
	if err := a.countOpen(phase, t, first, p.pending, fire); err != nil {
		return 0, err
	}
	a.addWire(before)
	for block, prompts := range p.neverSent {
		t.neverSent(block, prompts)
	}
	t.overTime.Merge(&p.neverSentAt)
	if !p.stopped.IsZero() && p.stopped.Before(end) {
		blocks = max(int(p.stopped.Sub(t.start)/o.Duration), 0)
	}
	return blocks, nil
}

// countOpen fires an attack and counts its hits, packing the blocks that have ended.
func (a *Arm) countOpen(phase string, t *tally, first int, open *pending, fire func(func(hit)) error) error {
	packed, fired := first, uint64(0)
	err := fire(func(h hit) {
		a.measure(h)
		t.addOpen(h)
		a.tell(phase, h, t.start.Add(h.Prompts[0].Due), t.start.Add(h.Due), true)
		a.wire.Requests++
		fired++
		if newest := h.Prompts[0].Block; newest > packed {
			if oldest := open.oldestBlock(newest); oldest > packed {
				packed = oldest
				t.packBefore(packed)
			}
		}
	})
	a.fired[phase] += fired
	return err
}

// drain is the context of a slice's requests: it ends at cut, or the given time
// after ctx was interrupted, whichever is first.
func drain(ctx context.Context, cut time.Time, grace time.Duration) (context.Context, context.CancelFunc) {
	draining, cancel := context.WithDeadline(context.WithoutCancel(ctx), cut)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return draining, func() {
		stop()
		cancel()
	}
}
