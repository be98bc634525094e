package gate

import (
	"fmt"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/rule"
)

// Claims measures the record's claims, with intervals of figures.Confidence. A claim that
// names a metric of an arm is measured only where the record has a single arm.
func Claims(rec *record.Record) ([]ClaimResult, error) {
	out := []ClaimResult{}
	complete := figures.FirstBlocks(rec, figures.CompleteBlocks(rec))
	for _, claim := range rec.Claims {
		n, err := rule.ParseNumber(claim.Measure, axesOf(rec))
		if err != nil {
			return nil, fmt.Errorf("claim %s: %w", claim.ID, err)
		}
		r := ClaimResult{ID: claim.ID, Says: claim.Says, Measure: claim.Measure, Claimed: claim.Claimed}
		var arm *record.Arm
		if len(complete.Arms) == 1 {
			arm = &complete.Arms[0]
		}
		if arm != nil || !rule.PerArm(n) {
			r.measure(&assertion{rec: complete, arm: arm, reckoner: figures.NewReckoner()}, n)
		}
		out = append(out, r)
	}
	return out, nil
}

func (r *ClaimResult) measure(a *assertion, n rule.Node) {
	in := a.number(n, (1-figures.Confidence)/2)
	r.Measured = figures.Known(in.Value)
	if in.Low < in.High { // else the run has one figure, without an interval
		r.Low, r.High = figures.Known(in.Low), figures.Known(in.High)
	}
	switch {
	case r.Measured == nil || r.Low == nil || r.High == nil:
	case r.Claimed < *r.Low:
		r.Verdict = "higher"
	case r.Claimed > *r.High:
		r.Verdict = "lower"
	default:
		r.Verdict = "holds"
	}
}
