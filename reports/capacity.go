package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/record"
)

// searched reports whether an arm's capacity was searched for.
func searched(rec *record.Record) bool {
	return slices.ContainsFunc(rec.Arms, func(a record.Arm) bool { return a.Capacity != nil })
}

// onlySearched says that nothing but capacities was asked for: there is no block.
func onlySearched(rec *record.Record) bool { return rec.Plan.Blocks == 0 && searched(rec) }

// isKnown says that the search came to an end, with a bracket of two ends.
func isKnown(c *record.Capacity) bool { return c != nil && c.Confirmed && bound(c) == "about" }

// bound is how the capacity lies to the ends of the bracket. Where the generator
// was the limit at the upper end, that is no bound of the target.
func bound(c *record.Capacity) string {
	open := c.FailedPerS == 0 || generatorLimited(c)
	switch {
	case c.HeldPerS == 0 && open:
		return "unknown"
	case c.HeldPerS == 0:
		return "under"
	case open:
		return "at least"
	}
	return "about"
}

// generatorLimited says that no probe at the upper end tells of the target.
func generatorLimited(c *record.Capacity) bool {
	late := false
	for _, p := range c.Probes {
		if p.RatePerS == c.FailedPerS && !p.Held {
			if !p.Late {
				return false
			}
			late = true
		}
	}
	return late
}

// capacityCell is the capacity as far as it is known.
func capacityCell(c *record.Capacity) string {
	if c == nil {
		return unknown
	}
	switch bound(c) {
	case "unknown":
		return unknown
	case "under":
		return "under " + figures(c.FailedPerS, 4)
	case "at least":
		return "at least " + figures(c.HeldPerS, 4)
	}
	return figures(c.HeldPerS, 4)
}

// capacityGrid has a row for each arm whose capacity was searched for.
func capacityGrid(rec *record.Record, arms []Arm) grid {
	g := grid{About: capacityLine(rec)}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{"capacity/s", "bracket/s", "p50 ms", "p99 ms", "error rate", "probes"} {
		g.Columns = append(g.Columns, column{name, true})
	}
	g.Columns = append(g.Columns, column{Name: "what did not hold above it"})
	for i := range rec.Arms {
		c := rec.Arms[i].Capacity
		if c == nil {
			continue
		}
		row := append(levelsOf(rec.Axes, arms[i]), capacityCell(c), bracketCell(c))
		row = append(row, heldCells(c)...)
		g.Rows = append(g.Rows, append(row, counted(uint64(len(c.Probes))), remark(c)))
	}
	return g
}

// capacityLine says what held and how it was searched for; the numbers of the
// search only where all arms had the same.
func capacityLine(rec *record.Record) string {
	var first *record.Capacity
	same := true
	for i := range rec.Arms {
		c := rec.Arms[i].Capacity
		switch {
		case c == nil:
		case first == nil:
			first = c
		default:
			same = same && objectives(c) == objectives(first) && c.StepMS == first.StepMS && c.Arrivals == first.Arrivals
		}
	}
	line := "Capacity: the highest rate, in prompts/s, at which every objective held, and the bracket of the search: held–failed. Figures are of its probes. "
	if first == nil || !same {
		return line + "Objectives and probes differ between arms."
	}
	return line + fmt.Sprintf("Objectives: %s. Probes of %g s, %s arrivals, an arm at a time.", objectives(first), first.StepMS/1000, first.Arrivals)
}

func objectives(c *record.Capacity) string {
	var all []string
	if c.ErrorRate < 1 {
		all = append(all, fmt.Sprintf("error rate at most %s", percent(&c.ErrorRate)))
	}
	if c.P99MS > 0 {
		all = append(all, fmt.Sprintf("response p99 at most %s ms, a failure being infinite", millis(c.P99MS)))
	}
	return strings.Join(append(all, "99% handed over", "no growing backlog"), ", ")
}

// bracketCell is the bracket; a dash is an end that was not found.
func bracketCell(c *record.Capacity) string {
	end := func(rate float64) string {
		if rate == 0 {
			return "?"
		}
		return figures(rate, 4)
	}
	return end(c.HeldPerS) + "–" + end(c.FailedPerS)
}

// heldCells are the figures of the probes at the capacity: the median of each.
func heldCells(c *record.Capacity) []string {
	var p50, p99, errors []float64
	for _, p := range c.Probes {
		if p.RatePerS == c.HeldPerS && p.Held && p.P50MS != nil && p.P99MS != nil && p.ErrorRate != nil {
			p50, p99, errors = append(p50, *p.P50MS), append(p99, *p.P99MS), append(errors, *p.ErrorRate)
		}
	}
	if len(p50) == 0 {
		return []string{unknown, unknown, unknown}
	}
	rate := middle(errors)
	return []string{millis(middle(p50)), millis(middle(p99)), percent(&rate)}
}

