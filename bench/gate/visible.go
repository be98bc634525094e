package gate

import (
	"math"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
)

// Visible is the smallest share of the base by which a head can be worse so that a gate of
// so many blocks, which looks at them once, calls it with a chance of 95%, by the metric's
// default margin and as one of family figures; nil where it can call none. The spread is
// that between blocks.
func Visible(s figures.Spread, blocks, family int) *float64 {
	n := blocks * s.Values / s.Blocks
	e := evidence{sd: s.SD / math.Sqrt(float64(n)*efficiency)}
	e.sees = ranksSee(e.sd, n)
	c := candidate{metric: s.Metric, margin: s.Metric.Margin, evidence: e}
	return c.visible(looksOf(record.Plan{Blocks: blocks})[0], family)
}
