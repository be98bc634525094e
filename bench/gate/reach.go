package gate

import (
	"fmt"
	"math"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// Unreachable says of each figure that a run of the plan could never call a regression,
// however large, why that is: too few blocks for its share of alpha, or too few
// prompts in them. rec needs no measurements: its plan, axes and the arms' loads do.
func Unreachable(rec *record.Record, rules []record.Rule) ([]string, error) {
	compiled, err := compile(rec, rules)
	if err != nil {
		return nil, err
	}
	r := reach{rec: rec, looks: looksOf(rec.Plan), family: familyOf(rec, compiled)}
	var out []string
	for _, rule := range compiled {
		for _, why := range r.against(rule) {
			out = append(out, fmt.Sprintf("rule %q: %s", rule.name, why))
		}
	}
	return out, nil
}

// familyOf is how many findings the rules make.
func familyOf(rec *record.Record, rules []compiledRule) int {
	n := 0
	for _, r := range rules {
		switch {
		case r.assert != nil && !rule.PerArm(r.assert):
			n++
		case r.assert != nil:
			n += len(rec.Arms)
		case r.noRegression == nil:
		case r.noRegression.Axis != "":
			n += len(r.noRegression.Metrics)
		default:
			n += len(rec.Arms) * len(r.noRegression.Metrics)
		}
	}
	return n
}

// reach is what a plan can tell.
type reach struct {
	rec    *record.Record
	looks  []look
	family int
}

// against is why a rule's figures are out of reach.
func (r reach) against(rule compiledRule) (why []string) {
	last := r.looks[len(r.looks)-1]
	switch n := rule.noRegression; {
	case last.blocks < stat.MinValues:
		return []string{tooFew(last.blocks)}
	case rule.assert != nil:
		return r.ratios(rule.assert)
	case n != nil && n.Axis != "":
		for _, m := range rule.metrics {
			pairs := figures.PairsOf(r.rec, n.Axis, n.Base, n.Head)
			if lack := r.lack(pairs, m); lack != "" {
				why = append(why, fmt.Sprintf("%s of %s %s vs %s %s", m.Name, n.Axis, n.Head, n.Base, lack))
			}
		}
	}
	return why
}

// ratios is the same of those in an assertion.
func (r reach) ratios(n rule.Node) (why []string) {
	rule.Walk(n, func(n rule.Node) {
		ratio, ok := n.(rule.Ratio)
		if !ok {
			return
		}
		if m := ratio.Metric; !m.Percentile() && m.Name != metric.TPS && m.Name != metric.Mean {
			return
		}
		if lack := r.lack(figures.PairsBetween(r.rec, ratio.Base, ratio.Head), ratio.Metric); lack != "" {
			why = append(why, ratio.String()+" "+lack)
		}
	})
	return why
}

// lack says what a metric of the pairs lacks to be called; empty for nothing.
func (r reach) lack(pairs []figures.Pair, m metric.Metric) string {
	last := r.looks[len(r.looks)-1]
	needed := groupsNeeded(last.alpha, r.family)
	size := 1
	if m.Percentile() {
		size = groupSize(figures.Arms(pairs), m.Quantile)
	}
	switch {
	case size > 0 && last.blocks/size >= needed:
		return ""
	case size == 1:
		return fmt.Sprintf("cannot be called with %d blocks: %d are needed for %d figures at alpha %.2g (experiment.blocks or max_blocks)",
			last.blocks, needed, r.family, last.alpha)
	}
	return fmt.Sprintf("cannot be called: a block has too few prompts beyond it, and %d blocks make %d groups that have 10, where %d are needed "+
		"(load.open.rate or duration, experiment.max_blocks, or leave the metric out)", last.blocks, last.blocks/max(size, 1), needed)
}

// groupSize is how many blocks together leave 10 prompts beyond the share q in every
// arm, by the load they are offered; 1 where that is not known.
func groupSize(arms []*record.Arm, q float64) int {
	size := 1
	for _, arm := range arms {
		due := arm.Load.OpenPerS * arm.Load.OpenDurationMS / 1000
		if due == 0 || arm.Load.Arrivals == "trace" {
			continue
		}
		for !figures.EnoughBeyond(least(arm.Load, due*float64(size)), q) {
			size++
		}
	}
	return size
}

// least is how few prompts of an expected number are due now and then: under arrivals
// at random three standard deviations less.
func least(load record.Load, due float64) float64 {
	switch load.Arrivals {
	case "constant":
		return due
	case "gamma":
		return due - 3*load.Burstiness*math.Sqrt(due)
	}
	return due - 3*math.Sqrt(due)
}
