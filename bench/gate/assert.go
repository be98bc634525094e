package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// compiledRule is a rule that was read.
type compiledRule struct {
	name         string
	assert       rule.Node
	noRegression *record.NoRegression
	// metrics are those of noRegression.
	metrics    []metric.Metric
	objectives map[float64]time.Duration
}

// compile reads the rules; what is wrong with one is an error that names it.
func compile(rec *record.Record, rules []record.Rule) ([]compiledRule, error) {
	out := make([]compiledRule, len(rules))
	objectives := map[float64]time.Duration{}
	for i, r := range rules {
		out[i] = compiledRule{name: r.Name, noRegression: r.NoRegression, objectives: objectives}
		if n := r.NoRegression; n != nil {
			metrics, err := judgedMetrics(n.Metrics)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Name, err)
			}
			out[i].metrics = metrics
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

// judgedMetrics looks up the names that a rule of no regression gives. A scenario lets no
// other pass, but a record that was made elsewhere may hold one.
func judgedMetrics(names []string) ([]metric.Metric, error) {
	out := make([]metric.Metric, len(names))
	for i, name := range names {
		m, ok := metric.Named(name)
		if !ok || !m.Judged() {
			return nil, fmt.Errorf("unknown metric %q: expected one of %s", name, strings.Join(metric.Names(metric.Judged()), ", "))
		}
		out[i] = m
	}
	return out, nil
}

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
		return g.betweenLevels(r, rec, l)
	}
	return g.againstBaselines(r, rec, l)
}

// assertions are the rule's, one an arm where it speaks of single arms.
func (r compiledRule) assertions(g *gate, rec *record.Record) []candidate {
	about := func(arm *record.Arm) *assertion {
		return &assertion{node: r.assert, rec: rec, arm: arm, reckoner: g.reckoner.Within(r.objectives)}
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
	node     rule.Node
	rec      *record.Record
	arm      *record.Arm
	reckoner figures.Reckoner
	// warnings say what weakens its figures.
	warnings []string
}

// settle judges the assertion: it passes where it holds all over the bounds at the
// look's chance of a false pass, and is a regression where it fails all over those
// at the look's alpha, shared evenly by the family.
func (a *assertion) settle(subject string, l look, family int) Finding {
	f := Finding{Subject: subject}
	lost := false
	if side, ok := a.measured(); ok {
		in := a.number(side, l.pass)
		f.Measured, f.Low, f.High, lost = figures.Known(in.Value), figures.Known(in.Low), figures.Known(in.High), math.IsNaN(in.Value)
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
	f.Warnings = a.warnings
	return f
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
func (a *assertion) number(n rule.Node, alpha float64) figures.Interval {
	switch n := n.(type) {
	case rule.Number:
		return figures.Exactly(float64(n))
	case rule.Negative:
		return figures.Negative(a.number(n.X, alpha))
	case rule.Arithmetic:
		return figures.Calculate(n.Op, a.number(n.X, alpha), a.number(n.Y, alpha))
	case rule.Metric:
		return a.figure(a.reckoner.Arm(n.Metric, a.arm, alpha))
	case rule.Ratio:
		pairs := figures.PairsBetween(a.rec, n.Base, n.Head)
		if len(pairs) == 0 {
			a.warn("no two arms differ as " + n.String() + " asks")
		}
		return a.figure(a.reckoner.Ratio(n.Metric, pairs, alpha))
	}
	return figures.Unknown()
}

// figure notes a figure's warnings.
func (a *assertion) figure(f figures.Figure) figures.Interval {
	for _, text := range f.Warnings {
		a.warn(text)
	}
	return f.Interval
}

func (a *assertion) warn(text string) {
	if !slices.Contains(a.warnings, text) {
		a.warnings = append(a.warnings, text)
	}
}
