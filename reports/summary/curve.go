package summary

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
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
	// Levels are the levels of which the figure is known, by rising number, or as written where they are
	// no numbers.
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

// curves makes curves of a record.
type curves struct {
	rec        *record.Record
	arms       []Arm
	calculator figures.Calculator
}

// CurvesOf returns the curves of an axis by error rate, median TTFT of streams or else p90 response
// latency, and TPS, as far as three levels or more have the figure.
func CurvesOf(rec *record.Record, arms []Arm, axis record.Axis) (out []Curve) {
	c := curves{rec, arms, figures.NewCalculator()}
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

// OnlyOffered reports whether the throughput along an axis is what was offered, alike to all its levels: open
// load alone, at a rate that the axis does not change. Its differences are those of the schedules drawn,
// and say nothing of the levels.
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

// latency is the name of the latency that curves are of.
func (c curves) latency() string {
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
func (c curves) of(m metric.Metric, axis string, levels []string) Curve {
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

// value is the figure of a level, and of how many arms it is.
func (c curves) value(m metric.Metric, axis, level string) (value float64, arms int) {
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
	// The largest rise and fall over any distance, by the least and the greatest figure before.
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

// sharesDiffer is tellsApart for shares. Few blocks, which have no p, tell a difference that is large.
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

// alike are the levels that cannot be told apart from the best, the closest first, until one can.
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

// Knee is where an axis's throughput over latency, Kleinrock's power (ICC 1979), is highest.
type Knee struct {
	Level string
	// First and Last say that it is hardly higher than at the first or the last level, which Level then
	// is: the knee is not in the range.
	First, Last bool
}

// kneeBy is by what share the power at a knee must exceed that at both ends.
const kneeBy = 0.1

// KneeOf finds the knee of two curves of an axis; nil if the power hardly changes, or if fewer
// than three levels have both figures.
func KneeOf(rate, latency Curve) *Knee {
	var levels []string
	var power []float64
	for i, level := range rate.Levels {
		if k := slices.Index(latency.Levels, level); k >= 0 {
			levels, power = append(levels, level), append(power, rate.Values[i]/latency.Values[k])
		}
	}
	if len(power) < fewestSteps {
		return nil
	}
	at, last := 0, len(power)-1
	for i, v := range power {
		if v > power[at] {
			at = i
		}
	}
	exceeds := func(end int) bool { return power[at] > power[end]*(1+kneeBy) }
	switch {
	case exceeds(0) && exceeds(last):
		return &Knee{Level: levels[at]}
	case exceeds(0):
		return &Knee{Level: levels[last], Last: true}
	case exceeds(last):
		return &Knee{Level: levels[0], First: true}
	}
	return nil
}

// Interval is a figure with its bounds.
type Interval = figures.Interval

// IntervalOf is the interval of an arm's figure of a metric, v, with figures.Confidence; nil if it
// is not known, or is not of that figure, as where blocks were cut short.
func IntervalOf(arm *record.Arm, m metric.Metric, v float64) *Interval {
	const alpha, same = (1 - figures.Confidence) / 2, 0.01
	in := figures.NewCalculator().Arm(m, arm, alpha).Interval
	low, high := figures.Known(in.Low), figures.Known(in.High)
	if low == nil || high == nil || figures.Known(in.Value) == nil || math.Abs(in.Value-v) > same*math.Abs(v) || *low == *high {
		return nil
	}
	return &in
}
