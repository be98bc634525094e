package gate

import (
	"math"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// sample is the log ratios of head over base, one a block or group of blocks, and
// the doubts about them.
type sample struct {
	logs   []float64
	doubts []string
	// lost is the share of the measured blocks that could not be compared, as some arm
	// answered nothing in them.
	lost float64
}

func (s *sample) doubt(text string) { s.doubts = append(s.doubts, text) }

// tpsSample is of closed load alone: under open load an arm's TPS is what it was
// offered, so that a ratio of 1 would say nothing.
func tpsSample(pairs []pair) sample {
	closed := sharedBlocks(arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 })
	usable := sharedBlocks(arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 && s.InWindow > 0 })
	out := sample{lost: lost(closed, usable)}
	switch {
	case len(closed) == 0:
		out.doubt("TPS is not compared where no complete block has closed load in every arm: under open load it is what was offered")
	case len(usable) < len(closed):
		out.doubt("blocks in which some arm answered nothing under closed load are left out of the TPS ratios")
	}
	out.logs = logRatios(pairs, inGroups(usable, 1), func(arm *record.Arm, indices []int) float64 {
		s := slicesOf(arm, indices, closedSlice)[0]
		return float64(s.InWindow) / s.DurationMS
	})
	return out
}

func lost(measured, usable []int) float64 {
	if len(measured) == 0 {
		return 0
	}
	return 1 - float64(len(usable))/float64(len(measured))
}

// latencySample is of a percentile of a latency, of streams over the pairs that were
// both answered by them. Adjacent blocks are pooled
// where fewer than 10 prompts lie beyond it in one.
func latencySample(pairs []pair, q quantile, known latencies) sample {
	if q.kind != response {
		pairs = streamed(pairs, q.kind)
		if len(pairs) == 0 {
			return sample{doubts: []string{q.metric + " is not compared: not both arms were answered by streams, of which slim records keep nothing"}}
		}
	}
	measured := sharedBlocks(arms(pairs), mainSlice, func(*record.Slice) bool { return true })
	usable := sharedBlocks(arms(pairs), mainSlice, q.kind.some)
	out := sample{lost: lost(measured, usable)}
	if len(usable) < len(measured) {
		out.doubt("blocks in which some arm answered nothing are left out of the latency ratios")
	}
	groups := enough(arms(pairs), usable, q.share)
	switch {
	case len(usable) == 0:
	case groups == nil:
		out.doubt(q.metric + " is not compared where fewer than 10 prompts lie beyond it in all blocks together")
	case len(groups) < stat.MinValues && len(usable) >= stat.MinValues:
		out.doubt(q.metric + " ratios have no interval where adjacent blocks were pooled into fewer than 6 to leave 10 prompts beyond it")
	}
	out.logs = logRatios(pairs, groups, func(arm *record.Arm, indices []int) float64 {
		return known.of(arm, indices, q.kind).at(q.share)
	})
	if slices.ContainsFunc(out.logs, math.IsNaN) {
		out.logs = nil
		out.doubt(q.metric + " is not compared where a slim record would have to pool its blocks: it holds no histograms")
	}
	return out
}

// compareErrorRate is the ratio of the shares of all prompts due that failed; nil
// where nothing failed in the base, for then no ratio exists. Its p is of the
// differences block by block, its interval of the complete blocks.
func (c *Comparison) compareErrorRate(pairs []pair) {
	var base, head rate
	for _, p := range pairs {
		base = base.plus(failures(p.base))
		head = head.plus(failures(p.head))
	}
	if base.due == 0 || head.due == 0 {
		return
	}
	inBase, inHead := failureClusters(pairs)
	if len(inBase) >= stat.MinValues && base.failed+head.failed > 0 {
		c.P = &stat.SignFlip(differencesOf(inHead, inBase)).TwoSided
	}
	if base.failed == 0 {
		return
	}
	c.Ratio = new(head.share() / base.share())
	if e := stat.RatioOf(inHead, inBase, (1-Confidence)/2); e != nil && e.Interval != nil && min(base.failed, head.failed) >= beyond {
		cut := *c.Ratio / e.Value // by the blocks that were cut short
		c.Low, c.High = new(cut*e.Interval.Low), new(cut*e.Interval.High)
	}
}

// failureClusters are failed of due prompts, all pairs together, in each block that
// is complete in every arm.
func failureClusters(pairs []pair) (base, head []stat.Cluster) {
	for _, block := range sharedBlocks(arms(pairs), mainSlice, func(s *record.Slice) bool { return s.Due > 0 }) {
		var b, h stat.Cluster
		for _, p := range pairs {
			add(&b, p.base, block, slicePart{mainSlice, failed}, slicePart{mainSlice, due})
			add(&h, p.head, block, slicePart{mainSlice, failed}, slicePart{mainSlice, due})
		}
		base, head = append(base, b), append(head, h)
	}
	return base, head
}

// differencesOf are the head's shares less the base's, block by block.
func differencesOf(head, base []stat.Cluster) []float64 {
	out := make([]float64, len(head))
	for i, share := range shares(head) {
		out[i] = share - base[i].Count/base[i].Of
	}
	return out
}

// failures are an arm's in all blocks, those that were cut short too.
func failures(arm *record.Arm) (r rate) {
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			r.add(s)
		}
	}
	return r
}

// rate is failed of due prompts.
type rate struct{ failed, due uint64 }

func (r *rate) add(s *record.Slice) { r.failed, r.due = r.failed+s.Failed, r.due+s.Due }
func (r rate) plus(other rate) rate { return rate{r.failed + other.failed, r.due + other.due} }
func (r rate) share() float64       { return float64(r.failed) / float64(r.due) }
