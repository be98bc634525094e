package forecast

import (
	"math"
	"slices"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/attack/batches"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// contiguous reports whether blocks of open load follow each other without a drain.
func (r *forecaster) contiguous() bool {
	for _, arm := range r.scenario.Arms() {
		if arm.Load.Closed != nil || arm.Load.Batch != nil {
			return false
		}
	}
	return r.scenario.Experiment.AtOnce()
}

// allowance is what a slice may take beyond its drain.
const allowance = 50 * time.Millisecond

// addTime sets how long the run takes.
func (r *forecaster) addTime() {
	s := r.scenario
	f := r.forecast
	f.TimeMS.Expected = milliseconds(bench.ExpectedDuration(s))
	if slices.ContainsFunc(s.Arms(), func(arm scenarios.Arm) bool { return arm.Load.Batch != nil }) {
		f.TimeMS.Least, f.TimeMS.Expected = f.TimeMS.Expected, nil
	}
	if f.TimeMS.Most = r.mostTime(); f.TimeMS.Most == nil {
		f.Unknown = append(f.Unknown, "the longest time that a capacity search takes depends on the server")
	}
}

// mostTime is how long a run takes in ms if every slice drains for as long as it may; nil if it
// searches for capacity.
func (r *forecaster) mostTime() *float64 {
	s := r.scenario
	var warmOpen, warmClosed, open, closed, batched time.Duration
	for _, arm := range s.Arms() {
		drain := arm.Target.Batch.Linger + arm.Load.Drain + allowance
		if arm.Load.Capacity != nil {
			return nil
		}
		if load, ok := attack.WarmupLoad(arm.Load); ok {
			warmOpen = s.Experiment.Took(warmOpen, load.Duration+drain)
		}
		if arm.Load.Open != nil {
			open = s.Experiment.Took(open, arm.Load.Open.Duration+drain)
		}
		if b := arm.Load.Batch; b != nil {
			batched = s.Experiment.Took(batched, b.Wait+time.Duration(1+b.Further())*(arm.Client.Timeout+batches.LongestPause))
		}
		if c := arm.Load.Closed; c != nil {
			warmClosed += c.Ramp + drain
			if arm.Load.Open == nil {
				warmClosed += arm.Load.Warmup
			}
			closed += max(c.Ramp, c.Duration+arm.Load.Drain) + c.Duration + drain
		}
	}
	blocks := max(s.Experiment.Blocks, s.Experiment.MaxBlocks)
	total := time.Duration(s.Experiment.Warmups(blocks))*(warmOpen+warmClosed) + time.Duration(blocks)*(open+closed+batched)
	return new(math.Ceil(record.Milliseconds(total)))
}
