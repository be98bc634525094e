package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// headStart is how far ahead slices that run together agree to begin.
const headStart = 10 * time.Millisecond

// together does something with every arm at once.
func (e *experiment) together(do func(i int, a *attack.Arm) error) error {
	errs := make([]error, len(e.arms))
	var wg sync.WaitGroup
	for i, a := range e.arms {
		wg.Go(func() { errs[i] = do(i, a) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inOrder runs the arms' open slices of a block: all at once from an agreed moment,
// or in sequential order one after another, as drawn for the block, until ctx ends.
func (e *experiment) inOrder(ctx context.Context, phase string, block int, run func(i int, start time.Time) error) error {
	if e.options.Scenario.Experiment.Order != scenarios.Sequential {
		e.tracker.set(phase, "", block+1)
		start := time.Now().Add(headStart)
		return e.together(func(i int, _ *attack.Arm) error { return run(i, start) })
	}
	for _, i := range e.order(phase, block) {
		if ctx.Err() != nil {
			return nil
		}
		e.tracker.set(phase, e.arms[i].Name, block+1)
		if err := run(i, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// warmUp opens connections and fetches tokens; its figures are thrown away. It
// ends with as many requests per arm as a closed slice keeps in flight. Blocks go on
// with the one given; -1 is before any.
func (e *experiment) warmUp(ctx context.Context, block int) error {
	if err := e.together(func(_ int, a *attack.Arm) error { return a.CheckReachable(ctx) }); err != nil {
		return err
	}
	err := e.inOrder(ctx, attack.PhaseWarmup, block, func(i int, start time.Time) error {
		return e.arms[i].WarmupOpen(ctx, start)
	})
	if err != nil {
		return err
	}
	for _, a := range e.arms {
		if err := a.WarmupClosed(ctx); err != nil {
			return err
		}
	}
	return nil
}

// blocks measures those planned and those that More asks for, or as many as begin
// before ctx ends.
func (e *experiment) blocks(ctx context.Context) error {
	for from, to := 0, e.record.Plan.Blocks; from < to && ctx.Err() == nil; {
		if err := e.stretch(ctx, from, to); err != nil {
			return err
		}
		from, to = to, e.more(ctx)
		e.tracker.setBlocks(to)
	}
	return nil
}

// more is how many blocks there shall be in all.
func (e *experiment) more(ctx context.Context) int {
	if e.options.More == nil || ctx.Err() != nil {
		return 0
	}
	e.record.Complete = true // as far as it goes
	e.record.Invalid = machine.InvalidReasons(e.record)
	return e.options.More(e.record)
}

// stretch measures the blocks from one to before another, with the mocks started
// anew between super-blocks.
func (e *experiment) stretch(ctx context.Context, from, to int) error {
	super := e.record.Plan.RestartEvery
	if super == 0 {
		super = to // one, however far it goes
	}
	for first := from; first < to && ctx.Err() == nil; {
		if first > 0 && first%super == 0 && e.record.Plan.RestartEvery > 0 {
			if err := e.restart(ctx, first); err != nil {
				return err
			}
		}
		next := min((first/super+1)*super, to)
		if err := e.superBlock(ctx, first, next-first); err != nil {
			return err
		}
		first = next
	}
	return nil
}

// superBlock measures blocks against the same mocks. Where nothing but open load of
// all arms at once is run, they are one stretch with a single drain at its end;
// otherwise each slice drains before the next begins.
func (e *experiment) superBlock(ctx context.Context, first, blocks int) error {
	if e.options.Scenario.Experiment.Order == scenarios.Concurrent && !e.any(closedLoad) {
		if !e.any(openLoad) {
			return nil
		}
		e.tracker.startStretch(first+1, longestOpen(e.arms))
		err := e.open(ctx, first, blocks)
		e.options.Events.blocks(e.record.Arms, first)
		return err
	}
	for block := first; block < first+blocks && ctx.Err() == nil; block++ {
		if err := e.open(ctx, block, 1); err != nil {
			return err
		}
		if err := e.closed(ctx, block); err != nil {
			return err
		}
		e.options.Events.blocks(e.record.Arms, block)
	}
	return nil
}

func openLoad(a *attack.Arm) bool   { return a.Load.Open != nil }
func closedLoad(a *attack.Arm) bool { return a.Load.Closed != nil }

// any reports whether an arm is of the kind.
func (e *experiment) any(kind func(*attack.Arm) bool) bool { return slices.ContainsFunc(e.arms, kind) }

// longestOpen is the longest open slice; levels may give open load to some arms only.
func longestOpen(arms []*attack.Arm) (longest time.Duration) {
	for _, a := range arms {
		if a.Load.Open != nil {
			longest = max(longest, a.Load.Open.Duration)
		}
	}
	return longest
}

// open runs the open slices of consecutive blocks; in sequential order of one.
func (e *experiment) open(ctx context.Context, first, blocks int) error {
	if ctx.Err() != nil {
		return nil
	}
	if e.options.Scenario.Experiment.Order == scenarios.Concurrent {
		defer e.meter.MeasureCPU(time.Now().Add(headStart + time.Duration(blocks)*e.longestOpen()))()
	}
	return e.inOrder(ctx, attack.PhaseOpen, first, func(i int, start time.Time) error {
		a, arm := e.arms[i], &e.record.Arms[i]
		if a.Load.Open == nil {
			return nil
		}
		slices, whole, err := a.Open(ctx, start, first, blocks)
		for block := first; block < first+blocks; block++ {
			if s := slices[block]; block < first+whole || s.Due > 0 {
				arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: block < first+whole, Open: s})
			}
		}
		sit(ctx, start.Add(time.Duration(blocks)*a.Load.Open.Duration))
		return err
	})
}

// longestOpen is how long a block's open slices take where arms run at once.
func (e *experiment) longestOpen() time.Duration {
	longest := time.Duration(0)
	for _, a := range e.arms {
		if a.Load.Open != nil {
			longest = max(longest, a.Load.Open.Duration)
		}
	}
	return longest
}

// sit waits for the moment that a slice ends, or ctx: its last prompt may be answered
// before, but the time is the arm's own.
func sit(ctx context.Context, until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// closed runs the closed slices of a block, one arm at a time, in an order drawn anew.
// Once one fails, the rest are not run.
func (e *experiment) closed(ctx context.Context, block int) error {
	var failed error
	for _, i := range e.order(attack.PhaseClosed, block) {
		a, arm := e.arms[i], &e.record.Arms[i]
		if a.Load.Closed == nil {
			continue
		}
		last := len(arm.Blocks) - 1
		if last < 0 || arm.Blocks[last].Index != block {
			arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: true})
			last++
		}
		b := &arm.Blocks[last]
		if ctx.Err() != nil || failed != nil {
			b.Complete = false
			continue
		}
		e.tracker.set(attack.PhaseClosed, a.Name, block+1)
		var whole bool
		b.Closed, whole, failed = a.Closed(ctx, block)
		b.Complete = b.Complete && whole && failed == nil
	}
	return failed
}

// order is the sequence of arms in a block's slices of a phase, by the seed.
func (e *experiment) order(phase string, block int) []int {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], e.options.Scenario.Experiment.Seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(block))
	if phase != attack.PhaseClosed { // whose draw is that of records made before there were others
		copy(key[16:], phase)
	}
	return rand.New(rand.NewChaCha8(key)).Perm(len(e.arms))
}
