package gate

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// RulesFor are the rules that a gate judges a record by: its own, one for each level
// of an axis that was added beside the scenario and that none of them names, and
// with baselines one against them. dropped says which metrics those leave out, as they could
// not be called with the blocks there are.
func RulesFor(rec *record.Record, baselines int) (rules []record.Rule, dropped []string) {
	rules = slices.Clone(rec.Rules)
	for _, spelled := range rec.Scenario.Axis {
		name, _, _ := strings.Cut(spelled, "=")
		axis := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == strings.TrimSpace(name) })
		if axis < 0 || judged(rec.Rules, rec.Axes[axis].Name) {
			continue
		}
		levels := rec.Axes[axis].Levels
		for _, head := range levels[1:] {
			rules = append(rules, record.Rule{
				Name:         fmt.Sprintf("%s: %s is no worse than %s", rec.Axes[axis].Name, head, levels[0]),
				NoRegression: &record.NoRegression{Axis: rec.Axes[axis].Name, Base: levels[0], Head: head, Metrics: metricsOf(rec)},
			})
		}
	}
	if baselines > 0 && !judged(rec.Rules, "") {
		rules = append(rules, record.Rule{Name: "no worse than the baselines", NoRegression: &record.NoRegression{Metrics: metricsOf(rec)}})
	}
	return withinReach(rec, rules, len(rec.Rules))
}

// judged says whether a rule of no regression names the axis; "" is against baselines.
func judged(rules []record.Rule, axis string) bool {
	return slices.ContainsFunc(rules, func(r record.Rule) bool { return r.NoRegression != nil && r.NoRegression.Axis == axis })
}

// metricsOf are those that the loads of a record give.
func metricsOf(rec *record.Record) []string {
	metrics := metric.Names(metric.Default())
	for i := range rec.Arms {
		if rec.Arms[i].Load.ClosedDurationMS == 0 {
			return slices.DeleteFunc(metrics, func(name string) bool { return name == metric.TPS })
		}
	}
	return metrics
}

// WithinReach leaves out of the rules' metrics, in place, those that no run of the record's plan
// could call a regression between two levels; dropped says which, and why. A rule of which
// none would be left keeps all.
func WithinReach(rec *record.Record, rules []record.Rule) (kept []record.Rule, dropped []string) {
	return withinReach(rec, rules, 0)
}

// withinReach does so from the rule first on.
func withinReach(rec *record.Record, rules []record.Rule, first int) ([]record.Rule, []string) {
	compiled, err := compile(rec, rules)
	if err != nil {
		return rules, nil // said where they are judged
	}
	r := reach{rec: rec, looks: looksOf(rec.Plan), family: familyOf(rec, compiled)}
	var dropped []string
	for _, rule := range compiled[first:] {
		n := rule.noRegression
		if n == nil || n.Axis == "" {
			continue
		}
		pairs := figures.PairsOf(rec, n.Axis, n.Base, n.Head)
		kept := slices.DeleteFunc(slices.Clone(rule.metrics), func(m metric.Metric) bool {
			lack := r.lack(pairs, m)
			if lack != "" {
				dropped = append(dropped, fmt.Sprintf("%s: %s is not judged: it %s", rule.name, m.Name, lack))
			}
			return lack != ""
		})
		if len(kept) > 0 { // else it is all that was asked, and is said to be out of reach
			n.Metrics = metric.Names(kept)
		}
	}
	return rules, dropped
}
