package gate

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// RulesFor returns the rules that a gate judges a record by. They are the record's own, one for
// each level of an axis that --axis added (unless a rule names that axis), and with baselines one
// against them. dropped says which metrics the added rules leave out, because the plan has too few
// blocks to find a regression in them.
func RulesFor(rec *record.Record, baselines int) (rules []record.Rule, dropped []string) {
	rules = slices.Clone(rec.Rules)
	for _, added := range rec.Scenario.Axis {
		name, _, _ := strings.Cut(added, "=")
		axis := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == strings.TrimSpace(name) })
		if axis < 0 || comparesAxis(rec.Rules, rec.Axes[axis].Name) {
			continue
		}
		levels := rec.Axes[axis].Levels
		for _, head := range levels[1:] {
			rules = append(rules, record.Rule{
				Name:         fmt.Sprintf("%s: %s is no worse than %s", rec.Axes[axis].Name, head, levels[0]),
				NoRegression: &record.NoRegression{Axis: rec.Axes[axis].Name, Base: levels[0], Head: head, Metrics: defaultMetrics(rec)},
			})
		}
	}
	if baselines > 0 && !comparesAxis(rec.Rules, "") {
		rules = append(rules, record.Rule{Name: "no worse than the baselines", NoRegression: &record.NoRegression{Metrics: defaultMetrics(rec)}})
	}
	return withinReach(rec, rules, len(rec.Rules))
}

// comparesAxis says whether a no_regression rule names the axis; "" asks for one against
// baselines.
func comparesAxis(rules []record.Rule, axis string) bool {
	return slices.ContainsFunc(rules, func(r record.Rule) bool { return r.NoRegression != nil && r.NoRegression.Axis == axis })
}

// defaultMetrics returns the metrics of metric.Default that every arm's load measures.
func defaultMetrics(rec *record.Record) []string {
	closed := !slices.ContainsFunc(rec.Arms, func(a record.Arm) bool { return a.Load.ClosedDurationMS == 0 && a.Load.BatchPrompts == 0 })
	metrics := slices.DeleteFunc(metric.Default(), func(m metric.Metric) bool { return m.NeedsClosedLoad && !closed })
	return metric.Names(metrics)
}
