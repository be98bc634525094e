package figures

import (
	"fmt"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Comparison is how one metric of one level of an axis stands to the axis's base.
type Comparison struct {
	// Metric is the name of one of metric.Compared.
	Metric string `json:"metric"`
	Axis   string `json:"axis"`
	Base   string `json:"base"`
	Head   string `json:"head"`
	// Levels are the other axes' levels; empty if they are pooled.
	Levels map[string]string `json:"levels"`
	// Ratio is head over base; nil if it cannot be known.
	Ratio *float64 `json:"ratio"`
	// Low and High bound Ratio with Confidence; nil for fewer than stat.MinValues blocks, and
	// where a bound is infinitely far off, because only one side answered in some blocks.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
	// P is the two-sided p of a ratio of 1; nil with Low.
	P *float64 `json:"p"`
	ErrorDifference
	// Warnings say what weakens this comparison.
	Warnings []string `json:"-"`
}

// Compare compares every level of every axis with the axis's first level, by each of
// metric.Compared: first pooled over the other axes, then for each combination of the other
// axes' levels. Metrics of streams are over the arms that were answered by streams. A ratio is
// the Hodges–Lehmann estimate from the blocks' log ratios. Only complete blocks count, except
// for the error rate, which is over all prompts due.
func Compare(rec *record.Record) []Comparison {
	all := []Comparison{}
	r := NewCalculator()
	for _, axis := range rec.Axes {
		for i, head := range axis.Levels {
			if i == 0 {
				continue
			}
			pairs := PairsOf(rec, axis.Name, axis.Levels[0], head)
			all = append(all, r.compare(axis, head, map[string]string{}, pairs)...)
			if len(rec.Axes) == 1 {
				continue
			}
			for _, p := range pairs {
				all = append(all, r.compare(axis, head, p.Others, []Pair{p})...)
			}
		}
	}
	return all
}

// compare compares the pairs by every metric.
func (r Calculator) compare(axis record.Axis, head string, levels map[string]string, pairs []Pair) []Comparison {
	var out []Comparison
	for _, m := range metric.Compared() {
		if m.Streamed && len(streamed(pairs, m.Latency)) == 0 {
			continue
		}
		out = append(out, r.by(m, Comparison{Axis: axis.Name, Base: axis.Levels[0], Head: head, Levels: levels}, pairs))
	}
	return out
}

// by completes a comparison of the pairs by a metric.
func (r Calculator) by(m metric.Metric, c Comparison, pairs []Pair) Comparison {
	c.Metric = m.Name
	if s, ok := r.Sample(m, pairs); ok {
		c.compareRatios(s)
	} else if m.Kind == metric.OfShare {
		c.compareFailures(pairs)
	}
	return c
}

// CompareLevels compares any two levels of an axis by a metric, the other axes pooled.
func (r Calculator) CompareLevels(rec *record.Record, m metric.Metric, axis, base, head string) Comparison {
	c := Comparison{Axis: axis, Base: base, Head: head, Levels: map[string]string{}}
	return r.by(m, c, PairsOf(rec, axis, base, head))
}

// compareRatios turns the log ratios of blocks into a ratio with its interval and p.
func (c *Comparison) compareRatios(of Sample) {
	c.Warnings = append(c.Warnings, of.Warnings...)
	if len(c.Levels) == 0 { // else the comparison that pools the combinations says it
		c.Warnings = append(c.Warnings, of.Silences...)
	}
	p := of.Compared(Confidence, stat.Shared{})
	if p == nil {
		return
	}
	c.Ratio = knownRatio(p.Value)
	if p.Interval == nil {
		return
	}
	c.Low, c.High, c.P = knownRatio(p.Interval.Low), knownRatio(p.Interval.High), &p.TwoSided
	if text := following(p); text != "" && len(c.Levels) == 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s, %s %s vs %s: %s", c.Metric, c.Axis, c.Head, c.Base, text))
	}
}

// compareFailures sets the ratio and the difference of the two error rates. There is no ratio if
// nothing failed in the base. The p is that of the difference, with whose interval it agrees; both
// come from the complete blocks.
func (c *Comparison) compareFailures(pairs []Pair) {
	const fewest = 10 // failures on either side, for an interval of the ratio
	var base, head Failures
	for _, p := range pairs {
		base = base.plus(FailuresOf(metric.ErrorRate, p.Base))
		head = head.plus(FailuresOf(metric.ErrorRate, p.Head))
	}
	if base.Due == 0 || head.Due == 0 {
		return
	}
	inBase, inHead := FailuresInPairs(metric.ErrorRate, pairs)
	blocks := stat.PairedDifferenceOf(inHead, inBase)
	c.ErrorDifference = differenceOf(head.rate(), base.rate(), blocks)
	if c.DifferenceLow != nil && base.Failed+head.Failed > 0 {
		c.P = new(blocks.TwoSided())
	}
	if base.Failed == 0 {
		return
	}
	c.Ratio = new(head.rate() / base.rate())
	if e := stat.RatioOf(inHead, inBase, (1-Confidence)/2); e != nil && e.Interval != nil && min(base.Failed, head.Failed) >= fewest {
		cut := *c.Ratio / e.Value // the blocks that were cut short count in the ratio, and not in the interval
		c.Low, c.High = new(cut*e.Interval.Low), new(cut*e.Interval.High)
	}
}
