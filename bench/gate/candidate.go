package gate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/scenarios/metric"
)

// candidate is a finding that is not settled yet.
type candidate struct {
	subject string
	// metric is that of a comparison.
	metric           metric.Metric
	axis, base, head string
	evidence         evidence
	// adjusted is the evidence's p, adjusted for the family.
	adjusted float64
	// margin is a share of the base, of prompts for error_rate.
	margin float64
	// bar says why it can neither pass nor regress, whatever the evidence; empty is none.
	bar string
	// assertion is what is asserted in its place; nil for a comparison.
	assertion *assertion
}

// power is the chance with which a visible effect would have been seen.
const power = 0.95

// settle gives the verdict of a look at which family findings are judged.
func (c *candidate) settle(l look, family int) Finding {
	if c.assertion != nil {
		return c.assertion.settle(c.subject, l, family)
	}
	s, e := scaleOf(c.metric), c.evidence
	f := Finding{
		Subject: c.subject, Metric: c.metric.Name, Axis: c.axis, Base: c.base, Head: c.head,
		Margin: &c.margin, Warnings: e.doubts,
	}
	if !math.IsNaN(e.effect) {
		f.Measured = new(s.figure(e.effect))
	}
	if e.missing != "" {
		f.Verdict, f.Why = Inconclusive, e.missing
		return f
	}
	low, high := s.figure(e.low), s.figure(e.high)
	f.Low, f.High = new(min(low, high)), new(max(low, high))
	f.P, f.Alpha = new(c.adjusted), new(l.alpha)
	f.Verdict, f.Why = c.verdict(l)
	if f.Verdict == Inconclusive {
		if f.Visible = c.visible(l, family); f.Visible != nil {
			f.Why += fmt.Sprintf(": %d blocks could have shown %s", l.blocks, c.inWords(*f.Visible))
		}
	}
	return f
}

// visible is the smallest share of the base that the look would have called with a
// chance of power, as one of family findings: past its alpha and past half the margin; nil
// where there is none.
func (c *candidate) visible(l look, family int) *float64 {
	s, e := scaleOf(c.metric), c.evidence
	estimate := s.effect(c.margin/2) + distuv.UnitNormal.Quantile(power)*e.sd
	effect := max(e.sees(l.alpha/float64(family)), estimate)
	if math.IsNaN(effect) || math.IsInf(effect, 1) {
		return nil
	}
	return new(s.share(effect))
}

func (c *candidate) verdict(l look) (Verdict, string) {
	s, e := scaleOf(c.metric), c.evidence
	switch {
	case c.bar != "":
		return Inconclusive, c.bar
	case c.adjusted <= l.alpha && e.effect > s.effect(c.margin/2):
		return Regression, fmt.Sprintf("worse past doubt (p %.2g, at most %.2g) and past half the margin of %s", c.adjusted, l.alpha, c.inWords(c.margin))
	case e.high < s.effect(c.margin):
		return Pass, "inside the margin of " + c.inWords(c.margin)
	case c.adjusted <= l.alpha:
		return Inconclusive, fmt.Sprintf("worse past doubt, but by less than half the margin of %s", c.inWords(c.margin))
	}
	return Inconclusive, fmt.Sprintf("neither worse past doubt (p %.2g) nor surely inside the margin of %s", c.adjusted, c.inWords(c.margin))
}

// inWords is a share in the words of the metric.
func (c *candidate) inWords(share float64) string {
	if c.metric.Kind == metric.OfShare {
		return fmt.Sprintf("%.2g percentage points", share*100)
	}
	if share >= 0.995 { // which two digits would write as a power of ten
		return fmt.Sprintf("%.0f%%", share*100)
	}
	return fmt.Sprintf("%.2g%%", share*100)
}
