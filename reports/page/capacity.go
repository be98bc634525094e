package page

import (
	"fmt"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// capacityCell is the capacity as far as it is known.
func capacityCell(c *record.Capacity) string {
	if c == nil {
		return format.Unknown
	}
	switch summary.BoundOf(c) {
	case summary.Unbounded:
		return format.Unknown
	case summary.Under:
		return "under " + format.Significant(c.FailedPerS, 4)
	case summary.AtLeast:
		return "at least " + format.Significant(c.HeldPerS, 4)
	}
	return format.Significant(c.HeldPerS, 4)
}

// capacityGrid has a row for each arm whose capacity was searched for.
func capacityGrid(rec *record.Record, arms []summary.Arm) Grid {
	g := Grid{About: capacityLine(rec)}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{"capacity/s", "bracket/s", "p50 ms", "p99 ms", "error rate", "probes"} {
		g.Columns = append(g.Columns, Column{name, true})
	}
	g.Columns = append(g.Columns, Column{Name: "what did not hold above it"})
	for i := range rec.Arms {
		c := rec.Arms[i].Capacity
		if c == nil {
			continue
		}
		row := append(levelsOf(rec.Axes, arms[i]), capacityCell(c), bracketCell(c))
		row = append(row, heldCells(c)...)
		g.Rows = append(g.Rows, append(row, format.Count(uint64(len(c.Probes))), remark(c)))
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
		all = append(all, fmt.Sprintf("error rate at most %s", format.Percent(&c.ErrorRate)))
	}
	if c.P99MS > 0 {
		all = append(all, fmt.Sprintf("response p99 at most %s ms, a failure being infinite", format.Millis(c.P99MS)))
	}
	return strings.Join(append(all, "99% handed over", "no growing backlog"), ", ")
}

// bracketCell is the bracket; a dash is an end that was not found.
func bracketCell(c *record.Capacity) string {
	end := func(rate float64) string {
		if rate == 0 {
			return "?"
		}
		return format.Significant(rate, 4)
	}
	return end(c.HeldPerS) + "–" + end(c.FailedPerS)
}

// heldCells are the figures of the probes at the capacity: the median of each.
func heldCells(c *record.Capacity) []string {
	held := summary.HeldAt(c)
	return []string{format.Three(held.P50MS), format.Three(held.P99MS), format.Percent(held.ErrorRate)}
}

// probeGrid has a row for each probe, in the order made.
func probeGrid(rec *record.Record, arms []summary.Arm) Grid {
	g := Grid{About: "Each probe of the searches, in the order made. p50 and p99 are of all prompts due, a failure being infinite."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{"prompts/s", "due", "answered", "handed over", "error rate", "p50 ms", "p99 ms", "backlog grew"} {
		g.Columns = append(g.Columns, Column{name, true})
	}
	g.Columns = append(g.Columns, Column{Name: "held"})
	for i := range rec.Arms {
		if rec.Arms[i].Capacity == nil {
			continue
		}
		for _, p := range rec.Arms[i].Capacity.Probes {
			row := append(levelsOf(rec.Axes, arms[i]), format.Significant(p.RatePerS, 4), format.Count(p.Due), format.Count(p.Answered))
			held := "held"
			if !p.Held {
				held = p.WhyNot
			}
			g.Rows = append(g.Rows, append(row, format.Percent(p.HandedOver), format.Percent(p.ErrorRate), format.Three(p.P50MS), format.Three(p.P99MS), format.Percent(p.Backlog), held))
		}
	}
	return g
}

// remark is why the rate above did not hold, and what is doubtful about the search.
func remark(c *record.Capacity) string {
	said := "nothing failed up to " + format.Significant(c.ToPerS, 4) + "/s"
	for _, p := range c.Probes {
		if p.RatePerS == c.FailedPerS && !p.Held {
			said = p.WhyNot
		}
	}
	switch {
	case !c.Complete:
		return "cut short after " + format.Plural(len(c.Probes), "probe")
	case !c.Confirmed:
		return "NOT CONFIRMED, the probes disagree: " + said
	}
	return said
}

// capacitySentences compare the capacities of each axis's levels with its first,
// the other axes pooled, where every arm has one.
func capacitySentences(rec *record.Record) []string {
	var out []string
	for _, axis := range rec.Axes {
		for _, head := range axis.Levels[min(1, len(axis.Levels)):] {
			if ratio, known := summary.CapacityRatio(rec, axis, head); known {
				out = append(out, fmt.Sprintf("%s: the capacity of %s is %s× that of %s (by search: no interval).", axis.Name, head, format.Significant(ratio, 3), axis.Levels[0]))
			}
		}
	}
	return out
}
