package page

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// partsGrid has a row for each arm; none where no arm's parts are known.
func partsGrid(rec *record.Record, arms []summary.Arm) Grid {
	names := summary.PartNames(arms)
	if len(names) == 0 {
		return Grid{}
	}
	g := Grid{About: "Mean ms per answered prompt and share of its mean response latency, in the order a prompt lives through the parts; " +
		"they add up to the nanosecond, where the mean above is a histogram's. Connect, sending, waiting (request written to first byte) and body are the last attempt's; the remainder is in no part: " +
		"handing requests over and building them. A part that no arm had is left out. Server total is what the server reports of itself " +
		"(Server-Timing), with its share of waiting and body: what it leaves of them is the network and both ends' stacks."}
	g.Columns = levelColumns(rec.Axes)
	g.Columns = append(g.Columns, Column{"response ms", true})
	for _, name := range names {
		g.Columns = append(g.Columns, Column{format.Part(name) + " ms", true})
	}
	g.Columns = append(g.Columns, Column{"server total ms", true}, Column{Name: "server entries ms"})
	for _, arm := range arms {
		g.Rows = append(g.Rows, append(levelsOf(rec.Axes, arm), partCells(arm.Parts, names)...))
	}
	return g
}

func partCells(p *summary.Parts, names []string) []string {
	if p == nil {
		return slices.Repeat([]string{format.Unknown}, len(names)+3)
	}
	cells := []string{format.Millis(p.Response)}
	for _, name := range names {
		cells = append(cells, format.PartOf(p.Mean(name), p.Response))
	}
	return append(cells, serverTotal(p), serverEntries(p))
}

func serverTotal(p *summary.Parts) string {
	total, reported := p.Server["total"]
	if !reported {
		return format.Unknown
	}
	return format.PartOf(total, p.Mean("waiting", "body"))
}

// serverEntries are what the server's total is made of, as far as it says.
func serverEntries(p *summary.Parts) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.Server)) {
		if name != "total" {
			out = append(out, name+" "+format.Micros(p.Server[name]))
		}
	}
	if len(out) == 0 {
		return format.Unknown
	}
	return strings.Join(out, ", ")
}

// timeSentence is partsGrid for a terminal: the parts that are 1% of some arm's
// mean response latency, largest first, from the least arm to the most, and the
// remainder. It is empty where no arm's parts are known.
func timeSentence(arms []summary.Arm) string {
	type span struct {
		name        string
		least, most float64
	}
	var spans []span
	for _, name := range summary.PartNames(arms) {
		s := span{name: name, least: 1}
		for _, arm := range arms {
			if arm.Parts != nil && arm.Parts.Response > 0 {
				share := arm.Parts.Mean(name) / arm.Parts.Response
				s.least, s.most = min(s.least, share), max(s.most, share)
			}
		}
		if s.most >= 0.01 || name == summary.Remainder {
			spans = append(spans, s)
		}
	}
	if len(spans) == 0 {
		return ""
	}
	parts := spans[:len(spans)-1] // the remainder stays last
	slices.SortStableFunc(parts, func(a, b span) int { return cmp.Compare(b.most, a.most) })
	var out []string
	for _, s := range spans {
		least, most := format.Percent(&s.least), format.Percent(&s.most)
		if least != most {
			most = strings.TrimSuffix(least, "%") + "–" + most
		}
		out = append(out, format.Part(s.name)+" "+most)
	}
	return "Where the time went, of each arm's mean response latency: " + strings.Join(out, ", ") + ". By arm in report.md."
}
