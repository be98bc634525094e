package figures

import (
	"fmt"
	"math"
	"slices"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// percentile is a quantile of a latency.
type percentile struct {
	metric.Metric
	latencies latencies
}

// arm is the percentile in ms over all prompts due, except prompts that the harness ended itself. The
// latency of a failed prompt is infinite. Answers without content have no latency of a stream.
func (p percentile) arm(arm *record.Arm, alpha float64) Figure {
	blocks := sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice)
	return p.ofSlices(slicesOf(arm, blocks, mainSlice), alpha)
}

// ofSlices is the percentile over all slices. Its bounds are the percentiles at the bounds of
// the share of prompts beyond it, as that share varies between blocks (Woodruff, JASA 47, 1952).
func (p percentile) ofSlices(blocks []*record.Slice, alpha float64) Figure {
	var hists []*record.Hist
	due := 0.0
	for _, s := range blocks {
		if s.Response == nil && s.Answered > 0 {
			return unknownFigure(p.Name + " " + withoutHistograms)
		}
		hists = append(hists, histogram(s, p.Latency))
		due += p.dueFor(s)
	}
	if due == 0 || p.Streamed && !slices.ContainsFunc(blocks, hasAny(p.Latency)) {
		return unknownFigure()
	}
	all := record.Merged(hists...)
	at := func(quantile float64) float64 {
		rank := quantile * due / float64(all.Count())
		if all.Count() == 0 || rank > 1 || math.IsNaN(rank) {
			return math.Inf(1)
		}
		return record.Milliseconds(all.Quantile(rank))
	}
	value := at(p.Quantile)
	in := stat.RateOf(p.beyond(blocks, value, (1-p.Quantile)*due)).ShareBounds(alpha)
	out := Figure{Interval: Interval{value, at(max(1-in.High, 0)), at(1 - in.Low)}}
	if in.Low == 0 {
		out.High = math.Inf(1)
	}
	if math.IsInf(out.High, 1) {
		out.Failed = failedShare(blocks)
	}
	if own := ownPrompts(blocks); own > leftOut*(1-p.Quantile)*due {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%s leaves out %.0f prompts that the harness ended itself, which may be the slowest", p.Name, own))
	}
	if !EnoughBeyond(due, p.Quantile) {
		out.Warnings = append(out.Warnings, p.Name+" rests on fewer than 10 prompts beyond it")
	}
	return out
}

// leftOut is the share of the prompts beyond a percentile that may be left out without a warning.
const leftOut = 0.1

// ownPrompts is how many prompts of the slices the harness ended itself.
func ownPrompts(blocks []*record.Slice) (n float64) {
	for _, s := range blocks {
		n += float64(s.CutOff + s.Generator)
	}
	return n
}

func failedShare(blocks []*record.Slice) float64 {
	failed, all := 0.0, 0.0
	for _, s := range blocks {
		failed, all = failed+unanswered(s), all+due(s)
	}
	return failed / all
}

// unanswered is how many prompts of a slice failed or were never sent, without those that the
// harness ended itself.
func unanswered(s *record.Slice) float64 { return due(s) - float64(s.Answered) }

// dueFor is how many prompts of a slice have the latency, or failed.
func (p percentile) dueFor(s *record.Slice) float64 {
	if p.Latency == metric.Response {
		return due(s)
	}
	return float64(histogram(s, p.Latency).Count()) + unanswered(s)
}

