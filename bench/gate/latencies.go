package gate

import (
	"math"
	"strconv"
	"time"

	"weighbridge/bench/record"
)

// kind is a latency that prompts have.
type kind byte

const (
	response kind = iota // from the moment due to the last byte
	ttft                 // from the moment due to the first content of a stream
	tpot                 // of a stream, the time per output token after the first
)

// of is the kind's histogram of a slice; nil where there is none.
func (k kind) of(s *record.Slice) *record.Hist {
	switch k {
	case ttft:
		return s.TTFT
	case tpot:
		return s.TPOT
	}
	return s.Response
}

// some says whether a slice has any.
func (k kind) some(s *record.Slice) bool {
	if k == response {
		return s.Answered > 0
	}
	return k.of(s) != nil && k.of(s).Count() > 0
}

// quantile is a percentile of a latency.
type quantile struct {
	metric string
	kind   kind
	share  float64
}

// quantiles are the percentiles that have a name, those that levels are compared by
// first, of response latency and of streams.
func quantiles() []quantile { return append(append(compared(), ofStreams()...), others()...) }

func compared() []quantile {
	return []quantile{{"p50", response, 0.50}, {"p90", response, 0.90}, {"p99", response, 0.99}}
}

func ofStreams() []quantile {
	return []quantile{{"ttft_p50", ttft, 0.50}, {"ttft_p90", ttft, 0.90}, {"tpot_p50", tpot, 0.50}}
}

func others() []quantile {
	return []quantile{
		{"p95", response, 0.95}, {"p999", response, 0.999}, {"ttft_p99", ttft, 0.99}, {"tpot_p90", tpot, 0.90}, {"tpot_p99", tpot, 0.99},
	}
}

// readShares are those whose percentiles are read out of a histogram.
var readShares = [...]float64{0.50, 0.90, 0.95, 0.99, 0.999}

// latency is an arm's over some blocks in nanoseconds: the mean, and the percentiles.
type latency struct {
	mean        float64
	percentiles [len(readShares)]float64
}

// at is the percentile of a share; no number for one that is not known.
func (l latency) at(share float64) float64 {
	for i, q := range readShares {
		if q == share {
			return l.percentiles[i]
		}
	}
	return math.NaN()
}

// latencies keeps what was read out of histograms: the same blocks of an arm stand in
// many comparisons, and unpacking them is what judging takes its time for.
type latencies map[string]latency

// of is the arm's latency of a kind over the blocks of the indices. It is not a number
// where a slim record cannot tell: of blocks together, or of streams.
func (l latencies) of(arm *record.Arm, indices []int, k kind) latency {
	key := append(append(make([]byte, 0, 64), byte(k)), arm.Name...)
	for _, i := range indices {
		key = strconv.AppendInt(append(key, ' '), int64(i), 10)
	}
	if out, ok := l[string(key)]; ok {
		return out
	}
	chosen := slicesOf(arm, indices, mainSlice)
	var out latency
	if len(chosen) == 1 && chosen[0].Points != nil && k == response {
		out = pointsLatency(chosen[0].Points)
	} else {
		out = mergedLatency(chosen, k)
	}
	l[string(key)] = out
	return out
}

func mergedLatency(chosen []*record.Slice, k kind) latency {
	var hists []*record.Hist
	slim := false
	for _, s := range chosen {
		hists = append(hists, k.of(s))
		slim = slim || s.Points != nil && s.Response == nil
	}
	all := record.Merged(hists...)
	slim = slim || all.Count() == 0 && k != response
	nanoseconds := func(d time.Duration) float64 {
		if slim {
			return math.NaN()
		}
		// A histogram tells microseconds apart; never 0, so that a ratio is finite.
		return float64(max(d, time.Microsecond))
	}
	out := latency{mean: nanoseconds(all.Mean())}
	for i, share := range readShares {
		out.percentiles[i] = nanoseconds(all.Quantile(share))
	}
	return out
}

func pointsLatency(p *record.Points) latency {
	ms := float64(time.Millisecond)
	return latency{mean: p.MeanMS * ms, percentiles: [len(readShares)]float64{p.P50MS * ms, p.P90MS * ms, p.P95MS * ms, p.P99MS * ms, p.P999MS * ms}}
}
