package gate

import (
	"fmt"
	"strings"

	"weighbridge/bench/record"
)

// marginOf is the rule's margin for a metric, or the gate's.
func marginOf(rule *record.NoRegression, metric string) float64 {
	switch {
	case metric == "error_rate" && rule.ErrorMargin > 0:
		return rule.ErrorMargin
	case metric == "error_rate":
		return DefaultErrorMargin
	case rule.Margin > 0:
		return rule.Margin
	case strings.HasSuffix(metric, "p99"):
		return DefaultTailMargin
	}
	return DefaultMargin
}

// betweenLevels are the candidates of a rule that compares two levels of one run.
func (g *gate) betweenLevels(rule *record.NoRegression, rec *record.Record, l look) []candidate {
	pairs := pairsOf(rec, rule.Axis, rule.Base, rule.Head)
	failing := ofErrors(pairs, l.pass)
	var out []candidate
	for _, metric := range errorsFirst(rule.Metrics) {
		c := candidate{
			subject: fmt.Sprintf("%s, %s %s vs %s", metric, rule.Axis, rule.Head, rule.Base),
			metric:  metric, axis: rule.Axis, base: rule.Base, head: rule.Head, margin: marginOf(rule, metric),
		}
		switch metric {
		case "error_rate":
			c.evidence = failing
		case "tps":
			c.evidence = ofSample(mirrored(tpsSample(pairs)), l.pass)
		default:
			c.evidence = ofSample(latencySample(pairs, quantileOf(metric), g.known), l.pass)
		}
		if metric != "error_rate" && failing.effect > marginOf(rule, "error_rate") {
			c.bar = fmt.Sprintf("%s fails %.2g%% more of its prompts: those it answers are not the same", rule.Head, failing.effect*100)
		}
		out = append(out, c)
	}
	return out
}

// errorsFirst puts error_rate before the other metrics: fast failures look like speed-ups.
func errorsFirst(metrics []string) []string {
	var first, rest []string
	for _, metric := range metrics {
		if metric == "error_rate" {
			first = append(first, metric)
		} else {
			rest = append(rest, metric)
		}
	}
	return append(first, rest...)
}

// quantileOf is the percentile of a metric's name, p50 for one that is none.
func quantileOf(metric string) quantile {
	all := quantiles()
	for _, q := range all {
		if q.metric == metric {
			return q
		}
	}
	return all[0]
}