// beyond counts the prompts of each block that lie beyond a latency in ms; the counts add up to
// all. Prompts at that very latency, within the precision of histograms, count by the same
// fraction in every block, and so do failed prompts if the latency is infinite.
func (p percentile) beyond(blocks []*record.Slice, value, all float64) []stat.Cluster {
	above, at := make([]float64, len(blocks)), make([]float64, len(blocks))
	sumAbove, sumAt := 0.0, 0.0
	for i, s := range blocks {
		failed := unanswered(s)
		if math.IsInf(value, 1) {
			at[i] = failed
		} else {
			_, equal, longer := histogram(s, p.Latency).CountsAround(time.Duration(value * float64(time.Millisecond)))
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
		out[i] = stat.Cluster{Count: above[i] + share*at[i], Of: p.dueFor(s)}
	}
	return out
}

// sample counts answered prompts. A latency of streams uses only pairs in which both arms
// streamed. Adjacent blocks are pooled until each group has 10 prompts beyond the percentile.
func (p percentile) sample(pairs []Pair) Sample {
	if p.Streamed {
		pairs = streamed(pairs, p.Latency)
		if len(pairs) == 0 {
			return Sample{Totals: math.NaN(), Warnings: []string{p.Name + " is not compared: not both arms were answered by streams, of which slim records keep nothing"}}
		}
	}
	blocks := blocksAnswered(pairs, mainSlice, anyDue, hasAny(p.Latency))
	out := blocks.sample(pairs, "")
	groups := enough(Arms(pairs), blocks.both, p.Quantile)
	switch {
	case len(blocks.both) == 0:
	case groups == nil:
		out.warn(p.Name + " is not compared where fewer than 10 prompts lie beyond it in all blocks together")
		return out
	case len(groups) < stat.MinValues && len(blocks.both) >= stat.MinValues:
		out.warn(p.Name + " ratios have no interval if adjacent blocks had to be pooled into fewer than 6 groups to leave 10 prompts beyond it")
	}
	ratios := logRatios(pairs, groups, func(arm *record.Arm, indices []int) float64 {
		return p.latencies.of(arm, indices, p.Latency).at(p.Quantile)
	})
	if slices.ContainsFunc(ratios, math.IsNaN) {
		out.warn(p.slimPools())
		return out
	}
	out.fill(blocks, groups, ratios, -1)
	return out
}

// slimPools says why blocks of a slim record have no value.
func (p percentile) slimPools() string {
	return p.Name + " is not compared, as it needs blocks to be pooled and a slim record has no histograms"
}

// ofRun is over answered prompts, in ns.
func (p percentile) ofRun(arm *record.Arm) (float64, bool) {
	one := []*record.Arm{arm}
	blocks := sharedBlocks(one, mainSlice, hasAny(p.Latency))
	if enough(one, blocks, p.Quantile) == nil {
		return 0, false
	}
	if arm.Percentiles != nil && p.Latency == metric.Response {
		return percentilesLatency(arm.Percentiles).at(p.Quantile), true
	}
	// The cache cannot be used: it is keyed by the arm's name, which earlier records share.
	v := mergedLatency(slicesOf(arm, blocks, mainSlice), p.Latency).at(p.Quantile)
	return v, !math.IsNaN(v)
}

// values are over answered prompts, in ms.
func (p percentile) values(arm *record.Arm) (v values) {
	one := []*record.Arm{arm}
	blocks := sharedBlocks(one, mainSlice, hasAny(p.Latency))
	ms := func(indices []int) float64 { return p.latencies.of(arm, indices, p.Latency).at(p.Quantile) / 1e6 }
	groups := enough(one, blocks, p.Quantile)
	if groups == nil {
		v.warnings = append(v.warnings, p.Name+" has fewer than 10 prompts beyond it")
		return v
	}
	for _, indices := range groups {
		v.blocks = append(v.blocks, ms(indices))
	}
	if slices.ContainsFunc(v.blocks, math.IsNaN) {
		v.blocks = nil
		v.warnings = append(v.warnings, p.slimPools())
	}
	if whole := ms(blocks); !math.IsNaN(whole) {
		v.whole = &whole
	} else if arm.Percentiles != nil && p.Latency == metric.Response {
		v.whole = new(percentilesLatency(arm.Percentiles).at(p.Quantile) / 1e6)
	}
	return v
}

// trend is a percentile's growth over a run: the percentile of a block divided by the percentile of the
// block half a run before.
type trend struct {
	name      string
	quantile  float64
	latencies latencies
}

// arm is over answered prompts. Its bounds come from a comparison of paired blocks.
func (t trend) arm(arm *record.Arm, alpha float64) Figure {
	blocks := sharedBlocks([]*record.Arm{arm}, mainSlice, hasAny(metric.Response))
	half := len(blocks) / 2
	if half == 0 {
		return unknownFigure(t.name + " is not known: it compares the halves of a run, which needs two blocks with answers")
	}
	out := Sample{Totals: math.NaN()}
	for i, first := range blocks[:half] {
		before, after := t.at(arm, first), t.at(arm, blocks[len(blocks)-half+i])
		if math.IsNaN(before) || math.IsNaN(after) {
			return unknownFigure(t.name + " " + withoutHistograms)
		}
		out.Logs = append(out.Logs, math.Log(after/before))
	}
	return out.figure(alpha, stat.Shared{})
}

func (t trend) at(arm *record.Arm, block int) float64 {
	return t.latencies.of(arm, []int{block}, metric.Response).at(t.quantile)
}
