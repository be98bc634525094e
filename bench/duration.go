package bench

import (
	"time"

	"weighbridge/scenarios"
)

// ExpectedDuration returns how long a run takes if nothing is slow.
func ExpectedDuration(s *scenarios.Scenario) time.Duration { return expectedDuration(s, s.Arms()) }

// expectedDuration is ExpectedDuration of the arms given.
func expectedDuration(s *scenarios.Scenario, arms []scenarios.Arm) time.Duration {
	var warmup, ramps, open, closed time.Duration
	for _, arm := range arms {
		if arm.Load.Open != nil {
			open = s.Experiment.Took(open, arm.Load.Open.Duration)
			warmup = s.Experiment.Took(warmup, arm.Load.Warmup)
		}
		if c := arm.Load.Closed; c != nil {
			closed += c.Ramp + c.Duration
			ramps += c.Ramp
			if arm.Load.Open == nil {
				ramps += arm.Load.Warmup
			}
		}
	}
	return time.Duration(s.Experiment.Warmups(s.Experiment.Blocks))*(warmup+ramps) + time.Duration(s.Experiment.Blocks)*(open+closed) + expectedSearches(arms)
}

// expectedDrains returns for how long the slices of a run wait for their last answers, if an answer of each
// arm takes the time that answer returns.
func expectedDrains(s *scenarios.Scenario, arms []scenarios.Arm, answer func(arm int) time.Duration) (total time.Duration) {
	var atOnce, open, closed time.Duration
	hasClosed := false
	for i, arm := range arms {
		if arm.Load.Open != nil {
			atOnce, open = max(atOnce, answer(i)), open+answer(i)
		}
		if arm.Load.Closed != nil {
			closed, hasClosed = closed+answer(i), true
		}
	}
	blocks := time.Duration(s.Experiment.Blocks)
	switch {
	case s.Experiment.Order == scenarios.Sequential:
		return blocks * (open + closed)
	case hasClosed:
		return blocks * (atOnce + closed)
	}
	return time.Duration(s.Experiment.Warmups(s.Experiment.Blocks)) * atOnce // after the last of the blocks
}

// expectedSearches returns how long the capacity searches of all arms take if no probe
// is misleading.
func expectedSearches(arms []scenarios.Arm) (total time.Duration) {
	for _, arm := range arms {
		if c := arm.Load.Capacity; c != nil {
			total += time.Duration(newSearch(*c).maxProbesWithoutNoise()) * c.Step
		}
	}
	return total
}
