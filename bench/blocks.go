package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
)

// headStart is how far in the future the start of concurrent slices is set, so that all
// arms are ready by then.
const headStart = 10 * time.Millisecond

// forAll calls do for all arms at once and waits for them.
func (e *experiment) forAll(do func(i int, a *attack.Arm) error) error {
	errs := make([]error, len(e.arms))
	var wg sync.WaitGroup
	for i, a := range e.arms {
		wg.Go(func() { errs[i] = do(i, a) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// runArms runs a slice of every arm: all at once from a common start or, in sequential
// order, one after another in the order drawn for the block, until ctx ends.
func (e *experiment) runArms(ctx context.Context, phase string, block int, run func(i int, start time.Time) error) error {
	if e.options.Scenario.Experiment.AtOnce() {
		e.tracker.set(phase, "", block+1)
		start := time.Now().Add(headStart)
		return e.forAll(func(i int, _ *attack.Arm) error { return run(i, start) })
	}
	for _, i := range e.order(phase, block) {
		if ctx.Err() != nil {
			return nil
		}
		e.tracker.set(phase, e.arms[i].Name, block+1)
		if err := e.turn(ctx, i, func() error { return run(i, time.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// turn runs a slice of one arm while no other runs.
func (e *experiment) turn(ctx context.Context, i int, slice func() error) error {
	if !e.options.Scenario.TakesTurns(i) {
		return slice()
	}
	return e.arms[i].Turn(ctx, slice)
}

// warmUp opens connections and fetches tokens; its figures are discarded. It ends with as
// many requests per arm as a closed slice keeps in flight. block is the one that follows,
// or -1 at the start of the run.
func (e *experiment) warmUp(ctx context.Context, block int) error {
	if err := e.checkReachable(ctx); err != nil {
		return err
	}
	if block < 0 {
		if err := e.calibrate(ctx); err != nil {
			return err
		}
	}
	if err := e.warmUpOpen(ctx, block); err != nil {
		return err
	}
	for i, a := range e.arms {
		if err := e.turn(ctx, i, func() error { return a.WarmupClosed(ctx) }); err != nil {
			return err
		}
	}
	return e.checkWarm(ctx)
}

// warmUpOpen is the open load of a warm-up.
func (e *experiment) warmUpOpen(ctx context.Context, block int) error {
	defer e.options.Processors.WarmUp(e.openPerS())()
	return e.runArms(ctx, attack.PhaseWarmup, block, func(i int, start time.Time) error {
		return e.arms[i].WarmupOpen(ctx, start)
	})
}

// openPerS is the highest mean rate of open load, in prompts/s: of all arms together if they run at once.
func (e *experiment) openPerS() (perS float64) {
	for _, arm := range e.record.Arms {
		if e.options.Scenario.Experiment.AtOnce() {
			perS += arm.Load.OpenPerS
		} else {
			perS = max(perS, arm.Load.OpenPerS)
		}
	}
	return perS
}

// checkReachable waits until the servers of all arms are ready. The first arm without any answer
// ends the wait for the others.
func (e *experiment) checkReachable(ctx context.Context) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer e.tracker.ready()
	err := e.forAll(func(i int, a *attack.Arm) error {
		err := e.turn(ctx, i, func() error { return a.CheckReachable(waiting, e.tracker.waiting) })
		if errors.Is(err, context.Canceled) && ctx.Err() == nil {
			return nil // because of the error of another arm
		}
		if err != nil {
			cancel()
		}
		return err
	})
	if err == nil && !e.any(func(a *attack.Arm) bool { return !a.Hopeless() }) {
		return e.checkWarm(ctx)
	}
	return err
}

// checkWarm returns an error if no arm has been answered in the warm-up. If only some were not,
// they are measured all the same, as the others can be compared with them, and a warning says why.
func (e *experiment) checkWarm(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var cold []error
	for _, a := range e.arms {
		if err := a.WarmError(); err != nil {
			cold = append(cold, err)
		}
	}
	if len(cold) == len(e.arms) {
		return errors.Join(cold...)
	}
	for _, err := range cold {
		e.record.Warnings = append(e.record.Warnings, err.Error())
	}
	return nil
}

// blocks measures the planned blocks and those that More asks for, until ctx ends.
func (e *experiment) blocks(ctx context.Context) error {
	for from, to := 0, e.record.Plan.Blocks; from < to && ctx.Err() == nil; {
		if err := e.measureBlocks(ctx, from, to); err != nil {
			return err
		}
		from, to = to, e.more(ctx)
		e.tracker.setBlocks(to)
	}
	return nil
}

// more asks More for the number of blocks to go on to; 0 ends the blocks.
func (e *experiment) more(ctx context.Context) int {
	if e.options.More == nil || ctx.Err() != nil {
		return 0
	}
	e.record.Complete = true // up to here
	e.record.Invalid = machine.InvalidReasons(e.record)
	return e.options.More(e.record)
}

// measureBlocks measures the blocks from (inclusive) to to (exclusive) and restarts the
// mocks every RestartEvery blocks.
func (e *experiment) measureBlocks(ctx context.Context, from, to int) error {
	every := e.record.Plan.RestartEvery
	if every == 0 {
		every = to // never
	}
	for first := from; first < to && ctx.Err() == nil; {
		if first > 0 && first%every == 0 && e.record.Plan.RestartEvery > 0 {
			if err := e.restart(ctx, first); err != nil {
				return err
			}
		}
		next := min((first/every+1)*every, to)
		if err := e.measureBetweenRestarts(ctx, first, next-first); err != nil {
			return err
		}
		first = next
	}
	return nil
}

// measureBetweenRestarts measures consecutive blocks against the same mocks. Where all arms
// run at once and there is only open load, the blocks are contiguous, with a single drain
// at the end; otherwise each slice drains before the next begins.
func (e *experiment) measureBetweenRestarts(ctx context.Context, first, blocks int) error {
	if e.options.Scenario.Experiment.AtOnce() && !e.any(closedLoad) && !e.any(batchLoad) {
		if !e.any(openLoad) {
			return nil
		}
		e.tracker.startStretch(first+1, longestOpen(e.arms))
		err := e.open(ctx, first, blocks)
		e.options.Events.blocks(e.record.Arms, first)
		e.options.Events.failures(e.arms)
		return err
	}
	for block := first; block < first+blocks && ctx.Err() == nil; block++ {
		if err := e.open(ctx, block, 1); err != nil {
			return err
		}
		if err := e.closed(ctx, block); err != nil {
			return err
		}
		if err := e.batches(ctx, block); err != nil {
			return err
		}
		e.options.Events.blocks(e.record.Arms, block)
		e.options.Events.failures(e.arms)
	}
	return nil
}

func openLoad(a *attack.Arm) bool   { return a.Load.Open != nil }
func closedLoad(a *attack.Arm) bool { return a.Load.Closed != nil }
func batchLoad(a *attack.Arm) bool  { return a.Load.Batch != nil }

// any reports whether any arm is of the kind.
func (e *experiment) any(kind func(*attack.Arm) bool) bool { return slices.ContainsFunc(e.arms, kind) }

// longestOpen is the duration of the longest open slice of a block.
func longestOpen(arms []*attack.Arm) (longest time.Duration) {
	for _, a := range arms {
		if a.Load.Open != nil {
			longest = max(longest, a.Load.Open.Duration)
		}
	}
	return longest
}

// open runs the open slices of consecutive blocks; in sequential order, of one block.
func (e *experiment) open(ctx context.Context, first, blocks int) error {
	if ctx.Err() != nil || !e.any(openLoad) {
		return nil
	}
	end := e.options.Processors.Open(e.openPerS())
	defer func() {
		e.openProcessors = runtime.GOMAXPROCS(0)
		end()
	}()
	if e.options.Scenario.Experiment.AtOnce() {
		defer e.meter.MeasureCPU(time.Now().Add(headStart + time.Duration(blocks)*longestOpen(e.arms)))()
	}
	return e.runArms(ctx, attack.PhaseOpen, first, func(i int, start time.Time) error {
		a, arm := e.arms[i], &e.record.Arms[i]
		if a.Load.Open == nil {
			return nil
		}
		slices, complete, err := a.Open(ctx, start, first, blocks)
		complete = e.ending.untouched(a, first, complete)
		for block := first; block < first+blocks; block++ {
			if s := slices[block]; block < first+complete || s.Due > 0 {
				arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: block < first+complete, Open: s})
			}
		}
		// The last prompt may have been answered before, but the next slice must not begin earlier.
		alarm.Until(ctx, start.Add(time.Duration(blocks)*a.Load.Open.Duration))
		return err
	})
}

// closed runs the closed slices of a block, one arm at a time, in an order drawn for the
// block. If one fails, the rest are not run.
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
		var complete bool
		failed = e.turn(ctx, i, func() (err error) {
			b.Closed, complete, err = a.Closed(ctx, block)
			return err
		})
		b.Complete = b.Complete && complete && failed == nil
	}
	return failed
}

// batches runs the batches of a block, after its other slices, so that these do not compete with
// them.
func (e *experiment) batches(ctx context.Context, block int) error {
	if ctx.Err() != nil || !e.any(batchLoad) {
		return nil
	}
	return e.runArms(ctx, attack.PhaseBatch, block, func(i int, _ time.Time) error {
		a, arm := e.arms[i], &e.record.Arms[i]
		if a.Load.Batch == nil {
			return nil
		}
		slice, complete, err := a.Batch(ctx, block)
		if slice != nil {
			arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: complete, Batch: slice})
		}
		return err
	})
}

// order draws the order of the arms in a phase of a block from the seed.
func (e *experiment) order(phase string, block int) []int {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], e.options.Scenario.Experiment.Seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(block))
	if phase != attack.PhaseClosed { // for which a seed draws the same order in every version
		copy(key[16:], phase)
	}
	return rand.New(rand.NewChaCha8(key)).Perm(len(e.arms))
}
