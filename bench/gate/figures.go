package gate

import (
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// figures finds the metrics of expressions in a record, with bounds.
type figures struct {
	rec   *record.Record
	known latencies
	// objectives are the latencies, by quantile, that goodput holds prompts to.
	objectives map[float64]time.Duration
	// doubt takes what weakens a figure.
	doubt func(text string)
}

// ofArm is a metric of an arm with bounds of the one-sided alpha each.
func (f figures) ofArm(arm *record.Arm, metric string, alpha float64) interval {
	blocks := sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice)
	if q, ok := percentile(metric); ok {
		return f.quantile(slicesOf(arm, blocks, mainSlice), q, alpha)
	}
	if count, of, ok := f.counted(arm, metric); ok {
		r := stat.RateOf(clusters(arm, count, of))
		if metric == "error_rate" {
			return bounded(r.Value, r.ShareBounds(alpha))
		}
		return bounded(r.Value, r.Bounds(alpha))
	}
	f.doubt(metric + " is one figure for the whole run: it is judged without bounds")
	if v := total(arm, metric); v != nil {
		return exactly(*v)
	}
	return unknown()
}

func bounded(value float64, in *stat.Interval) interval {
	if math.IsNaN(value) {
		return unknown()
	}
	if in == nil {
		return interval{value, math.Inf(-1), math.Inf(1)}
	}
	return interval{value, in.Low, in.High}
}

// percentile is the quantile of a metric such as p99_ms.
func percentile(metric string) (quantile, bool) {
	name, isLatency := strings.CutSuffix(metric, "_ms")
	for _, q := range quantiles() {
		if isLatency && q.metric == name {
			return q, true
		}
	}
	return quantile{}, false
}

// number is a count of a slice.
type number func(*record.Slice) float64

func failed(s *record.Slice) float64 { return float64(s.Failed) }
func due(s *record.Slice) float64    { return float64(s.Due) }

// counted are the counts whose ratio a metric is, and which slices they are of; false
// for a metric that is none.
func (f figures) counted(arm *record.Arm, metric string) (count, of slicePart, ok bool) {
	main := func(n number) slicePart { return slicePart{mainSlice, n} }
	seconds := func(s *record.Slice) float64 { return s.DurationMS / 1000 }
	switch metric {
	case "tps":
		from := pick(closedSlice)
		if len(sharedBlocks([]*record.Arm{arm}, closedSlice, anySlice)) == 0 {
			from = mainSlice
		}
		return slicePart{from, func(s *record.Slice) float64 { return float64(s.InWindow) }}, slicePart{from, seconds}, true
	case "goodput":
		return main(f.good), main(seconds), true
	case "error_rate":
		return main(failed), main(due), true
	case "mean_ms":
		return main(latencySum), main(func(s *record.Slice) float64 { return float64(s.Answered) }), true
	case "attempts_per_request":
		return main(func(s *record.Slice) float64 { return float64(s.Attempts) }), main(func(s *record.Slice) float64 { return float64(s.Requests) }), true
	}
	return slicePart{}, slicePart{}, false
}

func latencySum(s *record.Slice) float64 {
	if s.Points != nil {
		return s.Points.MeanMS * float64(s.Answered)
	}
	return float64(s.Response.Mean()) / float64(time.Millisecond) * float64(s.Answered)
}

// good is how many prompts of a slice were answered within every objective; no number
// where a slim record cannot tell.
func (f figures) good(s *record.Slice) float64 {
	switch {
	case len(f.objectives) == 0:
		return float64(s.Answered)
	case s.Response == nil && s.Answered > 0:
		f.doubt("goodput of a slim record is not known: it holds no histograms")
		return math.NaN()
	}
	within := s.Answered
	for _, objective := range f.objectives {
		below, at, _ := s.Response.Around(objective)
		within = min(within, below+at)
	}
	return float64(within)
}

// slicePart is a number of one of a block's slices.
type slicePart struct {
	from pick
	n    number
}

// clusters are what each complete block adds to two counts.
func clusters(arm *record.Arm, count, of slicePart) []stat.Cluster {
	var out []stat.Cluster
	for _, block := range sharedBlocks([]*record.Arm{arm}, count.from, anySlice) {
		s := slicesOf(arm, []int{block}, count.from)[0]
		out = append(out, stat.Cluster{Count: count.n(s), Of: of.n(s)})
	}
	return out
}

