package figures

import (
	"maps"
	"math"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Pair is two arms of a record that differ only in the levels of the axes compared.
type Pair struct {
	Base, Head *record.Arm
	// Others are the levels of the other axes.
	Others map[string]string
}

// PairsOf pairs each arm at the base level of an axis with the arm that differs from it only
// by having the head level. They are in the order of the record's arms.
func PairsOf(rec *record.Record, axis, base, head string) []Pair {
	return PairsBetween(rec, map[string]string{axis: base}, map[string]string{axis: head})
}

// PairsBetween pairs each arm that has all of the base levels with the arm that differs from
// it only by having the head levels, which are of the same axes.
func PairsBetween(rec *record.Record, base, head map[string]string) []Pair {
	var pairs []Pair
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		if !hasLevels(arm, base) {
			continue
		}
		want, others := maps.Clone(arm.Levels), maps.Clone(arm.Levels)
		for axis, level := range head {
			want[axis] = level
			delete(others, axis)
		}
		for j := range rec.Arms {
			if maps.Equal(rec.Arms[j].Levels, want) {
				pairs = append(pairs, Pair{arm, &rec.Arms[j], others})
			}
		}
	}
	return pairs
}

func hasLevels(arm *record.Arm, levels map[string]string) bool {
	for axis, level := range levels {
		if arm.Levels[axis] != level {
			return false
		}
	}
	return true
}

// Arms are all the arms of the pairs, each base before its head.
func Arms(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Base, p.Head)
	}
	return out
}

func bases(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Base)
	}
	return out
}

func heads(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Head)
	}
	return out
}

// streamed returns the pairs in which both arms measured a latency of streams, such as TTFT.
func streamed(pairs []Pair, of metric.Latency) (both []Pair) {
	for _, p := range pairs {
		if streams(p.Base, of) && streams(p.Head, of) {
			both = append(both, p)
		}
	}
	return both
}

// streams says whether a complete block of the arm has the latency.
func streams(arm *record.Arm, of metric.Latency) bool {
	return len(sharedBlocks([]*record.Arm{arm}, mainSlice, hasAny(of))) > 0
}

// Sample is the log ratios of heads over bases, one for each block or group of blocks.
type Sample struct {
	Logs []float64
	// Warnings say what weakens the ratios, or why there are none.
	Warnings []string
	// Lost is the share of the measured blocks, 0…1, that could not be compared because some
	// arm answered nothing in them.
	Lost float64
}

func (s *Sample) warn(text string) { s.Warnings = append(s.Warnings, text) }

// figure is the ratio by the Hodges–Lehmann estimate, with one-sided bounds of alpha each.
func (s Sample) figure(alpha float64) Figure {
	e := stat.HodgesLehmann(s.Logs, 1-2*alpha)
	if e == nil {
		return unknownFigure(s.Warnings...)
	}
	in := Interval{math.Exp(e.Value), math.Inf(-1), math.Inf(1)}
	if e.Interval != nil {
		in.Low, in.High = math.Exp(e.Interval.Low), math.Exp(e.Interval.High)
	}
	return Figure{Interval: in, Warnings: s.Warnings}
}

func lost(measured, usable []int) float64 {
	if len(measured) == 0 {
		return 0
	}
	return 1 - float64(len(usable))/float64(len(measured))
}

// logRatios are, for each group of blocks, the mean of log(head/base) over all pairs, where of
// gives a number of an arm in the blocks of the indices.
func logRatios(pairs []Pair, groups [][]int, of func(arm *record.Arm, indices []int) float64) []float64 {
	out := make([]float64, len(groups))
	for i, indices := range groups {
		for _, p := range pairs {
			out[i] += math.Log(of(p.Head, indices)/of(p.Base, indices)) / float64(len(pairs))
		}
	}
	return out
}
