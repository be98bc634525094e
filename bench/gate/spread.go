package gate

import (
	"math"

	gonum "gonum.org/v1/gonum/stat"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// Spread is how far a metric's log ratio of two levels moves from block to block.
type Spread struct {
	// Metric is tps, p50, p90 or p99.
	Metric string
	// SD is its standard deviation: 0.02 is 2%.
	SD float64
	// Values is how many ratios it rests on, of so many Blocks: fewer where adjacent ones
	// are pooled, to leave prompts enough beyond a percentile, and where there are bursts.
	Values, Blocks int
	// Bursts is how many ratios were left out for being one, as the gate's test does.
	Bursts int
}

// SpreadOf is that between two levels of an axis; nil for fewer than 6 ratios.
func SpreadOf(rec *record.Record, metric, axis, base, head string) *Spread {
	pairs := pairsOf(rec, axis, base, head)
	var logs []float64
	if metric == "tps" {
		logs = tpsSample(pairs).logs
	} else {
		logs = latencySample(pairs, quantileOf(metric), latencies{}).logs
	}
	if len(logs) < stat.MinValues {
		return nil
	}
	calm := withoutBursts(logs) // more than half
	return &Spread{Metric: metric, SD: gonum.StdDev(calm, nil), Values: len(calm), Blocks: wholeBlocks(rec), Bursts: len(logs) - len(calm)}
}

// Visible is the smallest share of the base by which a head can be worse so that a gate
// of so many blocks, which looks at them once, calls it with a chance of 95%, by the
// margin there is without any given and as one of family figures; nil where it can call none.
func (s Spread) Visible(blocks, family int) *float64 {
	n := blocks * s.Values / s.Blocks
	e := evidence{sd: s.SD / math.Sqrt(float64(n)*efficiency)}
	e.sees = ranksSee(e.sd, n)
	c := candidate{metric: s.Metric, margin: marginOf(&record.NoRegression{}, s.Metric), evidence: e}
	return c.visible(looksOf(record.Plan{Blocks: blocks})[0], family)
}
