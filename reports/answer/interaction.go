package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

const (
	// interactionAlpha is the p up to which an interaction is said to be there.
	interactionAlpha = 0.05
	// mostInteractions is how many are said.
	mostInteractions = 2
)

// interactions say where what an axis does depends on the levels of the others, so that the pooled
// figures describe none; of two axes also that no such thing could be told.
func interactions(rec *record.Record, s summary.Summary) (out []string) {
	if len(rec.Axes) < 2 || summary.CapacityOnly(rec) {
		return nil
	}
	axis := slices.MinFunc(rec.Axes, func(a, b record.Axis) int { return cmp.Compare(len(a.Levels), len(b.Levels)) })
	calculator := figures.NewCalculator()
	var alike []string
	for _, name := range []string{"ttft_p50", "p90", metric.TPS} {
		m, _ := metric.Named(name)
		known := false
		for _, head := range axis.Levels[1:] {
			known = known || slices.ContainsFunc(s.Comparisons, func(c gate.Comparison) bool {
				return c.Metric == name && c.Axis == axis.Name && c.Head == head && len(c.Levels) == 0 && c.Low != nil
			})
			if in := calculator.InteractionOf(rec, m, axis.Name, axis.Levels[0], head, interactionAlpha); in != nil {
				known = false
				out = append(out, interactionSentence(m, axis, head, *in))
				break
			}
		}
		if known {
			alike = append(alike, nameOf(m))
		}
	}
	if len(out) == 0 && len(rec.Axes) == 2 && len(alike) > 0 {
		return []string{fmt.Sprintf("%s and %s: no interaction could be told apart from noise in %s.", rec.Axes[0].Name, rec.Axes[1].Name, strings.Join(alike, " or "))}
	}
	return out[:min(len(out), mostInteractions)]
}

func interactionSentence(m metric.Metric, axis record.Axis, head string, in figures.Interaction) string {
	return fmt.Sprintf("%s interacts with the other axes: the %s of %s is %s that of %s at %s, and %s at %s (apart by %s): the pooled figure describes neither.",
		axis.Name, nameOf(m), head, timesOf(in.MostRatio), axis.Levels[0], in.Most, timesOf(in.LeastRatio), in.Least, apart(in))
}

func timesOf(ratio float64) string {
	if !finite(ratio) {
		return "infinitely many times"
	}
	text, _ := format.Ratio(&ratio, nil, nil)
	return text + "×"
}

func apart(in figures.Interaction) string {
	if in.Ratio == nil {
		return "more than can be measured"
	}
	text, bounds := format.Ratio(in.Ratio, in.Low, in.High)
	return text + "×, " + interval(bounds)
}
