package page

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// timeParts is the table of where the response latency of each arm went. It has no rows if no
// arm's parts are known.
func timeParts(from Source) Section {
	names := summary.PartNames(from.Summary.Arms)
	if len(names) == 0 {
		return Section{}
	}
	of := func(value func(*summary.Parts) table.Value) func(armRow) table.Value {
		return func(row armRow) table.Value {
			if row.s.Parts == nil {
				return table.Text(format.Unknown)
			}
			return value(row.s.Parts)
		}
	}
	response := milliseconds("response_parts", "response ms", "Mean response latency of the answered prompts, the sum of its parts.")
	columns := append(levelsOfArm(from.Record.Axes), table.Figures(response, func(row armRow) *float64 {
		if row.s.Parts == nil {
			return nil
		}
		return &row.s.Parts.Response
	}))
	for _, name := range names {
		columns = append(columns, table.Numbers(format.PartName(name)+" ms", of(func(p *summary.Parts) table.Value { return table.Part{V: p.Mean(name), Whole: p.Response} })))
	}
	columns = append(columns, table.Numbers("server total ms", of(serverTotal)), table.Words("server entries ms", of(serverEntries)))
	return Section{
		Title: "Where the time went", Details: true, Short: timeSentence(from.Summary.Arms),
		Table: table.New("Mean ms per answered prompt and share of its mean response latency, in the order a prompt goes through the parts. "+
			"The parts are exact; the mean above comes from a histogram. Connect, sending, waiting (request written to first byte) and body are those of the last attempt. "+
			"The remainder is the time in no other part: handing requests over. A part that no arm had is left out. Server total is what the server reports of itself "+
			"(Server-Timing), with its share of waiting and body: the rest of those is the network and the network stacks of both ends.", armRows(from), columns),
	}
}

func serverTotal(p *summary.Parts) table.Value {
	total, reported := p.Server["total"]
	if !reported {
		return table.Text(format.Unknown)
	}
	return table.Part{V: total, Whole: p.Mean("waiting", "body")}
}

// serverEntries lists the entries of Server-Timing other than the total.
func serverEntries(p *summary.Parts) table.Value {
	var out table.List
	for _, name := range slices.Sorted(maps.Keys(p.Server)) {
		if name != "total" {
			out = append(out, name+" "+format.FineMillis(p.Server[name]))
		}
	}
	return out
}

// timeSentence is timeParts in short: each part that is at least 1% of some arm's mean
// response latency, and the remainder, with its lowest and highest share among the arms, the
// largest part first. It is empty if no arm's parts are known.
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
		out = append(out, format.PartName(s.name)+" "+most)
	}
	return "Where the time went, as a share of each arm's mean response latency: " + strings.Join(out, ", ") + ". For each arm see report.md."
}
