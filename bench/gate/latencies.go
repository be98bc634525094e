package gate

import (
	"math"
	"strconv"
	"time"

	"weighbridge/bench/record"
)

// quantile is a percentile of response latency.
type quantile struct {
	metric string
	share  float64
}

// quantiles are the percentiles that are known of an arm; compared are those that
// levels are compared by.
var quantiles = [...]quantile{{"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}}

func compared() []quantile { return []quantile{quantiles[0], quantiles[1], quantiles[3]} }

// latency is an arm's over some blocks in nanoseconds: the mean, and each of quantiles.
type latency struct {
	mean float64
	at   [len(quantiles)]float64
}

// of is the figure of a percentile, or the mean for a metric that is none.
func (l latency) of(metric string) float64 {
	for i, q := range quantiles {
		if q.metric == metric {
			return l.at[i]
		}
	}
	return l.mean
}

// latencies keeps what was read out of histograms: the same blocks of an arm stand in
// many comparisons, and unpacking them is what judging takes its time for.
type latencies map[string]latency

// of is the arm's latency over the blocks of the indices. It is not a number where a slim
// record cannot tell: of blocks together.
func (l latencies) of(arm *record.Arm, indices []int) latency {
	key := append(make([]byte, 0, 64), arm.Name...)
	for _, i := range indices {
		key = strconv.AppendInt(append(key, ' '), int64(i), 10)
	}
	if known, ok := l[string(key)]; ok {
		return known
	}
	chosen := slicesOf(arm, indices, mainSlice)
	var out latency
	if len(chosen) == 1 && chosen[0].Points != nil {
		out = pointsLatency(chosen[0].Points)
	} else {
		out = mergedLatency(chosen)
	}
	l[string(key)] = out
	return out
}

func mergedLatency(chosen []*record.Slice) latency {
	var hists []*record.Hist
	slim := false
	for _, s := range chosen {
		hists = append(hists, s.Response)
		slim = slim || s.Points != nil && s.Response == nil
	}
	all := record.Merged(hists...)
	nanoseconds := func(d time.Duration) float64 {
		if slim {
			return math.NaN()
		}
		// A histogram tells microseconds apart; never 0, so that a ratio is finite.
		return float64(max(d, time.Microsecond))
	}
	out := latency{mean: nanoseconds(all.Mean())}
	for i, q := range quantiles {
		out.at[i] = nanoseconds(all.Quantile(q.share))
	}
	return out
}

func pointsLatency(p *record.Points) latency {
	ms := float64(time.Millisecond)
	return latency{mean: p.MeanMS * ms, at: [len(quantiles)]float64{p.P50MS * ms, p.P90MS * ms, p.P95MS * ms, p.P99MS * ms, p.P999MS * ms}}
}
