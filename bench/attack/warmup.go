package attack

import (
	"context"
	"fmt"
	"time"

	"weighbridge/scenarios"
	"weighbridge/target"
)

// warmupTries is how many first requests may go unanswered before an arm is given up.
const warmupTries = 3

// Reach sends single requests until one is answered, whatever the answer, so that
// the first connection and token exist before others need them. It fails when
// none of a few is.
func (a *Arm) Reach(ctx context.Context) error {
	var last string
	for range warmupTries {
		r := &request{}
		r.Prompts = a.work.Sample(PhaseWarmup, a.Target.Batch.Size)
		r.exchange = a.do(ctx, PhaseWarmup)(r)
		a.account(r.exchange)
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
	return fmt.Errorf("arm %s: the warm-up got no answer: %s", a.Name, last)
}

// WarmupOpen runs open load for load.warmup and throws it away. An arm that is only
// searched for its capacity warms up at the search's first rate.
func (a *Arm) WarmupOpen(ctx context.Context, start time.Time) error {
	if a.Load.Warmup == 0 {
		return nil
	}
	var open scenarios.Open
	switch {
	case a.Load.Open != nil:
		open = *a.Load.Open
	case a.Load.Capacity != nil && a.Load.Closed == nil:
		open = a.probeLoad(a.Load.Capacity.From)
	default:
		return nil
	}
	open.Duration = a.Load.Warmup
	_, err := a.openAttack(ctx, PhaseWarmup, open, &tally{start: start}, 0, 1)
	return err
}

// WarmupClosed brings as many requests in flight as a closed slice will, so that
// their connections exist. Without open load it lasts for load.warmup.
func (a *Arm) WarmupClosed(ctx context.Context) error {
	if a.Load.Closed == nil {
		return nil
	}
	until := time.Now().Add(a.Load.Closed.Ramp)
	if a.Load.Open == nil {
		until = until.Add(a.Load.Warmup)
	}
	return a.closedAttack(ctx, PhaseWarmup, -1, 0, until, func(h hit) { a.account(h.exchange) })
}
