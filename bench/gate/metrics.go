package gate

import (
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// compareTPS compares closed load alone: under open load an arm's TPS is what it
// was offered, so that a ratio of 1 would say nothing.
func (c *Comparison) compareTPS(pairs []pair) {
	closed := sharedBlocks(arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 })
	usable := sharedBlocks(arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 && s.InWindow > 0 })
	switch {
	case len(closed) == 0:
		c.warn("TPS is not compared where no complete block has closed load in every arm: under open load it is what was offered")
	case len(usable) < len(closed):
		c.warn("blocks in which some arm answered nothing under closed load are left out of the TPS ratios")
	}
	c.estimate(logRatios(pairs, inGroups(usable, 1), func(arm *record.Arm, indices []int) float64 {
		s := slicesOf(arm, indices, closedSlice)[0]
		return float64(s.InWindow) / s.DurationMS
	}))
}

// compareLatency compares response latency at the quantile of the index.
func (c *Comparison) compareLatency(pairs []pair, index int, known latencies) {
	measured := sharedBlocks(arms(pairs), mainSlice, func(*record.Slice) bool { return true })
	usable := sharedBlocks(arms(pairs), mainSlice, func(s *record.Slice) bool { return s.Answered > 0 })
	if len(usable) < len(measured) {
		c.warn("blocks in which some arm answered nothing are left out of the latency ratios")
	}
	groups := enough(arms(pairs), usable, quantiles[index].share)
	switch {
	case len(usable) == 0:
	case groups == nil:
		c.warn(c.Metric + " is not compared where fewer than 10 prompts lie beyond it in all blocks together")
	case len(groups) < stat.MinValues && len(usable) >= stat.MinValues:
		c.warn(c.Metric + " ratios have no interval where adjacent blocks were pooled into fewer than 6 to leave 10 prompts beyond it")
	}
	c.estimate(logRatios(pairs, groups, func(arm *record.Arm, indices []int) float64 {
		return known.of(arm, indices)[index]
	}))
}

// compareErrorRate is the ratio of the shares of all prompts due that failed; nil
// where nothing failed in the base, for then no ratio exists.
func (c *Comparison) compareErrorRate(pairs []pair) {
	var base, head rate
	for _, p := range pairs {
		base.add(p.base)
		head.add(p.head)
	}
	if base.failed == 0 || base.due == 0 || head.due == 0 {
		return
	}
	c.Ratio = new((float64(head.failed) / float64(head.due)) / (float64(base.failed) / float64(base.due)))
}

type rate struct{ failed, due uint64 }

func (r *rate) add(arm *record.Arm) {
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			r.failed += s.Failed
			r.due += s.Due
		}
	}
}
