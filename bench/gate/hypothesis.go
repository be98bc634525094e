package gate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// hypothesis is one thing that a look tests: an assertion, or that a head is worse than its base
// by one metric.
type hypothesis struct {
	subject string
	// assertion is nil for a comparison, and the fields after it are for comparisons only.
	assertion        *assertion
	metric           metric.Metric
	axis, base, head string
	// levels are the other axes' of a single combination; nil if they are pooled.
	levels map[string]string
	// blocks are the values by block that find tests; both are nil if whole runs are compared. find is
	// given what the hypotheses of the metric's kind have in common.
	blocks   []float64
	find     func(stat.Shared) evidence
	evidence evidence
	// adjusted is the evidence's p, adjusted for all hypotheses of its family.
	adjusted float64
	// margin is a share of the base, of prompts for the error rate.
	margin float64
	// bar says why it can neither pass nor be a regression, whatever the evidence; else empty.
	bar string
}

// power is the chance that a "visible" effect is called a regression.
const power = 0.95

// test returns a look's finding on the hypothesis. family is the number of hypotheses.
func (h *hypothesis) test(l look, family int) Finding {
	if h.assertion != nil {
		return h.assertion.test(h.subject, l, family)
	}
	s, e := scaleOf(h.metric), h.evidence
	f := Finding{
		Subject: h.subject, Metric: h.metric.Name, Axis: h.axis, Base: h.base, Head: h.head, Levels: h.levels,
		Margin: &h.margin, Warnings: e.warnings, room: math.Inf(1),
	}
	f.Measured = s.known(e.effect)
	if e.missing != "" {
		f.Verdict, f.Why = Inconclusive, e.missing
		return f
	}
	f.Low, f.High = s.known(e.low), s.known(e.high)
	if h.metric.Better == metric.Higher {
		f.Low, f.High = f.High, f.Low
	}
	if limit := s.effect(h.margin); limit > 0 && !math.IsNaN(e.high) {
		f.room = 1 - e.high/limit
	}
	f.P, f.Alpha = new(h.adjusted), new(l.alpha)
	f.Verdict, f.Why = h.verdict(l)
	if f.Verdict == Inconclusive {
		if e.following != "" {
			f.Why += "; " + e.following
		}
		if f.Visible = h.visible(l, family); f.Visible != nil {
			f.Why += fmt.Sprintf("; %d blocks could have shown a change of %s", l.blocks, h.inUnits(*f.Visible))
		}
	}
	return f
}

// verdict judges the evidence at a look, and says why.
func (h *hypothesis) verdict(l look) (Verdict, string) {
	s, e := scaleOf(h.metric), h.evidence
	margin, p := h.inUnits(h.margin), fmt.Sprintf("p = %.2g, α = %.2g", h.adjusted, l.alpha)
	if math.IsInf(e.effect, 1) {
		p += "; in most blocks only " + h.base + " answered anything"
	}
	switch {
	case h.bar != "":
		return Inconclusive, h.bar
	case h.adjusted <= l.alpha && e.effect > s.effect(h.margin/2):
		return Regression, fmt.Sprintf("significantly worse (%s), by more than half the %s margin", p, margin)
	case e.high < s.effect(h.margin):
		return Pass, "within the " + margin + " margin"
	case h.adjusted <= l.alpha:
		return Inconclusive, fmt.Sprintf("significantly worse (%s), but by less than half the %s margin", p, margin)
	}
	return Inconclusive, fmt.Sprintf("neither significantly worse (%s) nor certain to be within the %s margin", p, margin)
}

// visible returns the smallest change, as a share of the base, that the look would have called a
// regression (significant, and more than half the margin) with probability power, or nil. family
// is the number of hypotheses.
func (h *hypothesis) visible(l look, family int) *float64 {
	s, e := scaleOf(h.metric), h.evidence
	estimate := s.effect(h.margin/2) + distuv.UnitNormal.Quantile(power)*e.sd
	effect := max(e.detects(l.alpha/float64(family)), estimate)
	if math.IsNaN(effect) || math.IsInf(effect, 1) {
		return nil
	}
	return new(s.share(effect))
}

// inUnits prints a share in the metric's words: a percentage of the base, or percentage
// points of prompts.
func (h *hypothesis) inUnits(share float64) string {
	if h.metric.Kind == metric.OfShare {
		return points(share)
	}
	return percent(share)
}

// points prints a difference of shares with two significant digits.
func points(share float64) string { return fmt.Sprintf("%.2g percentage points", share*100) }

// percent prints a share with two significant digits.
func percent(share float64) string {
	if share >= 0.995 { // which two digits would write as a power of ten
		return fmt.Sprintf("%.0f%%", share*100)
	}
	return fmt.Sprintf("%.2g%%", share*100)
}
