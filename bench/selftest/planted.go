package selftest

import (
	"context"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// plantedShares are how much slower the servers of the levels plus5, plus10 and plus20 are.
func plantedShares() []float64 { return []float64{0.05, 0.10, 0.20} }

// plantedHeads returns the levels of planted that are compared with its base: a copy of the base,
// then the levels of plantedShares.
func plantedHeads() []string { return []string{"same", "plus5", "plus10", "plus20"} }

// ratios are the default metrics of gates that are compared by their ratio.
func ratios() []metric.Metric {
	return slices.DeleteFunc(metric.Default(), func(m metric.Metric) bool { return m.Kind == metric.OfShare })
}

// judged returns the names of the metrics that judge the planted levels.
func judged() []string { return append(metric.Names(ratios()), metric.ErrorRate) }

// gateBlocks are the numbers of blocks for which the detectable effects are given.
func gateBlocks() []int { return []int{15, 30, 45} }

func doPlanted(ctx context.Context, r *Report, measure Measure) error {
	rec, err := measure(ctx, planted)
	if err != nil {
		return err
	}
	rules, _ := gate.WithinReach(rec, noWorse())
	j, err := gate.Check(rec, rules, nil)
	if err != nil {
		return err
	}
	between := spreads(rec)
	r.Gate = gateOf(rec, j, between)
	r.Same = sameOf(between, j.Rules[0], r.Gate.Visible[0].Effects)
	if n := len(rec.Invalid); n > 0 {
		r.problem("a gate would be invalid: %s (%d in all)", rec.Invalid[0], n)
	}
	if worse := regressed(j.Rules[0]); len(worse) > 0 {
		r.problem("a gate of an arm against itself reports a regression in %s", strings.Join(worse, ", "))
	}
	return nil
}

// noWorse is a no_regression rule for each head against the base.
func noWorse() (rules []record.Rule) {
	for _, head := range plantedHeads() {
		rules = append(rules, record.Rule{Name: head + " is no worse", NoRegression: &record.NoRegression{
			Axis: "side", Base: "base", Head: head, Metrics: judged(),
		}})
	}
	return rules
}

func gateOf(rec *record.Record, j gate.RunVerdict, between map[string]*figures.Spread) *Gate {
	g := &Gate{Invalid: append([]string{}, rec.Invalid...)}
	for _, r := range j.Rules {
		g.Figures += len(r.Findings)
	}
	for i, share := range plantedShares() {
		head := j.Rules[i+1]
		g.Planted = append(g.Planted, Planted{Share: share, Called: regressed(head), Verdicts: verdicts(head)})
	}
	for _, blocks := range gateBlocks() {
		g.Visible = append(g.Visible, Visible{Blocks: blocks, Effects: visible(between, blocks, g.Figures)})
	}
	return g
}

func sameOf(between map[string]*figures.Spread, itself gate.RuleVerdict, visible map[string]*float64) *Same {
	s := &Same{Spread: map[string]*float64{}, Bursts: map[string]*int{}, Visible: visible, Verdicts: verdicts(itself)}
	for metric, spread := range between {
		s.Spread[metric], s.Bursts[metric] = nil, nil
		if spread != nil {
			s.Blocks, s.Spread[metric], s.Bursts[metric] = spread.Blocks, &spread.SD, &spread.Bursts
		}
	}
	return s
}

// spreads returns, by metric, the spread of the ratios between the arm and its copy; nil if
// unknown.
func spreads(rec *record.Record) map[string]*figures.Spread {
	out := map[string]*figures.Spread{}
	for _, m := range ratios() {
		out[m.Name] = figures.SpreadOf(rec, m, "side", "base", "same")
	}
	return out
}

// visible returns, by metric, the smallest effect that a gate of this many blocks and figures
// detects.
func visible(spreads map[string]*figures.Spread, blocks, family int) map[string]*float64 {
	out := map[string]*float64{}
	for metric, s := range spreads {
		out[metric] = nil
		if s != nil {
			out[metric] = gate.Visible(*s, blocks, family)
		}
	}
	return out
}

// verdicts returns the verdicts of a rule's findings by metric. Metrics that were not judged have
// none.
func verdicts(r gate.RuleVerdict) map[string]gate.Verdict {
	out := map[string]gate.Verdict{}
	for _, metric := range judged() {
		out[metric] = ""
	}
	for _, f := range r.Findings {
		out[f.Metric] = f.Verdict
	}
	return out
}

// regressed returns the metrics whose finding is a regression, in alphabetical order.
func regressed(r gate.RuleVerdict) []string {
	metrics := []string{}
	for _, f := range r.Findings {
		if f.Verdict == gate.Regression {
			metrics = append(metrics, f.Metric)
		}
	}
	slices.Sort(metrics)
	return metrics
}
