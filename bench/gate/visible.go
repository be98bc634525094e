package gate

import (
	"math"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
)

// Visible is the smallest change, as a share of the base, that a gate calls a regression with
// a chance of 95%: a gate with one look at so many blocks, whose ratios spread as s says, the
// metric's default margin and so many hypotheses. It is nil where the gate can call none.
func Visible(s figures.Spread, blocks, family int) *float64 {
	n := blocks * s.Values / s.Blocks
	e := evidence{sd: s.SD / math.Sqrt(float64(n)*efficiency)}
	e.detects = detectedByRanks(e.sd, n)
	h := hypothesis{metric: s.Metric, margin: s.Metric.Margin, evidence: e}
	return h.visible(looksOf(record.Plan{Blocks: blocks})[0], family)
}
