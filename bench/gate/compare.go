// Package gate judges a record: how the levels of each axis compare. It is pure.
package gate

import (
	"math"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// Confidence is what the intervals of comparisons hold at least.
const Confidence = 0.95

// Comparison is how one metric of one level of an axis stands to the axis's base.
type Comparison struct {
	// Metric is tps, p50, p90, p99 (of response latency) or error_rate; of streams also
	// ttft_p50, ttft_p90 (from due to the first content) or tpot_p50 (per output token after the first).
	Metric string `json:"metric"`
	Axis   string `json:"axis"`
	Base   string `json:"base"`
	Head   string `json:"head"`
	// Levels are the other axes' levels; empty where those are pooled.
	Levels map[string]string `json:"levels"`
	// Ratio is head over base; nil where it cannot be known.
	Ratio *float64 `json:"ratio"`
	// Low and High bound Ratio with Confidence; nil for fewer than stat.MinValues blocks.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
	// P is the two-sided p of a ratio of 1; nil with Low.
	P *float64 `json:"p"`
	// Verdict is empty until a rule has judged the comparison.
	Verdict Verdict `json:"verdict"`
	// Warnings are doubts about this comparison.
	Warnings []string `json:"-"`
}

// Compare sets every level of every axis against the axis's first level, by tps,
// p50, p90, p99 and error_rate, and by ttft_p50, ttft_p90 and tpot_p50 over the arms that
// were answered by streams: first pooled over the other axes, then in each
// combination of the other axes' levels. The unit is the block: a ratio is the
// Hodges–Lehmann estimate over the blocks' log ratios. Only complete blocks count,
// save for the error rate, which is over all that was due.
func Compare(rec *record.Record) []Comparison {
	all := []Comparison{}
	known := latencies{}
	for _, axis := range rec.Axes {
		for i, head := range axis.Levels {
			if i == 0 {
				continue
			}
			pairs := pairsOf(rec, axis.Name, axis.Levels[0], head)
			all = append(all, compareEach(axis, head, map[string]string{}, pairs, known)...)
			if len(rec.Axes) == 1 {
				continue
			}
			for _, p := range pairs {
				all = append(all, compareEach(axis, head, p.others, []pair{p}, known)...)
			}
		}
	}
	return all
}

// compareEach compares the pairs by every metric.
func compareEach(axis record.Axis, head string, levels map[string]string, pairs []pair, known latencies) []Comparison {
	comparison := func(metric string) Comparison {
		return Comparison{Metric: metric, Axis: axis.Name, Base: axis.Levels[0], Head: head, Levels: levels}
	}
	tps := comparison("tps")
	tps.estimate(tpsSample(pairs))
	out := []Comparison{tps}
	for _, q := range compared() {
		latency := comparison(q.metric)
		latency.estimate(latencySample(pairs, q, known))
		out = append(out, latency)
	}
	errorRate := comparison("error_rate")
	errorRate.compareErrorRate(pairs)
	out = append(out, errorRate)
	for _, q := range ofStreams() {
		if len(streamed(pairs, q.kind)) > 0 {
			latency := comparison(q.metric)
			latency.estimate(latencySample(pairs, q, known))
			out = append(out, latency)
		}
	}
	return out
}

// estimate turns the log ratios of blocks into a ratio with its interval and p.
func (c *Comparison) estimate(of sample) {
	c.Warnings = append(c.Warnings, of.doubts...)
	e := stat.HodgesLehmann(of.logs, Confidence)
	if e == nil {
		return
	}
	c.Ratio = new(math.Exp(e.Value))
	if e.Interval != nil {
		c.Low, c.High = new(math.Exp(e.Interval.Low)), new(math.Exp(e.Interval.High))
	}
	if t := stat.SignedRank(of.logs); t != nil {
		c.P = &t.TwoSided
	}
}
