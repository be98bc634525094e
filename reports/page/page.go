// Package page lays out what every form of a report says: texts, and tables of typed
// sections. The forms differ in how they print it alone.
package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// Page is what the table, markdown and HTML all say; they differ in form alone.
type Page struct {
	// Headline is the title and whether the figures count; Reasons are why not.
	Headline string
	Reasons  []string
	// Bad says that the figures do not count, Doubtful that they are incomplete or indicative.
	Bad, Doubtful bool
	// Verdict is that of all rules; empty without any.
	Verdict gate.Verdict
	// Answers are a sentence for each axis and level.
	Answers []string
	Arms    Grid
	// Streams is when content came, StreamAxes how levels compare by it.
	Streams          Grid
	Axes, StreamAxes Grid
	// Time is where the time went, TimeInShort the same as a sentence for the
	// terminal's table, which leaves the Grid out.
	Time        Grid
	TimeInShort string
	// Rules and Claims are the scenario's and what became of them.
	Rules, Claims Grid
	// Capacity is the searches for capacities, and Probes each of their probes; the
	// terminal's table leaves the probes out.
	Capacity, Probes Grid
	// Wire is the connections and bytes; the terminal's table leaves it out.
	Wire     Grid
	Quality  []string
	Warnings []string
}

// Grid is a table: a line about it, its columns, its rows.
type Grid struct {
	About   string
	Columns []Column
	Rows    [][]string
	// Prose says that the cells which are no figures may be folded.
	Prose bool
}

// Column is a heading with its unit; figures stand to the right.
type Column struct {
	Name  string
	Right bool
}

// New lays out the page of what was judged.
func New(j *summary.Judged) Page {
	rec, s, judgement := j.Record, j.Summary(), j.Tidy()
	p := Page{
		Headline: Headline(rec) + verdictAfter(rec, judgement),
		Reasons:  judgement.Invalid,
		Bad:      len(rec.Invalid) > 0,
		Doubtful: !rec.Complete || rec.Quick,
		Verdict:  judgement.Verdict,
		Answers:  append(sentences(s.Comparisons), capacitySentences(rec)...),
		Arms:     armGrid(rec, s.Arms),
		Streams:  streamGrid(rec, s.Arms),
		Axes:     axisGrid(s.Comparisons), StreamAxes: streamAxisGrid(s.Comparisons),
		Time: partsGrid(rec, s.Arms), TimeInShort: timeSentence(s.Arms),
		Rules:    RuleGrid(judgement),
		Claims:   claimGrid(j.Claims),
		Capacity: capacityGrid(rec, s.Arms),
		Probes:   probeGrid(rec, s.Arms),
		Wire:     wireGrid(rec, s.Arms),
		Quality:  quality(rec, s),
		Warnings: format.OneLines(s.Warnings),
	}
	if summary.CapacityOnly(rec) {
		p.Arms.Rows, p.Streams.Rows, p.Axes.Rows = nil, nil, nil
	}
	return p
}

// Headline begins with what the reader must know before any figure.
func Headline(rec *record.Record) string {
	title := rec.Scenario.Title
	if title == "" {
		title = rec.Scenario.Name
	}
	incomplete := ""
	if !rec.Complete {
		incomplete = "INCOMPLETE"
		if rec.Stopped != "" {
			incomplete += " (stopped: " + rec.Stopped + ")"
		}
	}
	switch {
	case len(rec.Invalid) > 0 && incomplete != "":
		return fmt.Sprintf("INVALID and %s: %s. These figures do not count.", incomplete, title)
	case len(rec.Invalid) > 0:
		return fmt.Sprintf("INVALID: %s. These figures do not count.", title)
	case incomplete != "":
		return fmt.Sprintf("%s: %s.", incomplete, title)
	case rec.Quick:
		return title + ". Valid, but a quick run: indicative only."
	}
	return title + ". Valid."
}

// verdictAfter is what the headline says of the rules, if there are any and the
// figures count.
func verdictAfter(rec *record.Record, j gate.Judgement) string {
	if j.Verdict == "" || len(rec.Invalid) > 0 {
		return ""
	}
	return " " + VerdictLine(j, false) + "."
}

