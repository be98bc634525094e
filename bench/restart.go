package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
)

// restart restarts the mocks. The arms drop their connections and credentials and warm up
// again before the given block. Call it between slices, as it does not wait for open
// requests. If ctx ends meanwhile, it returns nil, and no block follows.
func (e *experiment) restart(ctx context.Context, block int) error {
	e.tracker.set(attack.PhaseWarmup, "", block+1)
	if err := e.join(ctx); err != nil {
		return err
	}
	e.close() // first, as mocks that end wait for their connections
	ends, err := endpoints(ctx, e.options.Scenario.Arms(), e.options, e.ending.lost)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	e.joined = false
	for i, a := range e.arms {
		if err := a.Reconnect(ends[i]); err != nil {
			return fmt.Errorf("arm %s: %w", a.Name, err)
		}
	}
	if err := e.warmUp(ctx, block); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// joinTimeout bounds how long reading all ledgers may take.
const joinTimeout = 30 * time.Second

// join reads the ledgers of the current mocks, and what they took of the machine, once, and
// merges both into the record. A ledger that cannot be read is recorded as such; the first
// error is returned after all mocks were asked.
func (e *experiment) join(ctx context.Context) error {
	if e.joined || !slices.Contains(e.mocked, true) {
		return nil
	}
	e.joined = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), joinTimeout)
	defer cancel()
	var first error
	for i, a := range e.arms {
		if !e.mocked[i] {
			continue
		}
		arm := &e.record.Arms[i]
		if arm.Ledger == nil {
			arm.Ledger = &record.Ledger{Matches: true}
		}
		account, err := e.options.Servers.Ledger(ctx, arm.Name)
		if err != nil {
			arm.Ledger.Merge(unreadLedger(a.AttemptLog(), err))
			first = cmp.Or(first, fmt.Errorf("read the mock's ledger of arm %s: %w", arm.Name, err))
			continue
		}
		arm.Ledger.Merge(compareLedger(a.AttemptLog(), account))
	}
	took, err := e.options.Servers.Process(ctx)
	if err != nil {
		return cmp.Or(first, fmt.Errorf("read what the mock took of the machine: %w", err))
	}
	if took != nil {
		if e.mocks == nil {
			e.mocks = &record.Process{}
		}
		e.mocks.Merge(took)
	}
	return first
}
