package summary

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
)

// Searched reports whether a search for some arm's capacity was made.
func Searched(rec *record.Record) bool {
	return slices.ContainsFunc(rec.Arms, func(a record.Arm) bool { return a.Capacity != nil })
}

// CapacityOnly reports whether nothing but capacities was measured, so that there are no blocks.
func CapacityOnly(rec *record.Record) bool { return rec.Plan.Blocks == 0 && Searched(rec) }

// Bound says what a search found out about an arm's capacity.
type Bound string

// The bounds.
const (
	// About: it lies between the two ends of the bracket.
	About Bound = "about"
	// Under: it lies below the upper end; no rate held.
	Under Bound = "under"
	// AtLeast: it lies at or above the lower end; no rate failed, or only because the
	// generator was the limit, which says nothing about the target.
	AtLeast Bound = "at least"
	// Unbounded: neither end was found.
	Unbounded Bound = "unknown"
)

// BoundOf returns what a search found out.
func BoundOf(c *record.Capacity) Bound {
	open := c.FailedPerS == 0 || generatorLimited(c)
	switch {
	case c.HeldPerS == 0 && open:
		return Unbounded
	case c.HeldPerS == 0:
		return Under
	case open:
		return AtLeast
	}
	return About
}

// generatorLimited reports whether the generator was the limit in every probe at the upper end.
func generatorLimited(c *record.Capacity) bool {
	late := false
	for _, p := range c.Probes {
		if p.RatePerS == c.FailedPerS && !p.Held && !p.Short {
			if !p.Late {
				return false
			}
			late = true
		}
	}
	return late
}

// Held holds medians over the probes at the capacity; nil if no probe has the figure.
// P50MS and P99MS are over all prompts due: a failed prompt counts as infinite.
type Held struct{ P50MS, P99MS, ErrorRate *float64 }

// HeldAt returns the figures of a search at its capacity.
func HeldAt(c *record.Capacity) Held {
	var p50, p99, errors []float64
	for _, p := range c.Probes {
		if p.RatePerS == c.HeldPerS && p.Held && p.P50MS != nil && p.P99MS != nil && p.ErrorRate != nil {
			p50, p99, errors = append(p50, *p.P50MS), append(p99, *p.P99MS), append(errors, *p.ErrorRate)
		}
	}
	if len(p50) == 0 {
		return Held{}
	}
	return Held{new(UpperMedian(p50)), new(UpperMedian(p99)), new(UpperMedian(errors))}
}

// UpperMedian returns the median, of an even number of values the upper one. It panics if
// there are none.
func UpperMedian(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// CapacityRatio returns the capacity of an axis's level over that of its first level, the
// other axes pooled by the mean log ratio; false if the capacity of some arm is unknown.
func CapacityRatio(rec *record.Record, axis record.Axis, head string) (float64, bool) {
	sum, pairs := 0.0, 0
	for _, a := range rec.Arms {
		if c := a.Capacity; c == nil || !c.Confirmed || BoundOf(c) != About {
			return 0, false
		}
		for _, b := range rec.Arms {
			if b.Capacity == nil || b.Levels[axis.Name] != head {
				continue
			}
			swapped := maps.Clone(b.Levels)
			swapped[axis.Name] = axis.Levels[0]
			if maps.Equal(a.Levels, swapped) {
				sum += math.Log(b.Capacity.HeldPerS / a.Capacity.HeldPerS)
				pairs++
			}
		}
	}
	return math.Exp(sum / float64(max(pairs, 1))), true
}

// capacityWarnings say what weakens the result of an arm's search.
func capacityWarnings(c *record.Capacity) []string {
	if c == nil {
		return nil
	}
	var out []string
	if c.TooShort != "" {
		return []string{"the capacity was not searched for: " + c.TooShort}
	}
	if c.AskedStepMS > 0 {
		out = append(out, fmt.Sprintf("the capacity's probes lasted %v instead of load.capacity.step (%v), because answers took so long that a probe held fewer than ten in a row",
			record.Duration(c.StepMS), record.Duration(c.AskedStepMS)))
	}
	if c.Complete && !c.Confirmed {
		out = append(out, "the capacity is not confirmed: its probes disagree")
	}
	if generatorLimited(c) {
		out = append(out, "the generator was the limit of the search for the capacity")
	}
	if n := fewestDue(c); n < fewProbed && c.Arrivals != "constant" {
		out = append(out, fmt.Sprintf("the capacity rests on probes of %d prompts each, so chance alone moves the rate they offered by ±%.0f%%: a longer load.capacity.step, or arrivals: constant, moves it less",
			n, 100/math.Sqrt(float64(max(n, 1)))))
	}
	for _, p := range c.Probes {
		if p.RatePerS == c.HeldPerS && c.P99MS > 0 && !figures.EnoughBeyond(float64(p.Due), 0.99) {
			return append(out, "the capacity's p99 rests on fewer than 10 prompts beyond it")
		}
	}
	return out
}

// fewProbed is the number of prompts in a probe under which chance moves its rate by over 10%.
const fewProbed = 100

// fewestDue returns the fewest prompts due in a probe at the capacity; fewProbed if there is none.
func fewestDue(c *record.Capacity) uint64 {
	fewest := uint64(fewProbed)
	for _, p := range c.Probes {
		if p.RatePerS == c.HeldPerS && p.Held {
			fewest = min(fewest, p.Due)
		}
	}
	return fewest
}

// HeldLatency returns the median of a latency's percentile, by the name of its metric, over the
// probes at the capacity; nil if it is infinite or not known in one of them.
func HeldLatency(c *record.Capacity, metric string) *float64 {
	var all []float64
	for _, p := range c.Probes {
		if p.RatePerS != c.HeldPerS || !p.Held {
			continue
		}
		v := p.Latencies[metric]
		if v == nil {
			return nil
		}
		all = append(all, *v)
	}
	if len(all) == 0 {
		return nil
	}
	return new(UpperMedian(all))
}
