package gate

import (
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// families are the two sets of hypotheses for whose size a gate corrects: comparisons that pool the other
// axes (or have no other axis), and comparisons within single combinations of levels. Each family has half
// of the gate's alpha, so that many combinations do not weaken the pooled comparisons; if one family is
// empty, the other has all of it.
type families struct{ pooled, combinations int }

// count adds a hypothesis.
func (f *families) count(h hypothesis) {
	if h.levels == nil {
		f.pooled++
	} else {
		f.combinations++
	}
}

// pooledPart and combinationPart return a family's part of a look's alpha, and the family's size.
func (f families) pooledPart(l look) (look, int)      { return f.halved(l), f.pooled }
func (f families) combinationPart(l look) (look, int) { return f.halved(l), f.combinations }

func (f families) halved(l look) look {
	if f.pooled > 0 && f.combinations > 0 {
		l.alpha /= 2
	}
	return l
}

// part returns the part of a look's alpha that the family of a hypothesis has, and the family's size.
func (f families) part(h hypothesis, l look) (look, int) {
	if h.levels == nil {
		return f.pooledPart(l)
	}
	return f.combinationPart(l)
}

// familiesOf counts the hypotheses that the rules make.
func familiesOf(rec *record.Record, rules []parsedRule) families {
	f := families{}
	for _, r := range rules {
		switch {
		case r.assert != nil:
			f.pooled += len(r.assertions(&gate{}, rec))
		case r.noRegression == nil:
		case r.noRegression.Axis != "":
			pairs := figures.PairsOf(rec, r.noRegression.Axis, r.noRegression.Base, r.noRegression.Head)
			if r.pools(pairs) {
				f.pooled += len(withClosedErrors(r.metrics, figures.Arms(pairs)))
			}
			for _, p := range pairs {
				if r.combines(pairs) {
					f.combinations += len(withClosedErrors(r.inCombination, figures.Arms([]figures.Pair{p})))
				}
			}
		default:
			for i := range rec.Arms {
				f.pooled += len(withClosedErrors(r.metrics, []*record.Arm{&rec.Arms[i]}))
			}
		}
	}
	return f
}

// withinCombinations keeps rules that judge both pooled figures and combinations from judging a
// metric in combinations if the plan has too few blocks or prompts to call a regression in a single
// one; left says which metrics.
func withinCombinations(rec *record.Record, rules []parsedRule) (out []parsedRule, left []string) {
	p := newPlan(rec, rules)
	out = slices.Clone(rules)
	for i, r := range out {
		n := r.noRegression
		if n == nil || n.Axis == "" || n.By == "combination" {
			continue
		}
		pairs := figures.PairsOf(rec, n.Axis, n.Base, n.Head)
		if !r.combines(pairs) {
			continue
		}
		l, family := p.families.combinationPart(p.last)
		out[i].inCombination = slices.DeleteFunc(slices.Clone(r.metrics), func(m metric.Metric) bool {
			reason := p.unreachableReason(pairs, m, l, family)
			if reason != "" && p.last.blocks >= stat.MinValues {
				left = append(left, fmt.Sprintf("%s: %s is judged over all combinations together only: one of them %s", r.name, m.Name, reason))
			}
			return reason != ""
		})
	}
	return out, left
}
