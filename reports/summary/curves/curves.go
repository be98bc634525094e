// Package curves finds what an axis of several levels does to a metric: a curve over its levels. It is pure.
package curves

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// fewestSteps is the fewest levels of a numeric axis that make a curve.
const fewestSteps = 3

// Numeric returns the levels of an axis as rising numbers; false unless all are different numbers,
// and enough for a curve.
func Numeric(axis record.Axis) ([]float64, bool) {
	var values []float64
	for _, level := range axis.Levels {
		v, err := strconv.ParseFloat(level, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false
		}
		values = append(values, v)
	}
	slices.Sort(values)
	if distinct := slices.Compact(slices.Clone(values)); len(distinct) < len(axis.Levels) || len(distinct) < fewestSteps {
		return nil, false
	}
	return values, true
}

// Curve is what an axis of several levels does to a metric, the other axes pooled.
type Curve struct {
	Metric metric.Metric
	// Levels are the levels at which the figure is known, by rising number, or as written if they are
	// not numbers.
	Levels []string
	// Values are the figures: of several arms with the level, their geometric mean, or the mean of
	// shares.
	Values []float64
	// Pooled says that several arms have the same level.
	Pooled bool
	// Whole compares the last level with the first. Rise and Fall compare the two levels between
	// which the figure rises and falls most, in the order of Levels; nil if it does not, or if
	// that cannot be told from noise. The Rise of a share is from its lowest level to its highest.
	Whole      figures.Comparison
	Rise, Fall *figures.Comparison
	// Best is the level with the best figure. Alike are those that cannot be told apart from it.
	Best  string
	Alike []string
}

// maker makes the curves of a record.
type maker struct {
	rec        *record.Record
	arms       []summary.Arm
	calculator figures.Calculator
}

// Of returns the curves of an axis by error rate, median TTFT of streams or else p90 response
// latency, and TPS, as far as three levels or more have the figure.
func Of(rec *record.Record, arms []summary.Arm, axis record.Axis) (out []Curve) {
	c := maker{rec, arms, figures.NewCalculator()}
	levels := slices.Clone(axis.Levels)
	if _, numeric := Numeric(axis); numeric {
		value := func(level string) float64 { v, _ := strconv.ParseFloat(level, 64); return v }
		slices.SortFunc(levels, func(a, b string) int { return cmp.Compare(value(a), value(b)) })
	}
	for _, name := range []string{metric.ErrorRate, c.latency(), metric.TPS} {
		m, _ := metric.Named(name)
		if name == metric.TPS && OnlyOffered(rec, axis.Name) {
			continue
		}
		if curve := c.of(m, axis.Name, levels); len(curve.Levels) >= fewestSteps {
			out = append(out, curve)
		}
	}
	return out
}

// OnlyOffered reports whether the throughput along an axis is only what was offered, the same to all of its
// levels: there is open load only, at a rate that the axis does not change. Differences are then those of the
// random schedules, and say nothing about the levels.
func OnlyOffered(rec *record.Record, axis string) bool {
	rates := map[string]float64{} // by the other axes' levels
	for i := range rec.Arms {
		load := rec.Arms[i].Load
		if load.ClosedInFlight > 0 || load.BatchPrompts > 0 || load.OpenPerS <= 0 {
			return false
		}
		var others []string
		for _, a := range rec.Axes {
			if a.Name != axis {
				others = append(others, rec.Arms[i].Levels[a.Name])
			}
		}
		key := strings.Join(others, "\x00")
		if rate, known := rates[key]; known && rate != load.OpenPerS {
			return false
		}
		rates[key] = load.OpenPerS
	}
	return len(rec.Arms) > 0
}

// latency is the name of the latency that curves show.
func (c maker) latency() string {
	for _, arm := range c.arms {
		if arm.TTFT != nil {
			return "ttft_p50"
		}
	}
	blocks := 0
	for i := range c.rec.Arms {
		blocks = max(blocks, len(c.rec.Arms[i].Blocks))
	}
	for _, arm := range c.arms {
		if arm.Answered > 0 && !figures.EnoughBeyond(float64(arm.Answered)/float64(max(blocks, 1)), 0.9) {
			return "p50" // p90 would have fewer values than blocks
		}
	}
	return "p90"
}

