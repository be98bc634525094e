package gate

import "weighbridge/bench/record"

// beyond is how many prompts must lie beyond a percentile for it to be compared.
const beyond = 10

// inGroups splits the blocks into runs of the size; a shorter last run joins its neighbour.
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

// enough is the finest equal grouping of the blocks that leaves at least 10
// prompts beyond the share q in every group of every arm; nil if not even all
// blocks together do.
func enough(arms []*record.Arm, blocks []int, q float64) [][]int {
	answered := make([][]uint64, len(arms))
	for i, arm := range arms {
		for _, s := range slicesOf(arm, blocks, mainSlice) {
			answered[i] = append(answered[i], s.Answered)
		}
	}
	for size := 1; size <= len(blocks); size++ {
		if suffices(answered, inGroups(positions(len(blocks)), size), q) {
			return inGroups(blocks, size)
		}
	}
	return nil
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
func suffices(answered [][]uint64, groups [][]int, q float64) bool {
	const rounding = 1e-9 // 100·(1−0.9) is a hair under 10 in binary
	for _, perBlock := range answered {
		for _, group := range groups {
			n := uint64(0)
			for _, i := range group {
				n += perBlock[i]
			}
			if float64(n)*(1-q) < beyond-rounding {
				return false
			}
		}
	}
	return true
}
