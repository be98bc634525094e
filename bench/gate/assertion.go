package gate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/rule"
)

// assertion is a condition that a rule asserts, for one arm if it names a metric without saying of which arm.
type assertion struct {
	node rule.Node
	rec  *record.Record
	// arm is nil if the condition is of ratios alone.
	arm        *record.Arm
	calculator figures.Calculator
	// warnings say what weakens its figures.
	warnings []string
	// whole says that one of its figures is a single figure for the whole run, which has no bounds;
	// estimated, that not all of its figures are counts.
	whole, estimated bool
	// infinite names the figures that failed prompts make infinite, unbounded the figures whose
	// upper bound they make infinite.
	infinite, unbounded []string
}

// test judges the assertion at a look. It passes if it is true across the whole interval at the
// look's chance of a false pass. It is a regression if it is false across the whole interval at
// the look's alpha, shared evenly by the family.
func (a *assertion) test(subject string, l look, family int) Finding {
	f := Finding{Subject: subject, room: math.Inf(1)}
	strict := l.alpha / float64(family)
	unknown := a.measure(&f, l.pass)
	var failures []string
	switch {
	case a.refuted(strict):
		f.Verdict, f.Why = Regression, a.across("false", strict)
		failures = a.infinite
	case a.truth(a.node, l.pass) == yes:
		f.Verdict, f.Why = Pass, a.across("true", l.pass)
	case unknown:
		f.Verdict, f.Why = Inconclusive, "its figure is not known"
	default:
		if a.truth(a.node, l.pass) == no { // the interval that straddles the limit is the wider one
			judging := *a
			judging.calculator = a.calculator.Judging()
			judging.measure(&f, strict)
		}
		f.Verdict, f.Why = Inconclusive, fmt.Sprintf("the %s interval straddles the limit", level(min(strict, l.pass)))
		failures = append(a.infinite, a.unbounded...)
	}
	if len(failures) > 0 {
		f.Why += ": " + strings.Join(failures, ", ") + ", as a failed prompt counts as infinite"
	}
	f.Warnings = a.warnings
	return f
}

// measure fills in the finding's figure, if the assertion is a single comparison, with bounds
// of the one-sided alpha each. unknown says that the figure is not known.
func (a *assertion) measure(f *Finding, alpha float64) (unknown bool) {
	side, ok := a.measured()
	if !ok {
		return false
	}
	var in figures.Interval
	if m, ok := side.(rule.Metric); ok {
		figure := a.figure(m, alpha)
		in = figure.Interval
		if figure.Failed > 0 {
			f.FailedShare = &figure.Failed
		}
	} else {
		in = a.number(side, alpha)
	}
	f.Measured, f.Low, f.High = figures.Known(in.Value), figures.Known(in.Low), figures.Known(in.High)
	f.room = a.room(in, alpha)
	return math.IsNaN(in.Value)
}

// room is how far the bound on the worse side of the measured side is from the limit, as a share of
// the limit; +∞ if that is not known.
func (a *assertion) room(in figures.Interval, alpha float64) float64 {
	c := a.node.(rule.Comparison)
	limit, op := c.Y, c.Op
	if _, constant := c.X.(rule.Number); constant {
		limit, op = c.X, map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
	}
	at, room := a.number(limit, alpha).Value, math.Inf(1)
	switch op {
	case "<", "<=":
		room = at - in.High
	case ">", ">=":
		room = in.Low - at
	}
	if at != 0 {
		room /= math.Abs(at)
	}
	if math.IsNaN(room) {
		return math.Inf(1)
	}
	return room
}

// across says that the condition is true, or false, across the whole interval of its figures.
func (a *assertion) across(truth string, alpha float64) string {
	if a.whole {
		return truth + ", judged without an interval"
	}
	return fmt.Sprintf("%s across the whole %s interval", truth, level(alpha))
}

// level prints the confidence level of an interval with one-sided bounds of alpha each, such as
// 99.6%. It has enough decimals to give the remainder, here 0.4%, two significant digits.
func level(alpha float64) string {
	outside := 200 * alpha
	decimals := max(0, 1-int(math.Floor(math.Log10(outside))))
	text := strconv.FormatFloat(100-outside, 'f', decimals, 64)
	if decimals > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + "%"
}

// measured returns the side of a single comparison that is not a constant; false for other conditions.
func (a *assertion) measured() (rule.Node, bool) {
	c, ok := a.node.(rule.Comparison)
	if !ok {
		return nil, false
	}
	if _, constant := c.X.(rule.Number); constant {
		return c.Y, true
	}
	return c.X, true
}

