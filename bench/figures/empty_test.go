package figures

import (
	"math"
	"slices"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// sparse is an arm in whose odd blocks no prompt was due.
func sparse(name string) *record.Arm {
	arm := &record.Arm{Name: name}
	for block := range 20 {
		s := record.NewSlice(0, 50)
		if block%2 == 0 {
			s.Due, s.Answered = 30, 30
			for range 30 {
				s.Response.Record(time.Millisecond)
			}
		}
		arm.Blocks = append(arm.Blocks, record.Block{Index: block, Complete: true, Open: s})
	}
	return arm
}

func TestBlocksWithoutAPromptAreNoEvidence(t *testing.T) {
	pair := []Pair{{Base: sparse("base"), Head: sparse("head")}}
	sample, _ := NewCalculator().Sample(expressed(t, "p50_ms"), pair)
	if sample.Lost != 0 || len(sample.Logs) != 10 || slices.ContainsFunc(sample.Logs, math.IsNaN) {
		t.Errorf("%.0f%% of the blocks are lost, ratios %v", sample.Lost*100, sample.Logs)
	}
	for _, name := range []string{"error_rate", "p50_ms", "mean_ms", "tps"} {
		if f := NewCalculator().Arm(expressed(t, name), pair[0].Base, 0.05); math.IsNaN(f.Value) || math.IsNaN(f.Low) {
			t.Errorf("%s is %+v", name, f)
		}
	}
	if v := errorRate("error_rate").values(pair[0].Base); len(v.blocks) != 10 || slices.ContainsFunc(v.blocks, math.IsNaN) {
		t.Errorf("error rates of the blocks: %v", v.blocks)
	}
}
