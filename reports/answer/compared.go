package answer

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/sides"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// leastP is the p value at most which a difference is told; it is divided by the number of arms, because
// the sentences name the arms that differ most.
const leastP = 1 - figures.Confidence

// Compared says how the heads differ from their bases, errors first.
func Compared(c sides.Compared) []string {
	noun := "arm"
	if c.Axis != "" {
		noun = "pair"
	}
	out := []string{errorsCompared(noun, deltasOf(c, metric.ErrorRate))}
	streams := len(deltasOf(c, "ttft_p50")) > 0
	for _, name := range []string{"ttft_p50", "p90", metric.TPS} {
		if name == "ttft_p50" && !streams {
			continue
		}
		deltas := deltasOf(c, name)
		if name == "p90" && !slices.ContainsFunc(deltas, func(d figures.Delta) bool { return d.Ratio != nil }) {
			name, deltas = "p50", deltasOf(c, "p50")
		}
		out = append(out, ratiosCompared(noun, name, deltas))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// ErrorsOfSides says which arms fail, or how many prompts failed at most, in both runs.
func ErrorsOfSides(rec *record.Record, s summary.Summary) []string {
	if summary.CapacityOnly(rec) {
		return nil
	}
	return Errors(rec, s)
}

func deltasOf(c sides.Compared, name string) []figures.Delta {
	return slices.DeleteFunc(slices.Clone(c.Deltas), func(d figures.Delta) bool { return d.Metric != name })
}

// errorsCompared says in which arms the error rate differs.
func errorsCompared(noun string, deltas []figures.Delta) string {
	known := slices.DeleteFunc(slices.Clone(deltas), func(d figures.Delta) bool { return d.Difference == nil })
	if len(known) == 0 || !slices.ContainsFunc(known, func(d figures.Delta) bool { return *d.Difference != 0 }) {
		return "" // what failed on both sides was said before
	}
	slices.SortStableFunc(known, func(a, b figures.Delta) int {
		return cmp.Compare(math.Abs(*b.Difference), math.Abs(*a.Difference))
	})
	told := func(d figures.Delta) bool {
		return d.DifferenceLow != nil && (*d.DifferenceLow > 0 || *d.DifferenceHigh < 0)
	}
	of := func(d figures.Delta) string {
		points, bounds := format.Points(d.Difference, d.DifferenceLow, d.DifferenceHigh)
		return fmt.Sprintf("%s percentage points, from %s to %s, %s", points, format.Percent(d.Old), format.Percent(d.New), interval(bounds))
	}
	more, fewer := partsOf(known, func(d figures.Delta) int { return sign(*d.Difference, told(d)) })
	c := changes{noun: noun, more: more, fewer: fewer, all: known, text: of}
	return c.sentence("Errors", "the head fails more prompts", "the head fails fewer prompts") + "."
}

// ratiosCompared says in which arms a metric differs.
func ratiosCompared(noun, name string, deltas []figures.Delta) string {
	m, _ := metric.Named(name)
	known := slices.DeleteFunc(slices.Clone(deltas), func(d figures.Delta) bool { return d.Ratio == nil || *d.Ratio <= 0 })
	if len(known) == 0 {
		return ""
	}
	slices.SortStableFunc(known, func(a, b figures.Delta) int {
		return cmp.Compare(math.Abs(math.Log(*b.Ratio)), math.Abs(math.Log(*a.Ratio)))
	})
	of := func(d figures.Delta) string {
		c := gate.Comparison{Comparison: figures.Comparison{Ratio: d.Ratio, Low: d.Low, High: d.High}}
		return certainty(c)
	}
	byChance := false // an interval leaves out 1, but not by enough for one of so many
	more, fewer := partsOf(known, func(d figures.Delta) int {
		outside := d.Low != nil && *d.Low > 1 || d.High != nil && *d.High < 1
		told := outside && d.P != nil && *d.P <= leastP/float64(len(known))
		byChance = byChance || outside && !told
		return sign(*d.Ratio-1, told)
	})
	chance := ""
	if byChance {
		chance = fmt.Sprintf("; of %s, one may look different by chance", format.Plural(len(known), noun))
	}
	c := changes{noun: noun, more: more, fewer: fewer, all: known, text: of}
	switch {
	case m.Name == metric.TPS:
		return c.sentence("TPS", "the head carries more", "the head carries less") + chance + "."
	case m.Latency == metric.Response:
		return c.sentence(m.Bare()+" response latency", "the head is slower", "the head is faster") + chance + "."
	}
	return c.sentence("Median TTFT", "the head is slower", "the head is faster") + chance + "."
}

// sign is the sign of a difference that can be told apart from noise; 0 for others.
func sign(v float64, told bool) int {
	switch {
	case !told || v == 0:
		return 0
	case v < 0:
		return -1
	}
	return 1
}

// partsOf are the deltas that are told to be more, and to be fewer.
func partsOf(deltas []figures.Delta, sign func(figures.Delta) int) (more, fewer []figures.Delta) {
	for _, d := range deltas {
		switch sign(d) {
		case 1:
			more = append(more, d)
		case -1:
			fewer = append(fewer, d)
		}
	}
	return more, fewer
}

// changes are how one figure differs between two sides, in several arms or pairs of arms.
type changes struct {
	// noun is what there are several of: arm or pair.
	noun string
	// more and fewer are the differences that can be told apart from noise, and all are all of them. Each list
	// begins with the largest.
	more, fewer, all []figures.Delta
	// text prints a difference with its interval.
	text func(figures.Delta) string
}

// sentence says in how many arms or pairs the subject rose and fell, and in which it did most.
func (c changes) sentence(subject, rises, falls string) string {
	alone := len(c.all) == 1
	part := func(deltas []figures.Delta, what string) string {
		if alone {
			return fmt.Sprintf("%s (%s)", what, c.text(deltas[0]))
		}
		most := "most in "
		if len(deltas) == 1 {
			most = ""
		}
		return fmt.Sprintf("%s in %d of %s, %s%s (%s)", what, len(deltas), format.Plural(len(c.all), c.noun), most, deltas[0].Arm, c.text(deltas[0]))
	}
	out := subject + ": "
	switch {
	case len(c.more)+len(c.fewer) == 0 && alone:
		return out + "no difference could be told apart from noise (" + c.text(c.all[0]) + ")"
	case len(c.more)+len(c.fewer) == 0:
		return fmt.Sprintf("%sno difference could be told apart from noise in any of %s; the largest is that of %s (%s)", out, format.Plural(len(c.all), c.noun), c.all[0].Arm, c.text(c.all[0]))
	case len(c.fewer) == 0:
		out += part(c.more, rises)
	case len(c.more) == 0:
		out += part(c.fewer, falls)
	default:
		out += part(c.more, rises) + "; " + part(c.fewer, falls)
	}
	if left := len(c.all) - len(c.more) - len(c.fewer); left > 0 {
		out += fmt.Sprintf("; in %d no difference could be told apart from noise", left)
	}
	return out
}
