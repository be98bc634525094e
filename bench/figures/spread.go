package figures

import (
	gonum "gonum.org/v1/gonum/stat"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Spread is how much a metric's log ratio of two levels varies from block to block.
type Spread struct {
	Metric metric.Metric
	// SD is its standard deviation: 0.02 is 2%.
	SD float64
	// Values is the number of ratios it rests on. It is less than Blocks if bursts were left out,
	// or if adjacent blocks were pooled to have enough prompts beyond a percentile.
	Values, Blocks int
	// Bursts is the number of ratios that stat.WithoutBursts left out, as the gate's test does.
	Bursts int
}

// SpreadOf is the spread between two levels of an axis; nil for fewer than 6 ratios.
func SpreadOf(rec *record.Record, m metric.Metric, axis, base, head string) *Spread {
	s, _ := NewReckoner().Sample(m, PairsOf(rec, axis, base, head))
	if len(s.Logs) < stat.MinValues {
		return nil
	}
	calm := stat.WithoutBursts(s.Logs) // more than half
	return &Spread{Metric: m, SD: gonum.StdDev(calm, nil), Values: len(calm), Blocks: CompleteBlocks(rec), Bursts: len(s.Logs) - len(calm)}
}