// probeGrid has a row for each probe, in the order made.
func probeGrid(rec *record.Record, arms []Arm) grid {
	g := grid{About: "Each probe of the searches, in the order made. p50 and p99 are of all prompts due, a failure being infinite."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{"prompts/s", "due", "answered", "handed over", "error rate", "p50 ms", "p99 ms", "backlog grew"} {
		g.Columns = append(g.Columns, column{name, true})
	}
	g.Columns = append(g.Columns, column{Name: "held"})
	for i := range rec.Arms {
		if rec.Arms[i].Capacity == nil {
			continue
		}
		for _, p := range rec.Arms[i].Capacity.Probes {
			row := append(levelsOf(rec.Axes, arms[i]), figures(p.RatePerS, 4), counted(p.Due), counted(p.Answered))
			held := "held"
			if !p.Held {
				held = p.WhyNot
			}
			g.Rows = append(g.Rows, append(row, percent(p.HandedOver), percent(p.ErrorRate), known(p.P50MS), known(p.P99MS), percent(p.Backlog), held))
		}
	}
	return g
}

// middle is the median, the upper one of two.
func middle(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// remark is why the rate above did not hold, and what is doubtful about the search.
func remark(c *record.Capacity) string {
	said := "nothing failed up to " + figures(c.ToPerS, 4) + "/s"
	for _, p := range c.Probes {
		if p.RatePerS == c.FailedPerS && !p.Held {
			said = p.WhyNot
		}
	}
	switch {
	case !c.Complete:
		return "cut short after " + plural(len(c.Probes), "probe")
	case !c.Confirmed:
		return "NOT CONFIRMED, the probes disagree: " + said
	}
	return said
}

// capacitySentences compare the capacities of each axis's levels with its first,
// the other axes pooled, where every arm has one.
func capacitySentences(rec *record.Record) []string {
	if slices.ContainsFunc(rec.Arms, func(a record.Arm) bool { return !isKnown(a.Capacity) }) {
		return nil
	}
	var out []string
	for _, axis := range rec.Axes {
		for _, head := range axis.Levels[min(1, len(axis.Levels)):] {
			base := axis.Levels[0]
			ratio := math.Exp(meanLogRatio(rec, axis.Name, base, head))
			out = append(out, fmt.Sprintf("%s: the capacity of %s is %s× that of %s (by search: no interval).", axis.Name, head, figures(ratio, 3), base))
		}
	}
	return out
}

// meanLogRatio is over the arms that differ in nothing but the axis.
func meanLogRatio(rec *record.Record, axis, base, head string) float64 {
	sum, pairs := 0.0, 0
	for _, a := range rec.Arms {
		for _, b := range rec.Arms {
			swapped := maps.Clone(b.Levels)
			swapped[axis] = base
			if b.Levels[axis] == head && maps.Equal(a.Levels, swapped) {
				sum += math.Log(b.Capacity.HeldPerS / a.Capacity.HeldPerS)
				pairs++
			}
		}
	}
	return sum / float64(max(pairs, 1))
}

// capacityWarnings are the doubts about an arm's search.
func capacityWarnings(c *record.Capacity) []string {
	if c == nil {
		return nil
	}
	var out []string
	if c.Complete && !c.Confirmed {
		out = append(out, "the capacity is not confirmed: its probes disagree")
	}
	if generatorLimited(c) {
		out = append(out, "the generator was the limit of the search for the capacity")
	}
	for _, p := range c.Probes {
		if p.RatePerS == c.HeldPerS && c.P99MS > 0 && float64(p.Due)*0.01 < beyond {
			return append(out, fmt.Sprintf("the capacity's p99 rests on fewer than %d prompts beyond it", beyond))
		}
	}
	return out
}

// capacityNames and capacityCells are the columns of capacity; empty cells where it is not known.
func capacityNames() []string {
	return strings.Fields("capacity capacity_bound capacity_held capacity_failed capacity_confirmed capacity_complete capacity_probes")
}

func capacityCells(c *record.Capacity) []string {
	if c == nil {
		return make([]string, len(capacityNames()))
	}
	rate := func(v float64) string {
		if v == 0 {
			return ""
		}
		return number(&v)
	}
	return []string{
		rate(c.HeldPerS), bound(c), rate(c.HeldPerS), rate(c.FailedPerS),
		fmt.Sprint(c.Confirmed), fmt.Sprint(c.Complete), whole(uint64(len(c.Probes))),
	}
}
