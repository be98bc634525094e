package gate

import (
	"math"

	"weighbridge/bench/record"
)

// Alpha is the chance at most, over all looks and all comparisons of a gate, that
// one in which nothing changed is called a regression.
const Alpha = 0.01

// PassAlpha is the chance at most, over all looks, that a figure which is worse by
// its whole margin passes.
const PassAlpha = 0.05

// look is a number of blocks at which the rules are judged, fixed before the first
// is measured, and its part of the chances of being wrong.
type look struct {
	blocks      int
	alpha, pass float64
	last        bool
}

// looksOf are the looks of a plan: at its blocks, at those of 15, 30 and 45 between
// them and its most, and at its most. The alphas are as 2, 3 and 5 for looks at up to
// 29, 44 and more blocks, so that those at 15, 30 and 45 have 0.002, 0.003 and 0.005;
// looks that a plan does not reach leave theirs to the others.
func looksOf(plan record.Plan) []look {
	most := max(plan.Blocks, plan.MaxBlocks)
	at := []int{plan.Blocks}
	for _, n := range []int{15, 30, 45, most} {
		if n > at[len(at)-1] && n <= most {
			at = append(at, n)
		}
	}
	looks := make([]look, len(at))
	sum := 0.0
	for _, n := range at {
		sum += weight(n)
	}
	for i, n := range at {
		share := weight(n) / sum
		looks[i] = look{blocks: n, alpha: Alpha * share, pass: PassAlpha * share, last: i == len(at)-1}
	}
	return looks
}

func weight(blocks int) float64 {
	switch {
	case blocks < 30:
		return 2
	case blocks < 45:
		return 3
	}
	return 5
}

// NextLook is how many blocks the look after the one at so many has; 0 for none.
func NextLook(plan record.Plan, blocks int) int {
	for _, l := range looksOf(plan) {
		if l.blocks > blocks {
			return l.blocks
		}
	}
	return 0
}

// groupsNeeded is the fewest blocks, or groups of them, whose smallest signed-rank p
// of 2⁻ⁿ reaches alpha as one of family comparisons.
func groupsNeeded(alpha float64, family int) int {
	return int(math.Ceil(math.Log2(float64(max(family, 1)) / alpha)))
}
