package reports

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/record"
)

// Parts are where an arm's response latency went: means in milliseconds over its
// answered prompts.
type Parts struct {
	// Response is the mean response latency, the sum of Means.
	Response float64
	// Means are the parts in the order in which a prompt lives through them, the
	// remainder last.
	Means []PartMean
	// Server is what the server reports of the last attempt by Server-Timing, by
	// entry, over the prompts whose answers report it.
	Server map[string]float64
}

// PartMean is one part's mean, named as in the record.
type PartMean struct {
	Name string
	MS   float64
}

// partsOf is nil where the record does not tell, or no prompt was answered.
func partsOf(m measured) *Parts {
	var sums record.Parts
	prompts := uint64(0)
	for _, s := range m.slices {
		if s.Parts != nil {
			sums.Merge(s.Parts)
			prompts += s.Answered
		}
	}
	if prompts == 0 {
		return nil
	}
	out := &Parts{Server: map[string]float64{}}
	for _, part := range sums.All() {
		mean := part.TotalMS / float64(prompts)
		out.Response += mean
		out.Means = append(out.Means, PartMean{part.Name, mean})
	}
	for name, sum := range sums.Server {
		out.Server[name] = sum.TotalMS / float64(sum.Count)
	}
	return out
}

// mean is the mean of the named parts together, in ms.
func (p *Parts) mean(names ...string) float64 {
	sum := 0.0
	for _, part := range p.Means {
		if slices.Contains(names, part.Name) {
			sum += part.MS
		}
	}
	return sum
}

// partRemainder is the part that is shown even where there is none of it.
const partRemainder = "remainder"

// partLabel is a part in words.
func partLabel(name string) string {
	switch name {
	case "fill":
		return "batch filling"
	case "earlier", "between":
		return name + " attempts"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// partNames are those that any arm had, in order, and the remainder; none where
// no arm's parts are known.
func partNames(arms []Arm) []string {
	var all record.Parts
	var names []string
	known := slices.DeleteFunc(slices.Clone(arms), func(a Arm) bool { return a.Parts == nil })
	for _, part := range all.All() {
		had := slices.ContainsFunc(known, func(a Arm) bool { return a.Parts.mean(part.Name) != 0 })
		if had || part.Name == partRemainder && len(known) > 0 {
			names = append(names, part.Name)
		}
	}
	return names
}

// partsGrid has a row for each arm; none where no arm's parts are known.
func partsGrid(rec *record.Record, arms []Arm) grid {
	names := partNames(arms)
	if len(names) == 0 {
		return grid{}
	}
	g := grid{About: "Mean ms per answered prompt and share of its mean response latency, in the order a prompt lives through the parts; " +
		"they add up to the nanosecond, where the mean above is a histogram's. Connect, sending, waiting (request written to first byte) and body are the last attempt's; the remainder is in no part: " +
		"handing requests over and building them. A part that no arm had is left out. Server total is what the server reports of itself " +
		"(Server-Timing), with its share of waiting and body: what it leaves of them is the network and both ends' stacks."}
	g.Columns = levelColumns(rec.Axes)
	g.Columns = append(g.Columns, column{"response ms", true})
	for _, name := range names {
		g.Columns = append(g.Columns, column{partLabel(name) + " ms", true})
	}
	g.Columns = append(g.Columns, column{"server total ms", true}, column{Name: "server entries ms"})
	for _, arm := range arms {
		g.Rows = append(g.Rows, append(levelsOf(rec.Axes, arm), partCells(arm.Parts, names)...))
	}
	return g
}

func partCells(p *Parts, names []string) []string {
	if p == nil {
		return slices.Repeat([]string{unknown}, len(names)+3)
	}
	cells := []string{millis(p.Response)}
	for _, name := range names {
		cells = append(cells, ofWhole(p.mean(name), p.Response))
	}
	return append(cells, serverTotal(p), serverEntries(p))
}

// ofWhole prints a part and its share, to 0.1% at the finest.
func ofWhole(part, whole float64) string {
	share := percent(ratio(part, whole))
	switch {
	case part == 0:
		return "0"
	case part > 0 && part < whole/1000:
		share = "<0.1%"
	}
	return fmt.Sprintf("%s (%s)", micros(part), share)
}

// micros prints milliseconds with three significant digits, and to the microsecond at the finest.
func micros(v float64) string {
	switch {
	case v > 0 && v < 0.001:
		return "<0.001"
	case math.Abs(v) < 0.1 && v != 0:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return millis(v)
}

func serverTotal(p *Parts) string {
	total, reported := p.Server["total"]
	if !reported {
		return unknown
	}
	return ofWhole(total, p.mean("waiting", "body"))
}

// serverEntries are what the server's total is made of, as far as it says.
func serverEntries(p *Parts) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.Server)) {
		if name != "total" {
			out = append(out, name+" "+micros(p.Server[name]))
		}
	}
	if len(out) == 0 {
		return unknown
	}
	return strings.Join(out, ", ")
}

// timeSentence is partsGrid for a terminal: the parts that are 1% of some arm's
// mean response latency, largest first, from the least arm to the most, and the
// remainder. It is empty where no arm's parts are known.
func timeSentence(arms []Arm) string {
	type span struct {
		name        string
		least, most float64
	}
	var spans []span
	for _, name := range partNames(arms) {
		s := span{name: name, least: 1}
		for _, arm := range arms {
			if arm.Parts != nil && arm.Parts.Response > 0 {
				share := arm.Parts.mean(name) / arm.Parts.Response
				s.least, s.most = min(s.least, share), max(s.most, share)
			}
		}
		if s.most >= 0.01 || name == partRemainder {
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
		least, most := percent(&s.least), percent(&s.most)
		if least != most {
			most = strings.TrimSuffix(least, "%") + "–" + most
		}
		out = append(out, partLabel(s.name)+" "+most)
	}
	return "Where the time went, of each arm's mean response latency: " + strings.Join(out, ", ") + ". By arm in report.md."
}