// quantile is a percentile of a latency of all prompts due, in ms, a failure being
// infinite; of streams, of those due less those answered without content. Its bounds are those of the share of prompts beyond it, as its
// blocks have it, read off the distribution again (Woodruff, JASA 47, 1952).
func (f figures) quantile(blocks []*record.Slice, q quantile, alpha float64) interval {
	var hists []*record.Hist
	due := 0.0
	for _, s := range blocks {
		if s.Response == nil && s.Answered > 0 {
			f.doubt(q.metric + " of a slim record is not known: it holds no histograms")
			return unknown()
		}
		hists = append(hists, q.kind.of(s))
		due += dueFor(s, q.kind)
	}
	if due == 0 || q.kind != response && !slices.ContainsFunc(blocks, q.kind.some) {
		return unknown()
	}
	all := record.Merged(hists...)
	at := func(share float64) float64 {
		rank := share * due / float64(all.Count())
		if all.Count() == 0 || rank > 1 || math.IsNaN(rank) {
			return math.Inf(1)
		}
		return float64(all.Quantile(rank)) / float64(time.Millisecond)
	}
	value := at(q.share)
	if due*(1-q.share) < beyond {
		f.doubt(q.metric + " rests on fewer than 10 prompts beyond it")
	}
	in := stat.RateOf(beyondIt(blocks, q.kind, value, (1-q.share)*due)).ShareBounds(alpha)
	out := interval{value, at(max(1-in.High, 0)), at(1 - in.Low)}
	if in.Low == 0 {
		out.high = math.Inf(1)
	}
	return out
}

// dueFor is how many prompts of a slice have a latency of the kind, or failed.
func dueFor(s *record.Slice, k kind) float64 {
	if k == response {
		return float64(s.Due)
	}
	return float64(k.of(s).Count() + s.Due - s.Answered)
}

// beyondIt are the prompts of each block that lie beyond a latency in ms, as many in all
// as given: of those that lie at it, within the histograms' precision or at no end for failures,
// every block gives the same share.
func beyondIt(blocks []*record.Slice, k kind, value, all float64) []stat.Cluster {
	above, at := make([]float64, len(blocks)), make([]float64, len(blocks))
	sumAbove, sumAt := 0.0, 0.0
	for i, s := range blocks {
		failed := float64(s.Due - s.Answered)
		if math.IsInf(value, 1) {
			at[i] = failed
		} else {
			_, equal, longer := k.of(s).Around(time.Duration(value * float64(time.Millisecond)))
			above[i], at[i] = float64(longer)+failed, float64(equal)
		}
		sumAbove, sumAt = sumAbove+above[i], sumAt+at[i]
	}
	share := 0.0
	if sumAt > 0 {
		share = min(max((all-sumAbove)/sumAt, 0), 1)
	}
	out := make([]stat.Cluster, len(blocks))
	for i, s := range blocks {
		out[i] = stat.Cluster{Count: above[i] + share*at[i], Of: dueFor(s, k)}
	}
	return out
}

// total is a metric that a run has one figure of; nil where it is not known.
func total(arm *record.Arm, metric string) *float64 {
	wire := arm.Totals.Wire
	perRequest := func(bytes uint64) *float64 {
		if wire.Requests == 0 {
			return nil
		}
		return new(float64(bytes) / float64(wire.Requests))
	}
	switch metric {
	case "bytes_per_request":
		return perRequest(wire.Sent.WireBytes + wire.Received.WireBytes)
	case "header_bytes_per_request":
		return perRequest(wire.Sent.HeaderBytes + wire.Received.HeaderBytes)
	case "connections":
		return new(float64(arm.Totals.Connections))
	case "token_requests":
		return new(float64(arm.Totals.TokenRequests))
	case "auth_ms":
		return authMS(arm)
	}
	return nil
}

// authMS is what authentication costs a request at client and server together; nil
// where neither is known.
func authMS(arm *record.Arm) *float64 {
	client, server := arm.AuthMS()
	switch {
	case client == nil:
		return server
	case server == nil:
		return client
	}
	return new(*client + *server)
}
