package figures

import (
	"math"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// throughput is a count per second, such as TPS. An arm's figure comes from its closed load.
// Without any it comes from the open load, and then equals the rate offered unless the server fell
// behind.
type throughput struct{ quotient }

// perSecond returns the throughput of an amount that slices count while they last. untold says why
// the count may be NaN.
func perSecond(name string, count amount, untold string) throughput {
	return throughput{quotient{name, count, inSeconds, untold}}
}

func (t throughput) arm(arm *record.Arm, alpha float64) Figure {
	from, _ := throughputFrom(arm)
	return t.over(arm, from, alpha)
}

// TPS returns an arm's prompts answered per second over its complete blocks, and the load it was
// measured under, open or closed; nil and "" if it is unknown.
func TPS(arm *record.Arm) (tps *float64, load string) {
	from, load := throughputFrom(arm)
	if tps = Known(stat.RateOf(perSecond(metric.TPS, inWindow, "").clustersOf(arm, from)).Value); tps == nil {
		return nil, ""
	}
	return tps, load
}

// throughputFrom chooses the slices that an arm's TPS comes from, and names their load.
func throughputFrom(arm *record.Arm) (from pick, load string) {
	if hasClosed(arm) {
		return closedSlice, "closed"
	}
	return openSlice, "open"
}

// hasClosed says whether a complete block of the arm has closed load.
func hasClosed(arm *record.Arm) bool {
	return len(sharedBlocks([]*record.Arm{arm}, closedSlice, anySlice)) > 0
}

func (t throughput) ratio(pairs []Pair, alpha float64) Figure { return t.sample(pairs).figure(alpha) }

// sample uses closed load only: under open load an arm's TPS is the rate offered to it, so a ratio
// of 1 would say nothing.
func (t throughput) sample(pairs []Pair) Sample {
	closed := sharedBlocks(Arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 })
	usable := sharedBlocks(Arms(pairs), closedSlice, func(s *record.Slice) bool { return s.DurationMS > 0 && t.count(s) > 0 })
	out := Sample{Lost: lost(closed, usable)}
	switch {
	case len(closed) == 0:
		out.warn(t.heading() + " is not compared where no complete block has closed load in every arm: under open load it is what was offered")
	case len(usable) < len(closed) && slices.ContainsFunc(Arms(pairs), t.untoldIn(closed)):
		out.warn(t.name + " " + t.untold)
	case len(usable) < len(closed):
		out.warn("blocks in which some arm answered nothing under closed load are left out of the " + t.heading() + " ratios")
	}
	out.Logs = logRatios(pairs, inGroups(usable, 1), func(arm *record.Arm, indices []int) float64 {
		s := slicesOf(arm, indices, closedSlice)[0]
		return t.count(s) / s.DurationMS
	})
	return out
}

// untoldIn says of an arm whether its count is not known in one of the blocks.
func (t throughput) untoldIn(blocks []int) func(*record.Arm) bool {
	return func(arm *record.Arm) bool {
		return slices.ContainsFunc(slicesOf(arm, blocks, closedSlice), func(s *record.Slice) bool { return math.IsNaN(t.count(s)) })
	}
}

// ofRun is the count per ms over all complete blocks with closed load.
func (t throughput) ofRun(arm *record.Arm) (float64, bool) {
	count, ms := 0.0, 0.0
	for _, s := range slicesOf(arm, sharedBlocks([]*record.Arm{arm}, closedSlice, anySlice), closedSlice) {
		count, ms = count+t.count(s), ms+s.DurationMS
	}
	return count / ms, count > 0 && ms > 0
}

func (t throughput) values(arm *record.Arm) values {
	if !hasClosed(arm) {
		return values{warnings: []string{t.heading() + " under open load is what was offered"}}
	}
	return t.valuesFrom(arm, closedSlice)
}

// heading is the metric's, for warnings.
func (t throughput) heading() string {
	m, _ := metric.Named(t.name)
	return m.Heading
}
