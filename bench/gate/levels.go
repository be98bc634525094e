package gate

import (
	"fmt"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

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

// betweenLevels are the candidates of a rule that compares two levels of one run.
func (g *gate) betweenLevels(r compiledRule, rec *record.Record, l look) []candidate {
	rule := r.noRegression
	pairs := figures.PairsOf(rec, rule.Axis, rule.Base, rule.Head)
	failing := ofErrors(pairs, l.pass)
	var out []candidate
	for _, m := range errorsFirst(r.metrics) {
		c := candidate{
			subject: fmt.Sprintf("%s, %s %s vs %s", m.Name, rule.Axis, rule.Head, rule.Base),
			metric:  m, axis: rule.Axis, base: rule.Base, head: rule.Head, margin: marginOf(rule, m),
		}
		if s, ok := g.reckoner.Sample(m, pairs); ok {
			c.evidence = ofSample(worseUp(m, s), l.pass)
		} else {
			c.evidence = failing
		}
		if m.Kind != metric.OfShare && failing.effect > errorMargin(rule) {
			c.bar = fmt.Sprintf("%s fails %.2g%% more of its prompts: those it answers are not the same", rule.Head, failing.effect*100)
		}
		out = append(out, c)
	}
	return out
}

// errorsFirst puts error_rate before the other metrics: fast failures look like speed-ups.
func errorsFirst(metrics []metric.Metric) []metric.Metric {
	var first, others []metric.Metric
	for _, m := range metrics {
		if m.Kind == metric.OfShare {
			first = append(first, m)
		} else {
			others = append(others, m)
		}
	}
	return append(first, others...)
}