// armGrid has a row for each arm, its levels in columns of their own.
func armGrid(rec *record.Record, arms []summary.Arm) Grid {
	offered := slices.ContainsFunc(arms, func(a summary.Arm) bool { return a.TPSFrom != nil && *a.TPSFrom == "open" })
	g := Grid{About: loadLine(rec)}
	g.Columns = levelColumns(rec.Axes)
	if offered {
		g.Columns = append(g.Columns, Column{"offered/s", true})
	}
	for _, name := range []string{"TPS", "mean ms", "p50 ms", "p90 ms", "p99 ms", "max ms", "error rate"} {
		g.Columns = append(g.Columns, Column{name, true})
	}
	g.Columns = append(g.Columns, Column{Name: "errors"})
	for _, arm := range arms {
		row := levelsOf(rec.Axes, arm)
		if offered {
			row = append(row, format.PerSecond(arm.Offered))
		}
		row = append(row, format.PerSecond(arm.TPS))
		row = append(row, latencyCells(arm.Response)...)
		g.Rows = append(g.Rows, append(row, format.Percent(arm.ErrorRate), errorsCell(arm)))
	}
	return g
}

// levelColumns are those of levelsOf.
func levelColumns(axes []record.Axis) []Column {
	if len(axes) == 0 {
		return []Column{{Name: "arm"}}
	}
	var columns []Column
	for _, axis := range axes {
		columns = append(columns, Column{Name: axis.Name})
	}
	return columns
}

// levelsOf are the arm's levels in the axes' order, or its name without axes.
func levelsOf(axes []record.Axis, arm summary.Arm) []string {
	if len(axes) == 0 {
		return []string{arm.Arm}
	}
	var out []string
	for _, axis := range axes {
		out = append(out, arm.Levels[axis.Name])
	}
	return out
}

func latencyCells(l *summary.Latency) []string {
	if l == nil {
		return []string{format.Unknown, format.Unknown, format.Unknown, format.Unknown, format.Unknown}
	}
	return []string{format.Millis(l.Mean), format.Millis(l.P50), format.Millis(l.P90), format.Millis(l.P99), format.Millis(l.Max)}
}

// errorsCell is the failed requests by class.
func errorsCell(arm summary.Arm) string {
	if arm.Requests == 0 {
		return format.Unknown
	}
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(arm.Errors)) {
		if n := arm.Errors[class]; n > 0 {
			parts = append(parts, class+" "+format.Count(n))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// axisGrid has a row for each axis and head, the other axes pooled; none without axes.
func axisGrid(comparisons []gate.Comparison) Grid {
	return ratioGrid(comparisons, "tps",
		"Head over base, other axes pooled, 95% interval in brackets. Over 1 is better for TPS, worse for the rest; no brackets, no interval.",
		[]named{{"tps", "TPS ×"}, {"p50", "p50 ×"}, {"p90", "p90 ×"}, {"p99", "p99 ×"}, {"error_rate", "error rate ×"}})
}

// named is a metric and the heading of its column.
type named struct{ metric, heading string }

// ratioGrid has a row for each axis and head that is compared by the metric first.
func ratioGrid(comparisons []gate.Comparison, first, about string, metrics []named) Grid {
	g := Grid{About: about, Columns: []Column{{Name: "axis"}, {Name: "head vs base"}}}
	for _, m := range metrics {
		g.Columns = append(g.Columns, Column{m.heading, true})
	}
	for _, row := range pooled(comparisons) {
		c := row[first]
		if c.Metric == "" {
			continue
		}
		cells := []string{c.Axis, c.Head + " vs " + c.Base}
		for _, m := range metrics {
			cells = append(cells, ratioCell(row[m.metric]))
		}
		g.Rows = append(g.Rows, cells)
	}
	return g
}

func ratioCell(c gate.Comparison) string {
	ratio, bounds := times(c)
	if bounds == "" {
		return ratio
	}
	return ratio + " (" + bounds + ")"
}

// Judged says that there are rules or claims to show.
func (p Page) Judged() bool { return len(p.Rules.Rows)+len(p.Claims.Rows) > 0 }

// Tone is the style of the headline.
func (p Page) Tone() string {
	switch {
	case p.Bad || p.Verdict == gate.Invalid || p.Verdict == gate.Regression:
		return "bad"
	case p.Verdict == gate.Inconclusive:
		return "doubt"
	}
	return ""
}

// Class is the style of a cell of the column.
func (g Grid) Class(i int, cell string) string {
	switch c := g.Columns[i]; {
	case c.Right:
		return "figure"
	case !g.Prose:
		return ""
	case c.Name == "verdict":
		return "verdict " + cell
	}
	return "prose"
}
