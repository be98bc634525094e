package figures

import (
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// Eight blocks whose answers all count, although a server that falls behind gives them late.
func TestThroughputOfOpenLoadWhereTheServerFallsBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		behind  []float64
		overdue float64
		closed  bool
		known   bool
	}{
		{"kept up", nil, 0, false, true},
		{"prompts timed out while answers came late", nil, 0.4, false, false},
		{"fell behind in half of the blocks", []float64{1, 1, 1, 1}, 0, false, true},
		{"fell behind in most of them", []float64{1, 0, 1, 1, 1, 0.06}, 0, false, false},
		{"fell behind, with closed load", []float64{1, 1, 1, 1, 1, 1, 1, 1}, 0, true, true},
	} {
		a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)
		for i := range a.Blocks {
			a.Blocks[i].Open.Overdue = c.overdue
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
