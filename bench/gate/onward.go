package gate

import (
	"fmt"

	"weighbridge/bench/record"
)

// Onward decides whether a run goes on after a look: it returns the number of blocks to
// go on to, and the rule that is still open, in one line. It returns 0 once the rules
// have decided or no look is left.
func (j Judgement) Onward(plan record.Plan) (blocks int, open string) {
	if j.Verdict != Inconclusive {
		return 0, ""
	}
	next := NextLook(plan, j.Blocks)
	if next == 0 {
		return 0, ""
	}
	for _, r := range j.Rules {
		if r.Verdict == Inconclusive {
			return next, fmt.Sprintf("%s: %s", r.Name, r.Why)
		}
	}
	return next, string(j.Verdict)
}
