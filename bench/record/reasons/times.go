package reasons

import (
	"fmt"
	"math"
	"slices"
)

const (
	// firstStepMS is the initial length of a step, in ms.
	firstStepMS = 1000
	// mostSteps bounds Times: two minutes in steps of a second, longer times in longer steps.
	mostSteps = 120
	// lastStepMS is the length of the longest step that is read, in ms: 34 years.
	lastStepMS = firstStepMS << 30
)

// Times counts failures over the run by when they ended, in steps of time. A step in which none ended is
// left out. The zero Times is empty.
type Times struct {
	// StepMS is the length of a step in ms: a second, doubled until there are few enough steps.
	StepMS float64 `json:"step_ms"`
	// AtSteps is when each step began, in steps after the start of the run, in order.
	AtSteps []uint64 `json:"at_steps"`
	// Counts is the number of failures that ended in each step, at least 1.
	Counts []uint64 `json:"counts"`
}

// Total is the number of failures.
func (t *Times) Total() (n uint64) {
	if t != nil {
		for _, count := range t.Counts {
			n += count
		}
	}
	return n
}

// AtMS is when step i began, in ms after the start of the run.
func (t *Times) AtMS(i int) float64 { return float64(t.AtSteps[i]) * t.StepMS }

// add counts a failure that ended at a moment in ms after the start of the run.
func (t *Times) add(ms float64) {
	if t.StepMS == 0 {
		t.StepMS = firstStepMS
	}
	step := uint64(ms / t.StepMS)
	i := len(t.AtSteps)
	for i > 0 && t.AtSteps[i-1] > step { // from the end, because failures come almost in order
		i--
	}
	if i > 0 && t.AtSteps[i-1] == step {
		t.Counts[i-1]++
		return
	}
	t.AtSteps, t.Counts = slices.Insert(t.AtSteps, i, step), slices.Insert(t.Counts, i, 1)
	t.bound()
}

// MergedTimes is the times of several lots of failures in one, at the longest of their steps; nil if those
// of any lot are nil: then not every moment is known.
func MergedTimes(lots ...*Times) *Times {
	out := &Times{}
	for _, lot := range lots {
		if lot == nil {
			return nil
		}
		out.StepMS = max(out.StepMS, lot.StepMS)
	}
	for _, lot := range lots {
		out.insert(lot)
	}
	out.bound()
	return out
}

// insert adds other times, whose steps are no longer.
func (t *Times) insert(other *Times) {
	i, wider := 0, uint64(1)
	if other.StepMS > 0 {
		wider = uint64(t.StepMS / other.StepMS)
	}
	for k, at := range other.AtSteps {
		at /= wider
		for i < len(t.AtSteps) && t.AtSteps[i] < at {
			i++
		}
		if i < len(t.AtSteps) && t.AtSteps[i] == at {
			t.Counts[i] += other.Counts[k]
			continue
		}
		t.AtSteps, t.Counts = slices.Insert(t.AtSteps, i, at), slices.Insert(t.Counts, i, other.Counts[k])
	}
}

// bound doubles the steps until there are few enough.
func (t *Times) bound() {
	for len(t.AtSteps) > mostSteps {
		t.StepMS *= 2
		kept := 0
		for i, at := range t.AtSteps {
			at /= 2
			if kept > 0 && t.AtSteps[kept-1] == at {
				t.Counts[kept-1] += t.Counts[i]
				continue
			}
			t.AtSteps[kept], t.Counts[kept] = at, t.Counts[i]
			kept++
		}
		t.AtSteps, t.Counts = t.AtSteps[:kept], t.Counts[:kept]
	}
}

// check finds steps that are out of order, or that do not count every failure of f.
func (t *Times) check(f Failure) error {
	if doublings := math.Log2(t.StepMS / firstStepMS); t.StepMS < firstStepMS || t.StepMS > lastStepMS || doublings != math.Trunc(doublings) {
		return fmt.Errorf("a step is %v ms long: expected a second, or a second doubled several times", t.StepMS)
	}
	if n := len(t.AtSteps); n == 0 || n > mostSteps || n != len(t.Counts) {
		return fmt.Errorf("%d steps have %d counts: expected a count for each of 1 to %d steps", n, len(t.Counts), mostSteps)
	}
	total := uint64(0)
	for i, n := range t.Counts {
		if i > 0 && t.AtSteps[i] <= t.AtSteps[i-1] {
			return fmt.Errorf("step %d follows step %d", t.AtSteps[i], t.AtSteps[i-1])
		}
		if n == 0 || n > f.Count-total {
			return fmt.Errorf("%d failures in step %d: expected at least 1, and %d in all", n, t.AtSteps[i], f.Count)
		}
		total += n
	}
	if total != f.Count {
		return fmt.Errorf("the steps count %d failures of %d", total, f.Count)
	}
	if first := t.AtMS(0); f.FirstMS < first || f.FirstMS >= first+t.StepMS {
		return fmt.Errorf("the first failed at %v ms, and the first step begins at %v ms", f.FirstMS, first)
	}
	if last := t.AtMS(len(t.AtSteps) - 1); last > lastStepMS {
		return fmt.Errorf("the last step begins at %v ms", last)
	}
	return nil
}

// Check finds failures whose counts over time do not add up.
func Check(list []Failure) error {
	for _, f := range list {
		if f.OverTime == nil {
			continue
		}
		if err := f.OverTime.check(f); err != nil {
			return fmt.Errorf("%.100s, over time: %w", f.Line(), err)
		}
	}
	return nil
}
