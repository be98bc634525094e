package bench

import (
	"context"
	"fmt"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/target/transport"
)

const (
	// goneAfter is how long all prompts of an arm must have failed before its target is
	// suspected to be gone. Shorter outages are measured like any other failure.
	goneAfter = 10 * time.Second
	// dialTimeout bounds the attempt to connect that decides.
	dialTimeout = 2 * time.Second
	// checkEvery is the interval between two looks at the counts.
	checkEvery = 500 * time.Millisecond
)

// outage follows the counts of one arm to tell for how long nothing was answered.
type outage struct {
	answered, failed uint64
	since            time.Time // of the first failure after the last answer; zero if there is none
}

// lasted returns how long prompts have only failed, or 0 if none failed since the last call.
func (o *outage) lasted(now time.Time, answered, failed uint64) time.Duration {
	fresh := failed > o.failed
	if answered > o.answered {
		o.since = time.Time{}
	} else if fresh && o.since.IsZero() {
		o.since = now
	}
	o.answered, o.failed = answered, failed
	if !fresh || o.since.IsZero() {
		return 0
	}
	return now.Sub(o.since)
}

// watchTargets ends the run once the target of an arm, other than a mock, has
// answered nothing for a while and takes no connection any more. Before the first block
// has ended it does nothing: such a run would leave no record. It returns when ctx ends.
func (e *experiment) watchTargets(ctx context.Context, after time.Duration) {
	outages := make([]outage, len(e.arms))
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			for i, a := range e.arms {
				count := a.Counts()
				lasted := outages[i].lasted(now, count.Answered.Load(), count.Failed.Load()+count.CutOff.Load())
				if e.mocked[i] || lasted < after || !e.pastFirstBlock(now) {
					continue
				}
				if err := reach(ctx, a); err != nil && ctx.Err() == nil {
					e.ending.fail(fmt.Errorf("arm %s: nothing answered for %v, and the target cannot be reached: %w", a.Name, lasted.Round(time.Second), err))
					return
				}
				outages[i].since = now
			}
		case <-ctx.Done():
			return
		}
	}
}

// pastFirstBlock reports whether the first block, or the first probe of a search, has ended.
func (e *experiment) pastFirstBlock(now time.Time) bool {
	p := e.tracker.progress(now)
	return p.Block > 1 || p.Probe > 1
}

// reach opens a connection to an arm's target and closes it. That this machine cannot open
// one more is no error: it says nothing about the target.
func reach(ctx context.Context, a *attack.Arm) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err := a.Reach(ctx)
	if _, own := transport.OwnLimit(err); own {
		return nil
	}
	return err
}
