//go:build prove

package bench_test

import (
	"fmt"
	"math"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios"
)

// The p50 of arms whose mocks take 100 and 150 ms differs by that ratio in concurrent and
// in sequential order, with and without restarts of the mocks.
func TestProveOrdersAgree(t *testing.T) {
	inOneRound(t, func() (wrong []string) {
		var intervals []*stat.Interval
		for _, sets := range [][]string{
			{"experiment.order=concurrent"},
			{"experiment.order=sequential"},
			{"experiment.order=sequential", "experiment.restart_every=4"},
		} {
			ratio := ratioOf(t, sets)
			t.Logf("%v: p50 ratio %.4f (%.4f…%.4f)", sets, math.Exp(ratio.Value), math.Exp(ratio.Interval.Low), math.Exp(ratio.Interval.High))
			if share := math.Exp(ratio.Value)/1.5 - 1; math.Abs(share) > 0.03 {
				wrong = append(wrong, fmt.Sprintf("%v: the p50 ratio is %.1f%% off, want 1.5", sets, share*100))
			}
			intervals = append(intervals, ratio.Interval)
		}
		for i, a := range intervals {
			for _, b := range intervals[:i] {
				if a.Low > b.High || b.Low > a.High {
					wrong = append(wrong, fmt.Sprintf("the orders disagree: %.4f…%.4f and %.4f…%.4f",
						math.Exp(a.Low), math.Exp(a.High), math.Exp(b.Low), math.Exp(b.High)))
				}
			}
		}
		return wrong
	})
}

// ratioOf estimates the log ratio of the arms' p50 from that of each block.
func ratioOf(t *testing.T, sets []string) *stat.Estimate {
	t.Helper()
	const source = `
name: orders
target: {dialect: article}
load: {warmup: 500ms, open: {rate: 100, duration: 1s}}
experiment: {blocks: 8}
matrix: {cost: {low: {mock.latency.request: 100ms}, high: {mock.latency.request: 150ms}}}
`
	s, err := scenarios.Parse("orders.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	rec := run(t, s)
	p50 := func(b record.Block) float64 { return float64(b.Open.Response.Quantile(0.5)) }
	var ratios []float64
	for i, low := range rec.Arms[0].Blocks {
		ratios = append(ratios, math.Log(p50(rec.Arms[1].Blocks[i])/p50(low)))
	}
	return stat.HodgesLehmann(ratios, 0.99)
}
