package attack

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weighbridge/scenarios"
	"weighbridge/target"
)

// maxReachTries is the number of requests without an answer after which an endpoint
// counts as unreachable.
const maxReachTries = 3

// CheckReachable sends single requests until one gets any HTTP response, so that the
// first connection and token exist before others need them. It returns an error if
// none of a few does.
func (a *Arm) CheckReachable(ctx context.Context) error {
	var last string
	for range maxReachTries {
		r := &request{}
		r.Prompts = a.work.Sample(PhaseWarmup, a.Target.Batch.Size)
		r.exchange = a.sender(ctx, PhaseWarmup)(r)
		a.logWarmup(r.exchange)
		for _, attempt := range r.exchange.Attempts {
			if attempt.Status > 0 {
				return nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		last = r.exchange.Outcome.Detail
		if r.exchange.Outcome.Class == target.AuthError {
			break
		}
	}
	return fmt.Errorf("arm %s: no response during the warm-up: %s", a.Name, last)
}

// WarmupOpen runs open load for load.warmup and discards the result. An arm that has
// only a capacity search warms up at the first rate of the search.
func (a *Arm) WarmupOpen(ctx context.Context, start time.Time) error {
	if a.Load.Warmup == 0 {
		return nil
	}
	var open scenarios.Open
	switch {
	case a.Load.Open != nil:
		open = *a.Load.Open
	case a.Load.Capacity != nil && a.Load.Closed == nil:
		open = a.probeLoad(a.Load.Capacity.From, a.Load.Warmup)
	default:
		return nil
	}
	open.Duration = a.Load.Warmup
	_, err := a.openAttack(ctx, PhaseWarmup, open, &tally{start: start}, 0, 1)
	return err
}

// WarmupClosed keeps as many requests in flight as a closed slice will, so that their
// connections exist. It lasts for the ramp and, if there is no open load, load.warmup.
func (a *Arm) WarmupClosed(ctx context.Context) error {
	if a.Load.Closed == nil {
		return nil
	}
	until := time.Now().Add(a.Load.Closed.Ramp)
	if a.Load.Open == nil {
		until = until.Add(a.Load.Warmup)
	}
	return a.closedAttack(ctx, PhaseWarmup, -1, 0, until, func(h hit) { a.logWarmup(h.exchange) })
}

// maxServices is how many service latencies of the warm-up are kept.
const maxServices = 1000

// ServiceTime returns the median service latency of the warm-up; 0 if nothing was answered in it.
func (a *Arm) ServiceTime() time.Duration {
	if len(a.services) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(a.services))[len(a.services)/2]
}
