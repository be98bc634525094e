package gate

import (
	"fmt"
	"time"

	"weighbridge/bench/record"
)

// quantiles are the percentiles of response latency that levels are compared by.
var quantiles = [...]struct {
	metric string
	share  float64
}{{"p50", 0.50}, {"p90", 0.90}, {"p99", 0.99}}

// latencies keeps what was read out of histograms: the same blocks of an arm
// stand in many comparisons, and unpacking them is what Compare's time goes to.
type latencies map[string][len(quantiles)]float64

// of are the arm's quantiles over the blocks of the indices, in nanoseconds.
func (l latencies) of(arm *record.Arm, indices []int) [len(quantiles)]float64 {
	key := fmt.Sprint(arm.Name, indices)
	if known, ok := l[key]; ok {
		return known
	}
	var hists []*record.Hist
	for _, s := range slicesOf(arm, indices, mainSlice) {
		hists = append(hists, s.Response)
	}
	all := record.Merged(hists...)
	var out [len(quantiles)]float64
	for i, q := range quantiles {
		// A histogram tells microseconds apart; never 0, so that a ratio is finite.
		out[i] = float64(max(all.Quantile(q.share), time.Microsecond))
	}
	l[key] = out
	return out
}
