package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// parsedRule is a rule whose expression or metrics were read.
type parsedRule struct {
	name   string
	assert rule.Node
	// noRegression is nil for an assertion, and metrics are its own.
	noRegression *record.NoRegression
	metrics      []metric.Metric
	// inCombination are the metrics that are judged in each combination of the other axes' levels too.
	inCombination []metric.Metric
	// objectives are the response latencies, by quantile, within which goodput counts an answer: the
	// tightest that any rule demands.
	objectives map[float64]time.Duration
}

// parse reads the rules. An error names the rule that is wrong.
func parse(rec *record.Record, rules []record.Rule) ([]parsedRule, error) {
	out := make([]parsedRule, len(rules))
	objectives := map[float64]time.Duration{}
	for i, r := range rules {
		out[i] = parsedRule{name: r.Name, noRegression: r.NoRegression, objectives: objectives}
		if n := r.NoRegression; n != nil {
			metrics, err := judgedMetrics(n.Metrics)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Name, err)
			}
			out[i].metrics, out[i].inCombination = metrics, metrics
		}
		if r.Assert == "" {
			continue
		}
		n, err := rule.ParseCondition(r.Assert, axesOf(rec))
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		out[i].assert = n
		for quantile, bound := range rule.Objectives(n) {
			if other, given := objectives[quantile]; !given || bound < other {
				objectives[quantile] = bound
			}
		}
	}
	return out, nil
}

// judgedMetrics looks up the metrics that a no_regression rule names. Scenarios are checked
// for them, but a record that another tool wrote may name any.
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
		added := slices.ContainsFunc(rec.Scenario.Axis, func(text string) bool { return strings.HasPrefix(text, axis.Name+"=") })
		axes = append(axes, rule.Axis{Name: axis.Name, Levels: axis.Levels, Added: added})
	}
	return axes
}

// hypotheses returns the hypotheses that a look tests for the rule.
func (r parsedRule) hypotheses(g *gate, rec *record.Record, l look) []hypothesis {
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

// assertions returns one hypothesis for the rule's assertion, or one for each arm if the assertion
// names a metric without an arm. An assertion about error_rate is made about closed_error_rate as
// well, if there is closed load beside open load.
func (r parsedRule) assertions(g *gate, rec *record.Record) []hypothesis {
	closed, hasClosed := ofClosedErrors(r.assert)
	about := func(n rule.Node, suffix string, arm *record.Arm) hypothesis {
		a := &assertion{node: n, rec: rec, arm: arm, calculator: g.calculator.Within(r.objectives)}
		return hypothesis{subject: n.String() + suffix, assertion: a}
	}
	if !rule.PerArm(r.assert) {
		out := []hypothesis{about(r.assert, "", nil)}
		if hasClosed && haveClosedErrors(namedArms(rec, r.assert)) {
			out = append(out, about(closed, "", nil))
		}
		return out
	}
	var open, underClosed []hypothesis
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		open = append(open, about(r.assert, ", "+arm.Name, arm))
		if hasClosed && figures.HasClosedErrors(arm) {
			underClosed = append(underClosed, about(closed, ", "+arm.Name, arm))
		}
	}
	return append(open, underClosed...)
}

// namedArms are the arms that an assertion names, in its ratios or one by one.
func namedArms(rec *record.Record, n rule.Node) (arms []*record.Arm) {
	rule.Walk(n, func(n rule.Node) {
		switch n := n.(type) {
		case rule.Ratio:
			arms = append(arms, figures.Arms(figures.PairsBetween(rec, n.Base, n.Head))...)
		case rule.At:
			if arm := figures.ArmAt(rec, n.Levels); arm != nil {
				arms = append(arms, arm)
			}
		}
	})
	return arms
}

// marginOf is the rule's margin for a metric, or the metric's own.
func marginOf(rule *record.NoRegression, m metric.Metric) float64 {
	switch {
	case m.Kind == metric.OfShare && rule.ErrorMargin > 0:
		return rule.ErrorMargin
	case m.Kind != metric.OfShare && rule.Margin > 0:
		return rule.Margin
	}
	return m.Margin
}

// errorMargin is the rule's margin for the error rate.
func errorMargin(rule *record.NoRegression) float64 {
	m, _ := metric.Named(metric.ErrorRate)
	return marginOf(rule, m)
}

// betweenLevels returns the hypotheses of a rule that compares two levels of one run, by metric:
// with the other axes pooled, and in each combination of their levels.
func (g *gate) betweenLevels(r parsedRule, rec *record.Record, l look) []hypothesis {
	n := r.noRegression
	pairs := figures.PairsOf(rec, n.Axis, n.Base, n.Head)
	var out []hypothesis
	if r.pools(pairs) {
		out = g.ofPairs(r, r.metrics, pairs, nil, l)
	}
	if r.combines(pairs) {
		for _, p := range pairs {
			out = append(out, g.ofPairs(r, r.inCombination, []figures.Pair{p}, p.Others, l)...)
		}
	}
	return out
}

// pools says whether the rule makes findings that pool the pairs; a lone pair is pooled.
func (r parsedRule) pools(pairs []figures.Pair) bool {
	return r.noRegression.By != "combination" || len(pairs) == 1
}

// combines says whether the rule makes findings of single pairs.
func (r parsedRule) combines(pairs []figures.Pair) bool {
	return r.noRegression.By != "pooled" && len(pairs) > 1
}

// ofPairs returns the hypotheses of the pairs together, by metric. levels are the other axes' of
// a lone combination; nil if they are pooled.
func (g *gate) ofPairs(r parsedRule, metrics []metric.Metric, pairs []figures.Pair, levels map[string]string, l look) []hypothesis {
	n := r.noRegression
	where := ""
	if levels != nil {
		where = ", " + figures.Combination(pairs[0])
	}
	of := failedOf(func(name string) failures {
		base, head := figures.FailuresInPairs(name, pairs)
		return failures{base, head}
	})
	var out []hypothesis
	for _, m := range withClosedErrors(metrics, figures.Arms(pairs)) {
		h := hypothesis{
			subject: fmt.Sprintf("%s, %s %s vs %s", m.Name, n.Axis, n.Head, n.Base) + where,
			metric:  m, axis: n.Axis, base: n.Base, head: n.Head, levels: levels, margin: marginOf(n, m),
		}
		if s, ok := g.calculator.Sample(m, pairs); ok {
			s = worseUp(m, s)
			h.blocks = s.Logs
			h.find = func(shared stat.Shared) evidence { return ratioEvidence(s, l.pass, shared) }
		} else {
			f := of[m.Name]
			h.blocks = f.differences()
			h.find = func(shared stat.Shared) evidence { return errorRateEvidence(f, l.pass, shared) }
		}
		if h.bar = of.bar(m, errorMargin(n), n.Head, n.Base); h.bar == "" {
			h.bar = g.generatorBar(m, figures.Arms(pairs))
		}
		out = append(out, h)
	}
	return out
}
