package answer

import (
	"fmt"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// sentence says what a level does to errors, TTFT, response latency and TPS, in that order, with
// the other axes pooled.
func sentence(r summary.ByMetric, arms []summary.Arm) string {
	errors, ttft, latency, tps := r[metric.ErrorRate], r["ttft_p50"], r["p90"], r[metric.TPS]
	if p50 := r["p50"]; latency.Ratio == nil || latency.Low == nil && latency.High == nil && p50.Low != nil {
		latency = p50
	}
	var said, alike []string
	var unbounded []int
	say := func(c gate.Comparison, first, later, figure, bounds string) {
		text := fmt.Sprintf(later, figure)
		if len(said) == 0 {
			text = fmt.Sprintf(first, c.Head, figure, c.Base)
		}
		if bounds == "" {
			unbounded = append(unbounded, len(said))
		} else {
			text += " (95% interval " + bounds + ")"
		}
		said = append(said, text)
	}
	switch {
	case errors.Difference == nil || !failedAt(arms, errors):
	case includes(errors.DifferenceLow, errors.DifferenceHigh, 0):
		alike = append(alike, "errors ("+pointsOf(errors)+")")
	default:
		more, figure, bounds := moreOrFewer(errors)
		say(errors, "%s fails %s percentage points "+more+" of its prompts than %s", "", figure, bounds)
	}
	for _, c := range []struct {
		gate.Comparison
		name, first, later string
	}{
		{ttft, "median TTFT", "the median TTFT of %s is %s× that of %s", "its median TTFT is %s×"},
		{latency, latency.Metric + " response latency", "the " + latency.Metric + " response latency of %s is %s× that of %s", "its " + latency.Metric + " response latency is %s×"},
		{tps, "TPS", "%s carries %s× the TPS of %s", "it carries %s× the TPS"},
	} {
		switch {
		case c.Ratio == nil:
		case includesOne(c.Comparison):
			alike = append(alike, c.name+" ("+certainty(c.Comparison)+")")
		default:
			ratio, bounds := times(c.Comparison)
			say(c.Comparison, c.first, c.later, ratio, bounds)
		}
	}
	if n := len(unbounded); n > 1 && n == len(said) && len(alike) == 0 { // none has one: said once
		return axisOf(r) + ": " + joined(said, alike, r) + " (too few blocks for intervals)."
	}
	for _, i := range unbounded {
		said[i] += " (too few blocks for an interval)"
	}
	return axisOf(r) + ": " + joined(said, alike, r) + "."
}

// joined makes one sentence of what differs and of what cannot be told apart.
func joined(said, alike []string, r summary.ByMetric) string {
	head, base := headAndBase(r)
	none := fmt.Sprintf("no difference between %s and %s could be told apart from noise in %s", head, base, strings.Join(alike, ", in "))
	switch {
	case len(said) == 0 && len(alike) == 0:
		return fmt.Sprintf("too little was answered to compare %s and %s", head, base)
	case len(said) == 0:
		return none
	case len(alike) == 0:
		return strings.Join(said, "; ")
	}
	return strings.Join(said, "; ") + "; no difference could be told apart from noise in " + strings.Join(alike, ", in ")
}

// moreOrFewer is a difference of error rates without its sign.
func moreOrFewer(c gate.Comparison) (word, points, bounds string) {
	v, low, high := c.Difference, c.DifferenceLow, c.DifferenceHigh
	word = "more"
	if *v < 0 {
		word, v = "fewer", new(-*v)
		if low != nil && high != nil {
			low, high = new(-*high), new(-*low)
		}
	}
	points, bounds = format.Points(v, low, high)
	return word, strings.TrimPrefix(points, "+"), strings.ReplaceAll(bounds, "+", "")
}

// pointsOf is a difference of error rates with its interval.
func pointsOf(c gate.Comparison) string {
	points, bounds := format.Points(c.Difference, c.DifferenceLow, c.DifferenceHigh)
	return points + " percentage points, " + interval(bounds)
}

// failedAt reports whether a prompt failed in an arm of either side.
func failedAt(arms []summary.Arm, c gate.Comparison) bool {
	for _, arm := range arms {
		if level := arm.Levels[c.Axis]; (level == c.Head || level == c.Base) && arm.ErrorRate != nil && *arm.ErrorRate > 0 {
			return true
		}
	}
	return false
}

// headAndBase names the head and the base.
func headAndBase(r summary.ByMetric) (head, base string) {
	for _, c := range r {
		return c.Head, c.Base
	}
	return "", ""
}

func axisOf(r summary.ByMetric) string {
	for _, c := range r {
		return c.Axis
	}
	return ""
}

// certainty returns the ratio with its interval.
func certainty(c gate.Comparison) string {
	ratio, bounds := times(c)
	return ratio + "×, " + interval(bounds)
}

func interval(bounds string) string {
	if bounds == "" {
		return "too few blocks for an interval"
	}
	return "95% interval " + bounds
}

// includesOne reports whether the interval includes 1, so that no difference can be told.
func includesOne(c gate.Comparison) bool { return includes(c.Low, c.High, 1) }

// includes reports whether an interval includes a value. Of an interval with a lone bound the other
// is infinitely far off.
func includes(low, high *float64, v float64) bool {
	return (low != nil || high != nil) && (low == nil || *low <= v) && (high == nil || *high >= v)
}

// times prints the ratio and its interval, "" if there is none.
func times(c gate.Comparison) (ratio, interval string) { return format.Ratio(c.Ratio, c.Low, c.High) }
