package figures

import (
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// Slices of 400 ms, in which 100 prompts were answered.
func TestShortClosedSlices(t *testing.T) {
	const advice = "load.closed.duration should be at least 1.2s: slices of 400ms hold 3.3 turns of a worker (a request and the think time after it, 120ms on average), fewer than 10"
	for _, c := range []struct {
		name    string
		turn    time.Duration
		covered float64
		says    string
		known   bool
		failed  uint64 // of 100
	}{
		{"ten turns", 40 * time.Millisecond, 80, "", true, 0},
		{"ten turns, a tenth of them answered", 40 * time.Millisecond, 99, "", true, 90},
		{"ten turns, none of them answered", 40 * time.Millisecond, 20, "TPS is not known: in a closed slice of 400ms a worker got 0 answers on average, fewer than 10: ", false, 100},
		{"fewer", 120 * time.Millisecond, 100, advice, true, 0},
		{"within 5%", 120 * time.Millisecond, 96, advice, true, 0},
		{"counted too many", 120 * time.Millisecond, 94, "TPS is not known, and " + advice, false, 0},
		{"counted too few", 120 * time.Millisecond, 106, "TPS is not known, and " + advice, false, 0},
		{"an older record", 0, 0, "", true, 0},
	} {
		a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)
		for i := range a.Blocks {
			s := &record.Slice{DurationMS: 400, InWindow: 100, Due: 100, Answered: 100 - c.failed, Failed: c.failed, Covered: c.covered}
			if c.turn > 0 {
				s.Turns = record.Sum{Count: 100, TotalMS: 100 * record.Milliseconds(c.turn)}
			}
			a.Blocks[i].Closed = s
		}
		if said := BriefSlices(&a, false); (c.says == "") != (said == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q", c.name, said, c.says)
		}
		if said := BriefSlices(&a, true); c.known && said != "" {
			t.Errorf("%s, in a quick run: %q", c.name, said)
		}
		tps := recordtest.Metric(t, metric.TPS)
		r := NewCalculator()
		figure, pairs := r.Arm(tps, &a, 0.025), []Pair{{Head: &a, Base: &a}}
		sample, _ := r.Sample(tps, pairs)
		_, ofRun := r.OfRun(tps, &a)
		whole, _ := TPS(&a)
		if shown := r.OfRecord(tps, &a); c.known != (shown.Value != nil) || !c.known && len(shown.Warnings) == 0 {
			t.Errorf("%s: beside other records TPS is %s, %q", c.name, recordtest.Text(shown.Value), shown.Warnings)
		}
		if c.known != (math.Abs(figure.Value-250) < 1e-9) || c.known == math.IsNaN(figure.Value) || c.known != (len(sample.Logs) > 0) || c.known != ofRun || c.known != (whole != nil) {
			t.Errorf("%s: TPS is %v, %d ratios, of the run %v, %s", c.name, figure.Value, len(sample.Logs), ofRun, recordtest.Text(whole))
		}
		if !c.known && (len(figure.Warnings) == 0 || len(sample.Warnings) == 0) {
			t.Errorf("%s: nothing says why", c.name)
		}
	}
}
