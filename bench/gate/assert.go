package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios/rule"
)

// compiledRule is a rule that was read.
type compiledRule struct {
	name         string
	assert       rule.Node
	noRegression *record.NoRegression
	objectives   map[float64]time.Duration
}

// compile reads the rules; what is wrong with one is an error that names it.
func compile(rec *record.Record, rules []record.Rule) ([]compiledRule, error) {
	out := make([]compiledRule, len(rules))
	objectives := map[float64]time.Duration{}
	for i, r := range rules {
		out[i] = compiledRule{name: r.Name, noRegression: r.NoRegression, objectives: objectives}
		if n := r.NoRegression; n != nil {
			if i := slices.IndexFunc(n.Metrics, unheardOf); i >= 0 {
				return nil, fmt.Errorf("rule %s: unknown metric %q: expected one of %s", r.Name, n.Metrics[i], strings.Join(judgedMetrics(), ", "))
			}
		}
		if r.Assert == "" {
			continue
		}
		n, err := rule.Assert(r.Assert, axesOf(rec))
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		out[i].assert = n
		for q, bound := range rule.Objectives(n) {
			if other, known := objectives[q]; !known || bound < other {
				objectives[q] = bound
			}
		}
	}
	return out, nil
}

// impliedMetrics are those that a rule of no regression judges where it names none.
func impliedMetrics() []string { return []string{"tps", "p50", "p90", "p99", "error_rate"} }

// judgedMetrics are those that one may name: of streams too.
func judgedMetrics() []string {
	return append(impliedMetrics(), "ttft_p50", "ttft_p90", "ttft_p99", "tpot_p50", "tpot_p90", "tpot_p99")
}

// unheardOf is what a scenario would not let pass, but a record made elsewhere may hold.
func unheardOf(metric string) bool { return !slices.Contains(judgedMetrics(), metric) }

func axesOf(rec *record.Record) []rule.Axis {
	var axes []rule.Axis
	for _, axis := range rec.Axes {
		axes = append(axes, rule.Axis{Name: axis.Name, Levels: axis.Levels})
	}
	return axes
}

// candidates are what the rule judges at a look.
func (r compiledRule) candidates(g *gate, rec *record.Record, l look) []candidate {
	switch {
	case r.assert != nil:
		return r.assertions(g, rec)
	case r.noRegression == nil:
		return nil
	case r.noRegression.Axis != "":
		return g.betweenLevels(r.noRegression, rec, l)
	}
	return g.againstBaselines(r.noRegression, rec, l)
}

// assertions are the rule's, one an arm where it speaks of single arms.
func (r compiledRule) assertions(g *gate, rec *record.Record) []candidate {
	about := func(arm *record.Arm) *assertion {
		return &assertion{node: r.assert, arm: arm, figures: figures{rec: rec, known: g.known, objectives: r.objectives}}
	}
	if !rule.PerArm(r.assert) {
		return []candidate{{subject: r.assert.String(), assertion: about(nil)}}
	}
	var out []candidate
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		out = append(out, candidate{subject: r.assert.String() + ", " + arm.Name, assertion: about(arm)})
	}
	return out
}

// assertion is a condition, of one arm where it speaks of such.
type assertion struct {
	node    rule.Node
	arm     *record.Arm
	figures figures
}

// settle judges the assertion: it passes where it holds all over the bounds at the
// look's chance of a false pass, and is a regression where it fails all over those
// at the look's alpha, shared evenly by the family.
func (a *assertion) settle(subject string, l look, family int) Finding {
	f := Finding{Subject: subject}
	a.figures.doubt = func(text string) {
		if !slices.Contains(f.Warnings, text) {
			f.Warnings = append(f.Warnings, text)
		}
	}
	lost := false
	if side, ok := a.measured(); ok {
		in := a.number(side, l.pass)
		f.Measured, f.Low, f.High, lost = known(in.value), known(in.low), known(in.high), math.IsNaN(in.value)
	}
	switch {
	case a.truth(a.node, l.alpha/float64(family)) == no:
		f.Verdict, f.Why = Regression, "it fails past doubt, at the near bound"
	case a.truth(a.node, l.pass) == yes:
		f.Verdict, f.Why = Pass, "it holds up to the far bound"
	case lost:
		f.Verdict, f.Why = Inconclusive, "what it speaks of is not known"
	default:
		f.Verdict, f.Why = Inconclusive, "the bounds leave open whether it holds"
	}
	return f
}

// known is nil for what is no number.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// measured is the side of a lone comparison that is not a constant.
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

// truth is whether a condition holds, for bounds of the one-sided alpha each.
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

// number is what a number of the expression is, with such bounds.
func (a *assertion) number(n rule.Node, alpha float64) interval {
	switch n := n.(type) {
	case rule.Number:
		return exactly(float64(n))
	case rule.Negative:
		return negative(a.number(n.X, alpha))
	case rule.Arithmetic:
		return calculate(n.Op, a.number(n.X, alpha), a.number(n.Y, alpha))
	case rule.Metric:
		return a.figures.ofArm(a.arm, string(n), alpha)
	case rule.Ratio:
		return a.figures.ofRatio(n, alpha)
	}
	return unknown()
}
