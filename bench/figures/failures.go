package figures

import (
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// Failures are failed prompts of prompts due.
type Failures struct{ Failed, Due uint64 }

// FailuresOf are an arm's failures in all blocks, including those that were cut short. The
// error rate of rules is over complete blocks only, and is given by Reckoner.Arm.
func FailuresOf(arm *record.Arm) (f Failures) {
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			f = f.plus(Failures{s.Failed, s.Due})
		}
	}
	return f
}

// Rate is the share of the prompts due that failed; nil where none was due.
func (f Failures) Rate() *float64 { return Known(f.rate()) }

func (f Failures) rate() float64 { return float64(f.Failed) / float64(f.Due) }

func (f Failures) plus(other Failures) Failures {
	return Failures{f.Failed + other.Failed, f.Due + other.Due}
}

// FailuresByBlock are an arm's failed and due prompts in each complete block.
func FailuresByBlock(arm *record.Arm) []stat.Cluster {
	return failedOfDue([]*record.Arm{arm}, []*record.Arm{arm})
}

// FailuresInPairs are the failed and due prompts of all bases and of all heads together, in
// each block that is complete in every arm.
func FailuresInPairs(pairs []Pair) (base, head []stat.Cluster) {
	all := Arms(pairs)
	return failedOfDue(bases(pairs), all), failedOfDue(heads(pairs), all)
}

// failedOfDue adds up the arms, in the blocks in which each arm of all has prompts due.
func failedOfDue(arms, all []*record.Arm) []stat.Cluster {
	blocks := sharedBlocks(all, mainSlice, func(s *record.Slice) bool { return s.Due > 0 })
	return quotient{count: failed, of: due}.clusters(arms, blocks, mainSlice)
}

// ErrorRates are the error rates of the single blocks.
func ErrorRates(blocks []stat.Cluster) []float64 { return quotients(blocks) }

// ErrorRateDifferences are the heads' error rates minus the bases', block by block.
func ErrorRateDifferences(head, base []stat.Cluster) []float64 {
	out := make([]float64, len(head))
	for i, rate := range ErrorRates(head) {
		out[i] = rate - base[i].Count/base[i].Of
	}
	return out
}
