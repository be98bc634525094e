package figures

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// doubt is the p below which combinations differ beyond doubt.
const doubt = 0.001

// Interaction is how the ratio of two levels of an axis differs between combinations of the other
// axes' levels.
type Interaction struct {
	// Most and Least are the combinations with the largest and the smallest ratio, which are MostRatio
	// and LeastRatio.
	Most, Least           string
	MostRatio, LeastRatio float64
	// Ratio is the one over the other, with bounds of Confidence; nil if they are not known.
	Ratio, Low, High *float64
	// P is the p of no difference, times the number of all pairs of combinations (Bonferroni).
	P float64
}

// InteractionOf compares the combination with the largest ratio of two levels with that with the
// smallest, block by block; nil if they differ by less than the metric's margin, or cannot be told
// apart at a p of alpha.
func (r Calculator) InteractionOf(rec *record.Record, m metric.Metric, axis, base, head string, alpha float64) *Interaction {
	s, ok := r.of(m).(sampler)
	if !ok {
		return nil
	}
	if in := interactionOf(m, s, PairsOf(rec, axis, base, head)); in != nil && in.P <= alpha {
		return in
	}
	return nil
}

// interactionOf is the interaction of the pairs, whatever its p; nil if they differ by less than
// the metric's margin.
func interactionOf(m metric.Metric, s sampler, pairs []Pair) *Interaction {
	if len(pairs) < 2 {
		return nil
	}
	least, most := extremes(s, pairs)
	if least == nil || most == nil || most.estimate-least.estimate <= math.Log1p(m.Margin) {
		return nil
	}
	between := stat.OfPairs(differences(most.sample, least.sample), Confidence, stat.Shared{})
	if between == nil {
		return nil
	}
	in := &Interaction{
		Most: Combination(most.pair), Least: Combination(least.pair), MostRatio: math.Exp(most.estimate), LeastRatio: math.Exp(least.estimate),
		Ratio: knownRatio(between.Value), P: between.TwoSided * float64(len(pairs)*(len(pairs)-1)/2),
	}
	if between.Interval != nil {
		in.Low, in.High = knownRatio(between.Interval.Low), knownRatio(between.Interval.High)
	}
	return in
}

// interaction says that the ratios of the pairs differ from each other beyond doubt, and by more
// than the metric's margin, so that what pools them describes none; empty if they do not.
func interaction(m metric.Metric, s sampler, pairs []Pair) string {
	in := interactionOf(m, s, pairs)
	if in == nil || in.P > doubt {
		return ""
	}
	base, head := sides(pairs)
	return fmt.Sprintf("%s, %s against %s: combinations differ beyond doubt: %s in %s, %s in %s (p = %.1g); the pooled ratio describes neither",
		m.Name, strings.TrimPrefix(head, anArmOf), strings.TrimPrefix(base, anArmOf), times(in.MostRatio), in.Most, times(in.LeastRatio), in.Least, in.P)
}

// combination is a pair with its ratios.
type combination struct {
	pair     Pair
	sample   Sample
	estimate float64
}

// extremes are the pairs with the smallest and the largest ratio; nil if none has any.
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

// differences are the differences of two samples, in the blocks that both have.
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

func times(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "infinitely many times"
	}
	return fmt.Sprintf("%.2f times", ratio)
}
