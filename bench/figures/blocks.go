package figures

import (
	"math"
	"slices"

	"weighbridge/bench/record"
)

// pick chooses a slice of an arm's block; nil for none.
type pick func(*record.Arm, *record.Block) *record.Slice

func mainSlice(arm *record.Arm, b *record.Block) *record.Slice { return arm.Main(b) }
func openSlice(_ *record.Arm, b *record.Block) *record.Slice   { return b.Open }
func closedSlice(_ *record.Arm, b *record.Block) *record.Slice { return b.Closed }

// paced is the slice whose throughput is the target's doing, not the schedule's: that of closed load,
// or of a batch, unless the harness did not wait for its end.
func paced(_ *record.Arm, b *record.Block) *record.Slice {
	if b.Batch != nil && anyDue(b.Batch) {
		return b.Batch
	}
	return b.Closed
}

func anySlice(*record.Slice) bool { return true }

// anyDue leaves out blocks on whose schedule there was no prompt, and those in which the harness
// ended every prompt itself: neither says anything of the target.
func anyDue(s *record.Slice) bool { return due(s) > 0 }

// sharedBlocks are the indices, in order, of the blocks that are complete in every arm and
// whose slice counts in every arm.
func sharedBlocks(arms []*record.Arm, from pick, counts func(*record.Slice) bool) []int {
	var shared []int
	for k, arm := range arms {
		var here []int
		for i := range arm.Blocks {
			b := &arm.Blocks[i]
			if s := from(arm, b); b.Complete && s != nil && counts(s) && (k == 0 || slices.Contains(shared, b.Index)) {
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

// CompleteBlocks is how many blocks are complete in every arm, counted from the first.
func CompleteBlocks(rec *record.Record) int {
	if len(rec.Arms) == 0 {
		return 0
	}
	complete := math.MaxInt
	for i := range rec.Arms {
		n := 0
		for n < len(rec.Arms[i].Blocks) && rec.Arms[i].Blocks[n].Complete {
			n++
		}
		complete = min(complete, n)
	}
	return complete
}

// FirstBlocks is the record with its first n blocks alone; it shares memory with rec.
func FirstBlocks(rec *record.Record, n int) *record.Record {
	part := *rec
	part.Arms = make([]record.Arm, len(rec.Arms))
	for i, arm := range rec.Arms {
		arm.Blocks = arm.Blocks[:min(n, len(arm.Blocks))]
		part.Arms[i] = arm
	}
	return &part
}

// EnoughBeyond says whether at least 10 of the prompts lie beyond a quantile. With fewer, the
// percentile is not compared.
func EnoughBeyond(prompts, quantile float64) bool {
	const rounding = 1e-9 // 100·(1−0.9) is just under 10 in binary
	return prompts*(1-quantile) >= 10-rounding
}

// enough is the finest equal grouping of the blocks that leaves at least 10 answered
// prompts beyond the quantile in every group of every arm; nil if not even all blocks
// together do.
func enough(arms []*record.Arm, blocks []int, quantile float64) [][]int {
	answered := make([][]uint64, len(arms))
	for i, arm := range arms {
		for _, s := range slicesOf(arm, blocks, mainSlice) {
			answered[i] = append(answered[i], s.Answered)
		}
	}
	for size := 1; size <= len(blocks); size++ {
		if suffices(answered, inGroups(positions(len(blocks)), size), quantile) {
			return inGroups(blocks, size)
		}
	}
	return nil
}

// inGroups splits the blocks into groups of adjacent blocks of the size; a shorter last group
// joins its neighbour.
func inGroups(blocks []int, size int) [][]int {
	var groups [][]int
	for from := 0; from+size <= len(blocks); from += size {
		to := from + size
		if len(blocks)-to < size {
			to = len(blocks)
		}
		groups = append(groups, blocks[from:to])
	}
	return groups
}

func positions(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// suffices says whether every group has enough answered prompts in every arm;
// answered is per arm and position, groups are of positions.
func suffices(answered [][]uint64, groups [][]int, quantile float64) bool {
	for _, perBlock := range answered {
		for _, group := range groups {
			n := uint64(0)
			for _, i := range group {
				n += perBlock[i]
			}
			if !EnoughBeyond(float64(n), quantile) {
				return false
			}
		}
	}
	return true
}
