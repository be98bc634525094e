package answer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/summary/curves"
	"weighbridge/scenarios/metric"
)

// eachLevel is up to how many levels that are not numbers each is compared with the first in a
// sentence of its own.
const eachLevel = 4

// ofAxis says what an axis does: of two levels, or of a few that are not numbers, how each differs
// from the first; of more where the figures turn, where the knee is and which level is best, in five
// sentences at most.
func ofAxis(rec *record.Record, s summary.Summary, axis record.Axis) (out []string) {
	_, numeric := curves.Numeric(axis)
	if !numeric && len(axis.Levels) <= eachLevel {
		return eachHead(s, axis)
	}
	all := curves.Of(rec, s.Arms, axis)
	say := func(text string) {
		if text != "" {
			out = append(out, axis.Name+": "+text+".")
		}
	}
	for _, c := range all {
		switch {
		case c.Metric.Kind == metric.OfShare:
			say(errorsAlong(c))
		case numeric:
			say(along(c))
		}
	}
	if numeric {
		say(knee(all))
	}
	say(best(all))
	if len(out) == 0 {
		return eachHead(s, axis)
	}
	return out
}

// eachHead has a sentence for each level but the first.
func eachHead(s summary.Summary, axis record.Axis) (out []string) {
	for _, row := range summary.Pooled(s.Comparisons) {
		if axisOf(row) == axis.Name {
			out = append(out, sentence(row, s.Arms))
		}
	}
	return out
}

// errorsAlong says at which level the fewest and the most prompts fail; "" if levels cannot be
// told apart.
func errorsAlong(of curves.Curve) string {
	c := curve{of}
	if c.Rise == nil {
		return ""
	}
	points, bounds := format.Points(c.Rise.Difference, c.Rise.DifferenceLow, c.Rise.DifferenceHigh)
	worst, best := c.Rise.Head, c.Rise.Base
	return fmt.Sprintf("most prompts fail at %s (%s) and fewest at %s (%s): %s percentage points, %s",
		worst, c.at(c.index(worst)), best, c.at(c.index(best)), points, interval(bounds))
}

// along says how a figure goes from the first level to the last.
func along(of curves.Curve) string {
	c := curve{of}
	last := len(c.Levels) - 1
	name := c.name()
	switch {
	case c.Rise == nil && c.Fall == nil && c.Whole.Ratio != nil && c.Whole.Low == nil && c.Whole.High == nil:
		return fmt.Sprintf("%s goes from %s at %s to %s at %s (%s)", name, c.at(0), c.Levels[0], c.at(last), c.Levels[last], c.ratio(c.Whole))
	case c.Rise == nil && c.Fall == nil && c.Whole.Ratio == nil:
		return ""
	case c.Rise == nil && c.Fall == nil:
		return fmt.Sprintf("no difference in %s between its levels could be told apart from noise (%s against %s: %s)", name, c.Levels[last], c.Levels[0], ratioOf(c.Whole))
	case c.Fall == nil:
		return name + " " + c.turn("rises", c.Rise) + ", monotone as far as can be told"
	case c.Rise == nil:
		return name + " " + c.turn("falls", c.Fall) + ", monotone as far as can be told"
	case c.within(c.Fall, c.Rise):
		return name + " " + c.turn("rises", c.Rise) + ", but " + c.turn("falls", c.Fall) + " on the way: not monotone"
	case c.within(c.Rise, c.Fall):
		return name + " " + c.turn("falls", c.Fall) + ", but " + c.turn("rises", c.Rise) + " on the way: not monotone"
	case c.index(c.Rise.Head) <= c.index(c.Fall.Base):
		return name + " " + c.turn("rises", c.Rise) + ", then " + c.turn("falls", c.Fall) + ": not monotone"
	}
	return name + " " + c.turn("falls", c.Fall) + ", then " + c.turn("rises", c.Rise) + ": not monotone"
}

// curve prints a curve's figures.
type curve struct{ curves.Curve }

func (c curve) index(level string) int { return slices.Index(c.Levels, level) }

