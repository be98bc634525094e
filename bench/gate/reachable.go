package gate

import (
	"fmt"
	"math"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// Unreachable names each figure for which no run of the plan could report a regression, however
// large the effect, and says why: too few blocks for its share of alpha, or too few prompts in
// them. rec needs no measurements, only its plan, its axes and its arms' loads.
func Unreachable(rec *record.Record, rules []record.Rule) ([]string, error) {
	parsed, err := parse(rec, rules)
	if err != nil {
		return nil, err
	}
	parsed, _ = withinCombinations(rec, parsed)
	p := newPlan(rec, parsed)
	var out []string
	for _, r := range parsed {
		for _, reason := range p.unreachable(r) {
			out = append(out, fmt.Sprintf("rule %q: %s", r.name, reason))
		}
	}
	return out, nil
}

// WithinReach takes out of the rules, in place, the metrics that no run of the record's plan
// could call a regression between two levels; dropped says which, and why. A rule that
// would be left without a metric keeps all of them.
func WithinReach(rec *record.Record, rules []record.Rule) (kept []record.Rule, dropped []string) {
	return withinReach(rec, rules, 0)
}

// withinReach is WithinReach for the rules from the index first on.
func withinReach(rec *record.Record, rules []record.Rule, first int) (kept []record.Rule, dropped []string) {
	parsed, err := parse(rec, rules)
	if err != nil {
		return rules, nil // Check says what is wrong
	}
	parsed, _ = withinCombinations(rec, parsed)
	p := newPlan(rec, parsed)
	for _, r := range parsed[first:] {
		n := r.noRegression
		if n == nil || n.Axis == "" {
			continue
		}
		pairs := figures.PairsOf(rec, n.Axis, n.Base, n.Head)
		reachable := slices.DeleteFunc(slices.Clone(r.metrics), func(m metric.Metric) bool {
			l, family := p.families.pooledPart(p.last)
			reason := p.unreachableReason(pairs, m, l, family)
			if reason != "" {
				dropped = append(dropped, fmt.Sprintf("%s: %s is not judged: it %s", r.name, m.Name, reason))
			}
			return reason != ""
		})
		if len(reachable) > 0 { // else the rule stays as asked, and Unreachable says so
			n.Metrics = metric.Names(reachable)
		}
	}
	return rules, dropped
}

// plan answers which verdicts a planned run can reach.
type plan struct {
	rec      *record.Record
	last     look
	families families
}

func newPlan(rec *record.Record, rules []parsedRule) plan {
	looks := looksOf(rec.Plan)
	return plan{rec: rec, last: looks[len(looks)-1], families: familiesOf(rec, rules)}
}

// unreachable are the reasons why figures of a rule are out of reach.
func (p plan) unreachable(r parsedRule) (reasons []string) {
	n := r.noRegression
	switch {
	case p.last.blocks < stat.MinValues:
		return []string{tooFew(p.last.blocks)}
	case r.assert != nil:
		return p.unreachableRatios(r.assert)
	case n != nil && n.Axis != "":
		pairs := figures.PairsOf(p.rec, n.Axis, n.Base, n.Head)
		l, family := p.families.pooledPart(p.last)
		if !r.pools(pairs) {
			l, family = p.families.combinationPart(p.last)
		}
		for _, m := range r.metrics {
			if reason := p.unreachableReason(pairs, m, l, family); reason != "" {
				reasons = append(reasons, fmt.Sprintf("%s of %s %s vs %s %s", m.Name, n.Axis, n.Head, n.Base, reason))
			}
		}
	}
	return reasons
}

// unreachableRatios are the reasons for the ratios of an assertion.
func (p plan) unreachableRatios(n rule.Node) (reasons []string) {
	rule.Walk(n, func(n rule.Node) {
		ratio, ok := n.(rule.Ratio)
		if !ok || !figures.Sampled(ratio.Metric) {
			return
		}
		l, family := p.families.pooledPart(p.last)
		if reason := p.unreachableReason(figures.PairsBetween(p.rec, ratio.Base, ratio.Head), ratio.Metric, l, family); reason != "" {
			reasons = append(reasons, ratio.String()+" "+reason)
		}
	})
	return reasons
}

// unreachableReason is why a metric of the pairs could never be called a regression at the last
// look, in a family of so many hypotheses; empty if it could.
func (p plan) unreachableReason(pairs []figures.Pair, m metric.Metric, last look, family int) string {
	needed := groupsNeeded(last.alpha, family)
	size := 1
	if m.Percentile() {
		size = blocksPerGroup(figures.Arms(pairs), m.Quantile)
	}
	switch {
	case last.blocks/size >= needed:
		return ""
	case size == 1:
		return fmt.Sprintf("can never be called a regression with %d blocks: at α = %.2g %s %d (experiment.blocks or max_blocks)",
			last.blocks, last.alpha, figuresNeed(family), needed)
	}
	return fmt.Sprintf("can never be called a regression: 10 prompts beyond it take %d blocks together, so that %d blocks make %s where %d are needed "+
		"(raise load.open.rate, load.open.duration or experiment.max_blocks, or leave the metric out)", size, last.blocks, groups(last.blocks/size), needed)
}

func groups(n int) string {
	if n == 1 {
		return "1 group"
	}
	return fmt.Sprintf("%d groups", n)
}

func figuresNeed(family int) string {
	if family == 1 {
		return "1 figure needs"
	}
	return fmt.Sprintf("%d figures need", family)
}

// blocksPerGroup returns how many blocks it takes to leave 10 prompts beyond the quantile in every
// arm, given the arms' load, or 1 if the load is unknown.
func blocksPerGroup(arms []*record.Arm, quantile float64) int {
	size := 1
	for _, arm := range arms {
		due := arm.Load.OpenPerS * arm.Load.OpenDurationMS / 1000
		if n := arm.Load.BatchPrompts; n > 0 {
			due = float64(n)
		}
		if due == 0 || arm.Load.Arrivals == "trace" {
			continue
		}
		for !figures.EnoughBeyond(fewestDue(arm.Load, due*float64(size)), quantile) {
			size++
		}
	}
	return size
}

// fewestDue returns a lower limit for the number of prompts due: under random arrivals, three
// standard deviations below the expected number.
func fewestDue(load record.Load, expected float64) float64 {
	switch {
	case load.Arrivals == "constant", load.BatchPrompts > 0:
		return expected
	case load.Arrivals == "gamma":
		return expected - 3*load.Burstiness*math.Sqrt(expected)
	}
	return expected - 3*math.Sqrt(expected)
}