// truth is whether a condition holds, its figures having bounds of the one-sided alpha each.
func (a *assertion) truth(n rule.Node, alpha float64) truth {
	switch n := n.(type) {
	case rule.Comparison:
		return compareIntervals(n.Op, a.number(n.X, alpha), a.number(n.Y, alpha))
	case rule.Logic:
		x, y := a.truth(n.X, alpha), a.truth(n.Y, alpha)
		if n.Op == "and" {
			return x.and(y)
		}
		return x.or(y)
	case rule.Not:
		return a.truth(n.X, alpha).not()
	}
	return unsure
}

// refuted says whether the assertion is false, its figures having bounds of the one-sided alpha each
// that keep the gate's promise.
func (a *assertion) refuted(alpha float64) bool {
	calculator := a.calculator
	a.calculator = calculator.Judging()
	refuted := a.truth(a.node, alpha) == no
	a.calculator = calculator
	return refuted
}

// number evaluates a number of the expression, with bounds of the one-sided alpha each.
func (a *assertion) number(n rule.Node, alpha float64) figures.Interval {
	switch n := n.(type) {
	case rule.Number:
		return figures.Exactly(float64(n))
	case rule.Negative:
		return figures.Negative(a.number(n.X, alpha))
	case rule.Arithmetic:
		return figures.Calculate(n.Op, a.number(n.X, alpha), a.number(n.Y, alpha))
	case rule.Metric:
		return a.figure(n, alpha).Interval
	case rule.At:
		arm := figures.ArmAt(a.rec, n.Levels)
		if arm == nil {
			addOnce(&a.warnings, "not one arm has the levels "+n.Levels.String())
			return figures.Unknown()
		}
		of := *a
		of.arm = arm
		in := of.figure(rule.Metric{Metric: n.Metric}, alpha).Interval
		a.warnings, a.whole, a.estimated = of.warnings, of.whole, of.estimated
		a.infinite, a.unbounded = of.infinite, of.unbounded
		return in
	case rule.Edge:
		return a.edge(n, alpha)
	case rule.Ratio:
		pairs := figures.PairsBetween(a.rec, n.Base, n.Head)
		if len(pairs) == 0 {
			addOnce(&a.warnings, "no two arms differ as "+n.String()+" asks")
		}
		return a.noteWarnings(a.calculator.Ratio(n.Metric, pairs, alpha))
	}
	return figures.Unknown()
}

// figure returns a metric of the arm. It keeps the figure's warnings, and whether failed prompts make
// the figure, or only its upper bound, infinite.
func (a *assertion) figure(n rule.Metric, alpha float64) figures.Figure {
	f := a.calculator.Arm(n.Metric, a.arm, alpha)
	a.noteWarnings(f)
	switch {
	case f.Failed == 0:
	case math.IsInf(f.Value, 1):
		addOnce(&a.infinite, fmt.Sprintf("%s is ∞ (%s failed)", n.Expr(), percent(f.Failed)))
	default:
		addOnce(&a.unbounded, fmt.Sprintf("the upper bound of %s is ∞ (%s failed)", n.Expr(), percent(f.Failed)))
	}
	return f
}

func (a *assertion) noteWarnings(f figures.Figure) figures.Interval {
	a.whole, a.estimated = a.whole || f.Whole, a.estimated || !f.Counted
	for _, text := range f.Warnings {
		addOnce(&a.warnings, text)
	}
	return f.Interval
}

func addOnce(texts *[]string, text string) {
	if !slices.Contains(*texts, text) {
		*texts = append(*texts, text)
	}
}

// edge returns where along its levels the condition of an edge changes. Its bounds are the levels on both
// sides. It is unknown if the condition does not change once.
func (a *assertion) edge(e rule.Edge, alpha float64) figures.Interval {
	s := settingOf(a.rec, e.Range)
	if s.levels[0].value == nil {
		addOnce(&a.warnings, fmt.Sprintf("the levels of %s do not differ in one setting by numbers", e.Range))
		return figures.Unknown()
	}
	type side struct {
		is      truth
		at, gap float64
	}
	var last side
	var found []figures.Interval
	for _, l := range s.levels {
		n := rule.Moved(e.Condition, e.Range.Axis, s.names(), l.name)
		next := side{a.truth(n, alpha), *l.value, a.gap(n, alpha)}
		if next.is == unsure {
			continue
		}
		if last.is != unsure && last.is != next.is {
			found = append(found, figures.Interval{Value: crossing(last.at, next.at, last.gap, next.gap), Low: last.at, High: next.at})
		}
		last = next
	}
	if len(found) != 1 {
		addOnce(&a.warnings, fmt.Sprintf("%s changes %d times along %s: an edge is where it changes once", e.Condition, len(found), e.Range))
		return figures.Unknown()
	}
	return found[0]
}

// gap is the difference of the two sides of a single comparison; NaN for other conditions.
func (a *assertion) gap(n rule.Node, alpha float64) float64 {
	c, ok := n.(rule.Comparison)
	if !ok {
		return math.NaN()
	}
	return a.number(c.X, alpha).Value - a.number(c.Y, alpha).Value
}
