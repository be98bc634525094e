// Package figures calculates every metric of scenarios/metric from a record, with bounds, and
// compares the arms of a record and the arms of two records. It judges nothing; bench/gate
// does. It is pure.
//
// The unit of every statistic is the block, never the request: the requests of a block
// share its noise. Only blocks that are complete in every arm concerned count, unless a
// function says otherwise.
package figures

import (
	"math"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Confidence is the level of the intervals of comparisons and claims.
const Confidence = 0.95

// Interval is a value and its bounds.
type Interval struct{ Value, Low, High float64 }

// Exactly is a value without error.
func Exactly(v float64) Interval { return Interval{v, v, v} }

// Unknown is a value of which nothing is known: NaN, with infinite bounds.
func Unknown() Interval { return Interval{math.NaN(), math.Inf(-1), math.Inf(1)} }

// bounded is a value with its bounds, which are infinite if in is nil.
func bounded(value float64, in *stat.Interval) Interval {
	switch {
	case math.IsNaN(value):
		return Unknown()
	case in == nil:
		return Interval{value, math.Inf(-1), math.Inf(1)}
	}
	return Interval{value, in.Low, in.High}
}

// Calculate is x op y for an op of + - * and /. Its bounds hold wherever the bounds of x and
// y do, however the two depend on each other.
func Calculate(op string, x, y Interval) Interval {
	switch op {
	case "+":
		return Interval{x.Value + y.Value, x.Low + y.Low, x.High + y.High}
	case "-":
		return Interval{x.Value - y.Value, x.Low - y.High, x.High - y.Low}
	case "*":
		return corners(x.Value*y.Value, x, y, func(a, b float64) float64 {
			if a == 0 || b == 0 {
				return 0 // of infinite bounds too
			}
			return a * b
		})
	}
	if y.Low <= 0 && y.High >= 0 {
		return Interval{x.Value / y.Value, math.Inf(-1), math.Inf(1)}
	}
	return corners(x.Value/y.Value, x, y, func(a, b float64) float64 { return a / b })
}

// corners bounds a function that is monotone in either argument.
func corners(value float64, x, y Interval, f func(a, b float64) float64) Interval {
	out := Interval{value, math.Inf(1), math.Inf(-1)}
	for _, a := range []float64{x.Low, x.High} {
		for _, b := range []float64{y.Low, y.High} {
			v := f(a, b)
			if math.IsNaN(v) { // an infinite bound over an infinite one
				return Interval{value, math.Inf(-1), math.Inf(1)}
			}
			out.Low, out.High = min(out.Low, v), max(out.High, v)
		}
	}
	return out
}

// Negative is -x.
func Negative(x Interval) Interval { return Interval{-x.Value, -x.High, -x.Low} }

// Figure is a metric's value with its bounds.
type Figure struct {
	Interval
	// Failed is the share of the prompts due that failed or were never sent, 0…1, if they
	// make Value or High infinite; else 0.
	Failed float64
	// Whole says that it is one figure for the whole run: it has no bounds, and Low and High repeat
	// the Value.
	Whole bool
	// Counted says that a Whole figure is counted, and so exact for this run.
	Counted bool
	// Warnings say what weakens the figure.
	Warnings []string
}

func unknownFigure(warnings ...string) Figure { return Figure{Interval: Unknown(), Warnings: warnings} }

// Calculator calculates figures. It caches what it reads from histograms by the arm's name, so that
// one Calculator is for the arms of one record.
type Calculator struct {
	// objectives are the latencies, by quantile, within which goodput counts an answer.
	objectives map[float64]time.Duration
	latencies  latencies
	judging    bool
}

// NewCalculator makes a Calculator for one record, without objectives for goodput.
func NewCalculator() Calculator { return Calculator{latencies: latencies{}} }

// Within is the same Calculator with latency objectives, by quantile, for goodput.
func (r Calculator) Within(objectives map[float64]time.Duration) Calculator {
	r.objectives = objectives
	return r
}

// Judging is the same Calculator, with bounds of ratios that are as strict as the p of a gate.
func (r Calculator) Judging() Calculator {
	r.judging = true
	return r
}

// Arm is a metric of an arm, with one-sided bounds of alpha each. Its unit is the metric's.
func (r Calculator) Arm(m metric.Metric, arm *record.Arm, alpha float64) Figure {
	return r.of(m).arm(arm, alpha)
}

// Ratio is a metric of the heads over that of the bases, with one-sided bounds of alpha each.
func (r Calculator) Ratio(m metric.Metric, pairs []Pair, alpha float64) Figure {
	if len(pairs) == 0 {
		return unknownFigure()
	}
	switch of := r.of(m).(type) {
	case sampler:
		s, shared := of.sample(pairs), stat.Shared{}
		if r.judging {
			shared = stat.SharedBy([][]float64{s.Logs})
			shared.Strict = true
		}
		return s.figure(alpha, shared)
	case divided:
		return of.ratio(pairs, alpha)
	}
	return unknownFigure()
}

// Sample is the metric's log ratios of heads over bases, by block; false for metrics without a
// ratio in every block, such as shares and figures of the whole run.
func (r Calculator) Sample(m metric.Metric, pairs []Pair) (Sample, bool) {
	s, ok := r.of(m).(sampler)
	if !ok {
		return Sample{}, false
	}
	out := s.sample(pairs)
	if text := interaction(m, s, pairs); text != "" {
		out.warn(text)
	}
	return out, true
}

// Sampled says whether Sample has the metric.
func Sampled(m metric.Metric) bool {
	_, ok := NewCalculator().of(m).(sampler)
	return ok
}

// OfRun returns a metric of an arm over all its complete blocks, or false if it is unknown. Its
// unit is arbitrary, so only ratios of two such values have a meaning.
func (r Calculator) OfRun(m metric.Metric, arm *record.Arm) (float64, bool) {
	t, ok := r.of(m).(totaller)
	if !ok {
		return 0, false
	}
	return t.ofRun(arm)
}

// Known is nil for NaN and the infinities, which JSON cannot hold.
func Known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
