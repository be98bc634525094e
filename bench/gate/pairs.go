package gate

import (
	"maps"
	"math"
	"slices"

	"weighbridge/bench/record"
)

// pair is two arms that differ in one axis alone.
type pair struct {
	base, head *record.Arm
	// others are the levels of the other axes.
	others map[string]string
}

// pairsOf finds, for each arm at the base level of the axis, the arm that differs
// from it by the head level alone. They come in the order of the record's arms.
func pairsOf(rec *record.Record, axis, base, head string) []pair {
	return pairsBetween(rec, map[string]string{axis: base}, map[string]string{axis: head})
}

// pairsBetween finds, for each arm at all of the base levels, the arm that differs
// from it by the head levels, of the same axes, alone.
func pairsBetween(rec *record.Record, base, head map[string]string) []pair {
	var pairs []pair
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		if !at(arm, base) {
			continue
		}
		want, others := maps.Clone(arm.Levels), maps.Clone(arm.Levels)
		for axis, level := range head {
			want[axis] = level
			delete(others, axis)
		}
		for j := range rec.Arms {
			if maps.Equal(rec.Arms[j].Levels, want) {
				pairs = append(pairs, pair{arm, &rec.Arms[j], others})
			}
		}
	}
	return pairs
}

// at says whether the arm is at all of the levels.
func at(arm *record.Arm, levels map[string]string) bool {
	for axis, level := range levels {
		if arm.Levels[axis] != level {
			return false
		}
	}
	return true
}

// arms are all the arms of the pairs.
func arms(pairs []pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.base, p.head)
	}
	return out
}

// pick chooses a slice of an arm's block; nil for none.
type pick func(*record.Arm, *record.Block) *record.Slice

func mainSlice(arm *record.Arm, b *record.Block) *record.Slice { return arm.Main(b) }
func closedSlice(_ *record.Arm, b *record.Block) *record.Slice { return b.Closed }

// sharedBlocks are the indices of the blocks that are complete in every arm and
// whose slice holds in every arm, in order.
func sharedBlocks(arms []*record.Arm, from pick, holds func(*record.Slice) bool) []int {
	var shared []int
	for k, arm := range arms {
		var here []int
		for i := range arm.Blocks {
			b := &arm.Blocks[i]
			if s := from(arm, b); b.Complete && s != nil && holds(s) && (k == 0 || slices.Contains(shared, b.Index)) {
				here = append(here, b.Index)
			}
		}
		shared = here
	}
	slices.Sort(shared)
	return shared
}

// slicesOf are the arm's slices in the blocks of the indices.
func slicesOf(arm *record.Arm, indices []int, from pick) []*record.Slice {
	var out []*record.Slice
	for i := range arm.Blocks {
		if b := &arm.Blocks[i]; slices.Contains(indices, b.Index) {
			out = append(out, from(arm, b))
		}
	}
	return out
}

// figure is one number of an arm in the blocks of the indices.
type figure func(arm *record.Arm, indices []int) float64

// logRatios are, per group of blocks, the mean over all pairs of log(head/base).
func logRatios(pairs []pair, groups [][]int, f figure) []float64 {
	out := make([]float64, len(groups))
	for i, indices := range groups {
		for _, p := range pairs {
			out[i] += math.Log(f(p.head, indices)/f(p.base, indices)) / float64(len(pairs))
		}
	}
	return out
}

// streamed are the pairs of which both arms have a latency of the kind.
func streamed(pairs []pair, k kind) (both []pair) {
	for _, p := range pairs {
		if streams(p.base, k) && streams(p.head, k) {
			both = append(both, p)
		}
	}
	return both
}
