package figures

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// doubt is the p below which combinations differ past doubt.
const doubt = 0.001

// interaction says that the ratios of the pairs differ from each other past doubt, and by more
// than the metric's margin, so that what pools them describes none; empty where they do not. It
// compares the pair with the largest ratio and that with the smallest, block by block, with a p
// that is multiplied by the number of all pairs of pairs (Bonferroni).
func interaction(m metric.Metric, s sampler, pairs []Pair) string {
	if len(pairs) < 2 {
		return ""
	}
	least, most := extremes(s, pairs)
	if least == nil || most == nil || most.estimate-least.estimate <= math.Log1p(m.Margin) {
		return ""
	}
	between := stat.OfPairs(differences(most.sample, least.sample), Confidence, stat.Shared{})
	if between == nil {
		return ""
	}
	p := between.TwoSided * float64(len(pairs)*(len(pairs)-1)/2)
	if p > doubt {
		return ""
	}
	base, head := sides(pairs)
	return fmt.Sprintf("%s, %s against %s: combinations differ past doubt: %s in %s, %s in %s (p = %.1g); the pooled ratio describes neither",
		m.Name, strings.TrimPrefix(head, anArmOf), strings.TrimPrefix(base, anArmOf), times(most.estimate), Combination(most.pair), times(least.estimate), Combination(least.pair), p)
}

// combination is a pair with its ratios.
type combination struct {
	pair     Pair
	sample   Sample
	estimate float64
}

// extremes are the pairs with the smallest and the largest ratio; nil where none has any.
func extremes(s sampler, pairs []Pair) (least, most *combination) {
	for _, p := range pairs {
		c := combination{pair: p, sample: s.sample([]Pair{p})}
		e := c.sample.Compared(Confidence, stat.Shared{})
		if e == nil {
			continue
		}
		c.estimate = e.Value
		if least == nil || c.estimate < least.estimate {
			least = &c
		}
		if most == nil || c.estimate > most.estimate {
			most = &c
		}
	}
	return least, most
}

// differences are those of two samples in the blocks that both have.
func differences(a, b Sample) []float64 {
	var out []float64
	for i, block := range a.Blocks {
		if k := slices.Index(b.Blocks, block); k >= 0 {
			out = append(out, stat.Difference(a.Logs[i], b.Logs[k]))
		}
	}
	return out
}

// Combination prints the other axes' levels of a pair, such as "auth=jwt,batching=single".
func Combination(p Pair) string {
	var out []string
	for _, axis := range slices.Sorted(maps.Keys(p.Others)) {
		out = append(out, axis+"="+p.Others[axis])
	}
	return strings.Join(out, ",")
}

func times(log float64) string {
	if math.IsInf(log, 1) {
		return "infinitely many times"
	}
	return fmt.Sprintf("%.2f times", math.Exp(log))
}