// of is the curve of a metric.
func (c maker) of(m metric.Metric, axis string, levels []string) Curve {
	out := Curve{Metric: m}
	for _, level := range levels {
		if v, arms := c.value(m, axis, level); arms > 0 {
			out.Levels, out.Values = append(out.Levels, level), append(out.Values, v)
			out.Pooled = out.Pooled || arms > 1
		}
	}
	n := len(out.Levels)
	if n < fewestSteps {
		return out
	}
	between := func(base, head int) figures.Comparison {
		return c.calculator.CompareLevels(c.rec, m, axis, out.Levels[base], out.Levels[head])
	}
	out.Whole = between(0, n-1)
	best := 0
	for i, v := range out.Values {
		if better := v < out.Values[best]; better != (m.Better == metric.Higher) && v != out.Values[best] {
			best = i
		}
	}
	out.Best = out.Levels[best]
	if m.Kind == metric.OfShare {
		if d := between(best, slices.Index(out.Values, slices.Max(out.Values))); out.sharesDiffer(d) {
			out.Rise = &d
		}
	} else {
		out.Rise, out.Fall = out.turns(between)
	}
	out.Alike = out.alike(best, between)
	return out
}

// value returns the figure of a level, and from how many arms it comes.
func (c maker) value(m metric.Metric, axis, level string) (value float64, arms int) {
	sum := 0.0
	for _, arm := range c.arms {
		v := arm.Figure(m)
		if arm.Levels[axis] != level || v == nil || m.Kind != metric.OfShare && !(*v > 0) {
			continue
		}
		arms++
		if m.Kind == metric.OfShare {
			sum += *v
		} else {
			sum += math.Log(*v)
		}
	}
	if arms == 0 {
		return 0, 0
	}
	if m.Kind == metric.OfShare {
		return sum / float64(arms), arms
	}
	return math.Exp(sum / float64(arms)), arms
}

// turns compares the levels between which the figure rises and falls most.
func (c Curve) turns(between func(base, head int) figures.Comparison) (rise, fall *figures.Comparison) {
	// The largest rise and fall over any distance: each figure compared with the least and the greatest so far.
	low, high := 0, 0
	var up, down [2]int
	for i, v := range c.Values {
		if v < c.Values[low] {
			low = i
		}
		if v > c.Values[high] {
			high = i
		}
		if v/c.Values[low] > c.Values[up[1]]/c.Values[up[0]] {
			up = [2]int{low, i}
		}
		if v/c.Values[high] < c.Values[down[1]]/c.Values[down[0]] {
			down = [2]int{high, i}
		}
	}
	told := func(at [2]int) *figures.Comparison {
		if at[0] == at[1] {
			return nil
		}
		if d := between(at[0], at[1]); c.tellsApart(d) {
			return &d
		}
		return nil
	}
	return told(up), told(down)
}

// tellsApart reports whether two levels that were chosen for their difference differ: significantly
// after Bonferroni for the number of levels or, as few blocks cannot show that, significantly before
// it and by more than twice the metric's margin.
func (c Curve) tellsApart(d figures.Comparison) bool {
	if d.Ratio == nil || d.P == nil {
		return false
	}
	const alpha = 0.05
	if *d.P <= alpha/float64(len(c.Levels)-1) {
		return true
	}
	return *d.P <= alpha && math.Abs(math.Log(*d.Ratio)) > math.Log1p(2*c.Metric.Margin)
}

// sharesDiffer is tellsApart for shares. With too few blocks for a p, a difference counts if it is large.
func (c Curve) sharesDiffer(d figures.Comparison) bool {
	const alpha, large = 0.05, 0.05
	switch {
	case d.Difference == nil:
		return false
	case d.P == nil || d.DifferenceLow == nil:
		return *d.Difference >= large
	case *d.P <= alpha/float64(len(c.Levels)-1):
		return true
	}
	return *d.P <= alpha && *d.DifferenceLow > 2*c.Metric.Margin
}

// alike returns the levels that cannot be told apart from the best, the closest first, up to the first that can.
func (c Curve) alike(best int, between func(base, head int) figures.Comparison) (out []string) {
	order := make([]int, 0, len(c.Levels))
	for i := range c.Levels {
		if i != best {
			order = append(order, i)
		}
	}
	distance := func(i int) float64 { return math.Abs(c.Values[i] - c.Values[best]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
	for _, i := range order {
		d := between(best, i)
		low, high, same := d.Low, d.High, 1.0
		if c.Metric.Kind == metric.OfShare {
			low, high, same = d.DifferenceLow, d.DifferenceHigh, 0
		}
		if low == nil && high == nil || low != nil && *low > same || high != nil && *high < same {
			break
		}
		out = append(out, c.Levels[i])
	}
	return out
}
