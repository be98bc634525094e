package gate

import (
	"fmt"
	"math"

	"weighbridge/bench/record"
)

// Alpha is the error rate of a gate: the chance at most, over all its looks and hypotheses,
// that it calls a regression although nothing changed.
const Alpha = 0.01

// PassAlpha is the chance at most, over all looks, that a figure passes although it is worse by its
// whole margin.
const PassAlpha = 0.05

// look is a number of blocks at which the rules are judged, fixed before the first is
// measured, and its part of Alpha and PassAlpha.
type look struct {
	blocks      int
	alpha, pass float64
}

// looksOf returns the looks of a plan: at its smallest number of blocks, at 15, 30 and 45 blocks
// if these lie in between, and at its greatest number. Alpha is split among them in the
// proportions 2 : 3 : 5 for looks at up to 29, up to 44 and more blocks, so that looks at 15, 30
// and 45 have 0.002, 0.003 and 0.005, and looks that a plan does not reach cost nothing.
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
		looks[i] = look{blocks: n, alpha: Alpha * share, pass: PassAlpha * share}
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

// NextLook is the number of blocks of the look that a run goes on to, and the first rule that
// is still inconclusive, with its reason. It is 0 if the rules have decided or no look is
// left.
func (j RunVerdict) NextLook(plan record.Plan) (blocks int, open string) {
	next := nextLook(plan, j.Blocks)
	if j.Verdict != Inconclusive || next == 0 {
		return 0, ""
	}
	for _, r := range j.Rules {
		if r.Verdict == Inconclusive {
			return next, fmt.Sprintf("%s: %s", r.Name, r.Why)
		}
	}
	return next, string(j.Verdict)
}

// nextLook returns the number of blocks at the next look after blocks, or 0 after the last.
func nextLook(plan record.Plan, blocks int) int {
	for _, l := range looksOf(plan) {
		if l.blocks > blocks {
			return l.blocks
		}
	}
	return 0
}

// groupsNeeded is the fewest blocks, or groups of blocks, whose smallest possible
// signed-rank p, 2⁻ⁿ, is at most alpha as one of family hypotheses.
func groupsNeeded(alpha float64, family int) int {
	return int(math.Ceil(math.Log2(float64(max(family, 1)) / alpha)))
}
