package gate

import (
	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// Visible returns the smallest change, as a share of the base, that a gate calls a regression with
// a chance of 95%, or nil if it can call none. The gate looks once, after blocks blocks whose
// ratios spread as s says, with the metric's default margin. family is the number of hypotheses.
func Visible(s figures.Spread, blocks, family int) *float64 {
	n := blocks * s.Values / s.Blocks
	worth := stat.LeastWorth(n, family)
	e := evidence{sd: s.SD * standardErrors(n, worth), detects: detectedByRanks(s.SD, n, n, worth)}
	h := hypothesis{metric: s.Metric, margin: s.Metric.Margin, evidence: e}
	return h.visible(looksOf(record.Plan{Blocks: blocks})[0], family)
}
