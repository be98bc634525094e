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
	"weighbridge/bench/record"
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

// warmUp opens connections and fetches tokens; its figures are thrown away. It
// ends with as many requests per arm as a closed slice keeps in flight.
func (e *experiment) warmUp(ctx context.Context) error {
	if err := e.together(func(_ int, a *attack.Arm) error { return a.Reach(ctx) }); err != nil {
		return err
	}
	start := time.Now().Add(headStart)
	if err := e.together(func(_ int, a *attack.Arm) error { return a.WarmupOpen(ctx, start) }); err != nil {
		return err
	}
	for _, a := range e.arms {
		if err := a.WarmupClosed(ctx); err != nil {
			return err
		}
	}
	return nil
}

// blocks measures them all, or as many as begin before ctx ends. Without closed
// load they are one stretch of open load with a single drain at its end.
func (e *experiment) blocks(ctx context.Context) error {
	total := e.record.Plan.Blocks
	if !e.any(closedLoad) {
		if !e.any(openLoad) {
			return nil
		}
		e.watch.stretch(1, longestOpen(e.arms))
		err := e.open(ctx, 0, total)
		e.options.Notes.blocks(e.record.Arms, 0)
		return err
	}
	for block := 0; block < total && ctx.Err() == nil; block++ {
		e.watch.set(attack.PhaseOpen, "", block+1)
		if err := e.open(ctx, block, 1); err != nil {
			return err
		}
		if err := e.closed(ctx, block); err != nil {
			return err
		}
		e.options.Notes.blocks(e.record.Arms, block)
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

// open runs the open slices of consecutive blocks, all arms together.
func (e *experiment) open(ctx context.Context, first, blocks int) error {
	if ctx.Err() != nil {
		return nil
	}
	start := time.Now().Add(headStart)
	return e.together(func(i int, a *attack.Arm) error {
		if a.Load.Open == nil {
			return nil
		}
		slices, whole, err := a.Open(ctx, start, first, blocks)
		arm := &e.record.Arms[i]
		for block := first; block < first+blocks; block++ {
			if s := slices[block]; block < first+whole || s.Due > 0 {
				arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: block < first+whole, Open: s})
			}
		}
		return err
	})
}

// closed runs the closed slices of a block, one arm at a time, in an order drawn anew.
func (e *experiment) closed(ctx context.Context, block int) error {
	for _, i := range e.order(block) {
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
		if ctx.Err() != nil {
			b.Complete = false
			continue
		}
		e.watch.set(attack.PhaseClosed, a.Name, block+1)
		slice, whole, err := a.Closed(ctx, block)
		b.Closed, b.Complete = slice, b.Complete && whole
		if err != nil {
			return err
		}
	}
	return nil
}

// order is the sequence of arms in a block's closed slices, by the seed.
func (e *experiment) order(block int) []int {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], e.options.Scenario.Experiment.Seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(block))
	return rand.New(rand.NewChaCha8(key)).Perm(len(e.arms))
}
