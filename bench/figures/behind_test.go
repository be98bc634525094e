package figures

import (
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// later returns the mean response latency, in ms, of blocks that take 200 ms before the n-th and another time from it on.
func later(n int, ms float64) func(block int) float64 {
	return func(block int) float64 {
		if block < n {
			return 200
		}
		return ms
	}
}

// Eight blocks whose answers all count, although a server that falls behind gives them late.
func TestThroughputOfOpenLoadWhereTheServerFallsBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		behind  []float64
		overdue float64
		// mean is the response latency of a block, in ms: 20 if it is nil.
		mean   func(block int) float64
		closed bool
		known  bool
	}{
		{"kept up", nil, 0, nil, false, true},
		{"prompts timed out while answers came late", nil, 0.4, nil, false, false},
		{"fell behind in half of the blocks, and caught up", []float64{1, 1, 1, 1}, 0, later(4, 20), false, true},
		{"fell behind in most of them", []float64{1, 0, 1, 1, 1, 0.06}, 0, nil, false, false},
		{"fell behind, with closed load", []float64{1, 1, 1, 1, 1, 1, 1, 1}, 0, nil, true, true},
		{"fell behind in the first, and refuses what is too much from then on", []float64{0.5}, 0, later(1, 400), false, false},
		{"fell behind in the first by little", []float64{0.3}, 0, later(1, 400), false, true},
		{"stalled once", []float64{1}, 0, later(1, 90), false, true},
	} {
		a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)
		for i := range a.Blocks {
			a.Blocks[i].Open.Overdue = c.overdue
			if c.mean != nil {
				a.Blocks[i].Open.Response = recordtest.Hist(recordtest.Repeat(record.Duration(c.mean(i)), 100)...)
			}
			if i < len(c.behind) {
				a.Blocks[i].Open.Behind = c.behind[i]
			}
			if c.closed {
				a.Blocks[i].Closed = &record.Slice{DurationMS: 400, InWindow: 100, Due: 100, Answered: 100}
			}
		}
		whole, _ := TPS(&a)
		figure := NewCalculator().Arm(recordtest.Metric(t, metric.TPS), &a, 0.025)
		if known := figure.Value > 0; c.known != known || c.known != (whole != nil) || c.known != (FellBehind(&a) == "") || !known && len(figure.Warnings) != 1 {
			t.Errorf("%s: TPS is %v and %s, %q", c.name, figure.Value, recordtest.Text(whole), FellBehind(&a))
		}
	}
}
