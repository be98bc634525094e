package figures

import (
	"math"
	"strconv"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// histogram returns the slice's histogram of a latency, or nil.
func histogram(s *record.Slice, of metric.Latency) *record.Hist {
	switch of {
	case metric.TTFT:
		return s.TTFT
	case metric.TTFO:
		return s.TTFO
	case metric.TPOT:
		return s.TPOT
	}
	return s.Response
}

// hasAny makes a function that says whether any prompt of a slice has the latency.
func hasAny(of metric.Latency) func(*record.Slice) bool {
	return func(s *record.Slice) bool {
		if of == metric.Response {
			return s.Answered > 0
		}
		h := histogram(s, of)
		return h != nil && h.Count() > 0
	}
}

// readQuantiles are the quantiles that are read out of a histogram.
var readQuantiles = [...]float64{0.50, 0.90, 0.95, 0.99, 0.999}

// latency is the mean and the readQuantiles of an arm's latency over some blocks, in ns; NaN
// if a slim record does not keep them.
type latency struct {
	mean        float64
	percentiles [len(readQuantiles)]float64
}

// at returns the percentile at a quantile; NaN for a quantile that is not one of readQuantiles.
func (l latency) at(quantile float64) float64 {
	for i, q := range readQuantiles {
		if q == quantile {
			return l.percentiles[i]
		}
	}
	return math.NaN()
}

// latencies caches what was read out of histograms: the same blocks of an arm are in many
// comparisons, and unpacking histograms is most of the cost of judging.
type latencies map[string]latency

// of is the arm's latency over the blocks of the indices. A slim record keeps it neither for
// several blocks together nor for streams.
func (l latencies) of(arm *record.Arm, indices []int, of metric.Latency) latency {
	key := append(append(make([]byte, 0, 64), of...), arm.Name...)
	for _, i := range indices {
		key = strconv.AppendInt(append(key, ' '), int64(i), 10)
	}
	if out, ok := l[string(key)]; ok {
		return out
	}
	chosen := slicesOf(arm, indices, mainSlice)
	var out latency
	if len(chosen) == 1 && chosen[0].Percentiles != nil && of == metric.Response {
		out = percentilesLatency(chosen[0].Percentiles)
	} else {
		out = mergedLatency(chosen, of)
	}
	l[string(key)] = out
	return out
}

func mergedLatency(chosen []*record.Slice, of metric.Latency) latency {
	var hists []*record.Hist
	slim := false
	for _, s := range chosen {
		hists = append(hists, histogram(s, of))
		slim = slim || s.Percentiles != nil && s.Response == nil
	}
	all := record.Merged(hists...)
	slim = slim || all.Count() == 0 && of != metric.Response
	nanoseconds := func(d time.Duration) float64 {
		if slim {
			return math.NaN()
		}
		// The resolution of a histogram is 1 µs; never 0, so that a ratio is finite.
		return float64(max(d, time.Microsecond))
	}
	out := latency{mean: nanoseconds(all.Mean())}
	for i, quantile := range readQuantiles {
		out.percentiles[i] = nanoseconds(all.Quantile(quantile))
	}
	return out
}

func percentilesLatency(p *record.Percentiles) latency {
	const ms = float64(time.Millisecond)
	return latency{mean: p.MeanMS * ms, percentiles: [len(readQuantiles)]float64{p.P50MS * ms, p.P90MS * ms, p.P95MS * ms, p.P99MS * ms, p.P999MS * ms}}
}