func (c curve) at(i int) string {
	unit := ""
	switch c.Metric.Unit {
	case metric.Milliseconds:
		unit = " ms"
	case metric.PerSecond:
		unit = "/s"
	}
	return format.Figure(c.Metric, &c.Values[i]) + unit
}

func (c curve) name() string { return nameOf(c.Metric) }

// within reports whether one turn lies within the levels of another.
func (c curve) within(inner, outer *figures.Comparison) bool {
	return c.index(outer.Base) <= c.index(inner.Base) && c.index(inner.Head) <= c.index(outer.Head)
}

// turn says between which levels a figure rises or falls, and by how much.
func (c curve) turn(verb string, d *figures.Comparison) string {
	return fmt.Sprintf("%s from %s at %s to %s at %s (%s)", verb, c.at(c.index(d.Base)), d.Base, c.at(c.index(d.Head)), d.Head, c.ratio(*d))
}

// ratio is a ratio with its interval. If it is far from that of the levels' own figures, which it then
// cannot be read as, it is said to be the median over blocks.
func (c curve) ratio(d figures.Comparison) string {
	const far = 1.1
	base, head := c.index(d.Base), c.index(d.Head)
	if d.Ratio == nil || base < 0 || head < 0 {
		return ratioOf(d)
	}
	if apart := *d.Ratio * c.Values[base] / c.Values[head]; apart > far || apart < 1/far {
		return "block by block " + ratioOf(d)
	}
	return ratioOf(d)
}

// nameOf is a metric in a sentence.
func nameOf(m metric.Metric) string {
	switch {
	case m.Name == metric.TPS:
		return "TPS"
	case m.Kind == metric.OfShare:
		return "errors"
	case m.Latency == metric.TTFT:
		return "median TTFT"
	}
	return m.Name + " response latency"
}

// ratioOf is a ratio with its interval.
func ratioOf(d figures.Comparison) string {
	ratio, bounds := format.Ratio(d.Ratio, d.Low, d.High)
	return ratio + "×, " + interval(bounds)
}

// knee says where throughput over latency is highest; "" without both figures.
func knee(all []curves.Curve) string {
	var rate, latency *curves.Curve
	for i := range all {
		switch c := &all[i]; {
		case c.Metric.Name == metric.TPS:
			rate = c
		case c.Metric.Kind == metric.OfLatency:
			latency = c
		}
	}
	if rate == nil || latency == nil {
		return ""
	}
	k := curves.KneeOf(*rate, *latency)
	by := "TPS over " + nameOf(latency.Metric)
	switch {
	case k == nil:
		return ""
	case k.First:
		return fmt.Sprintf("no knee in this range: %s is highest at its lower end, near %s", by, k.Level)
	case k.Last:
		return fmt.Sprintf("no knee in this range: %s is highest at its upper end, near %s", by, k.Level)
	}
	return fmt.Sprintf("the knee is near %s, where %s is highest", k.Level, by)
}

// best says which level is best by each figure.
func best(all []curves.Curve) string {
	var said []string
	failed := func(level string) string {
		for _, c := range all {
			if i := slices.Index(c.Levels, level); c.Metric.Kind == metric.OfShare && i >= 0 && c.Values[i] >= failing {
				return ", which fails " + curve{c}.at(i) + " of its prompts"
			}
		}
		return ""
	}
	for _, c := range all {
		few := c.Whole.Low == nil && c.Whole.High == nil
		if c.Metric.Name == metric.TPS && c.Whole.Ratio == nil {
			continue // it is not compared: under open load it is what was offered
		}
		if c.Metric.Kind != metric.OfShare && (c.Rise != nil || c.Fall != nil || few) { // else no level is better
			said = append(said, "by "+nameOf(c.Metric)+" "+c.Best+failed(c.Best)+alike(c))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return "best " + strings.Join(said, "; ")
}

// alike names the levels that cannot be told apart from the best.
func alike(c curves.Curve) string {
	const most = 3
	switch n := len(c.Alike); {
	case n == 0:
		return ""
	case n > most:
		return fmt.Sprintf(" (%d others cannot be told apart from it)", n)
	}
	return " (" + strings.Join(c.Alike, ", ") + " cannot be told apart from it)"
}

// finite reports whether a ratio can be printed.
func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }
