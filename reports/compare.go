package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/renderer"

	"weighbridge/bench/gate"
)

// CompareSchema names the version of a comparison as JSON.
const CompareSchema = "weighbridge.compare/v1"

// Compared is two records, or two levels of an axis, side by side.
type Compared struct {
	// Old and New name the two sides.
	Old, New string
	// Deltas are in the order of arms, and of metrics within an arm.
	Deltas []gate.Delta
	// Warnings are doubts about the whole.
	Warnings []string
}

// CompareFormats are the forms that WriteCompare knows, in the order to offer them.
func CompareFormats() []string { return []string{"table", "markdown", "csv", "json"} }

// WriteCompare prints the comparison in the format, for the screen where that is a table.
func (s Screen) WriteCompare(w io.Writer, format string, c Compared) error {
	switch format {
	case "table":
		return s.writeCompareTable(w, c)
	case "markdown":
		return writeCompareMarkdown(w, c)
	case "csv":
		return writeCompareCSV(w, c)
	case "json":
		return writeCompareJSON(w, c)
	}
	return fmt.Errorf("unknown format %q: it is one of %s", format, strings.Join(CompareFormats(), ", "))
}

// metricsOf are the metrics of the deltas, in the order met.
func metricsOf(deltas []gate.Delta) []string {
	var out []string
	for _, d := range deltas {
		if !slices.Contains(out, d.Metric) {
			out = append(out, d.Metric)
		}
	}
	return out
}

// metricWords are a metric and its unit.
func metricWords(metric string) string {
	switch metric {
	case "tps":
		return "TPS, prompts/s"
	case "error_rate":
		return "Error rate"
	}
	if name, share, ok := strings.Cut(metric, "_"); ok { // ttft_p50
		return share + " of " + strings.ToUpper(name) + ", ms"
	}
	return metric + " of response latency, ms"
}

// compareGrids are a grid for each metric, and the footnotes that they refer to.
func compareGrids(c Compared) (grids []grid, notes []string) {
	for _, metric := range metricsOf(c.Deltas) {
		g := grid{
			About: metricWords(metric),
			Columns: []column{
				{Name: "arm"},
				{"old", true},
				{"new", true},
				{"delta", true},
				{"95% interval", true},
				{"p", true},
				{Name: "notes"},
			},
		}
		for _, d := range c.Deltas {
			if d.Metric != metric {
				continue
			}
			delta, interval := deltaCells(d)
			row := []string{oneLine(d.Arm), compareFigure(metric, d.Old), compareFigure(metric, d.New), delta, interval, chance(d.P)}
			g.Rows = append(g.Rows, append(row, footnotes(d.Warnings, &notes)))
		}
		grids = append(grids, withoutNotes(g))
	}
	return grids, notes
}

// footnotes are the numbers of the warnings, which are added to the notes where they are new.
func footnotes(warnings []string, notes *[]string) string {
	var numbers []string
	for _, w := range oneLines(warnings) {
		at := slices.Index(*notes, w)
		if at < 0 {
			*notes = append(*notes, w)
			at = len(*notes) - 1
		}
		numbers = append(numbers, fmt.Sprintf("(%d)", at+1))
	}
	return strings.Join(numbers, " ")
}

// withoutNotes leaves out the last column where no row has a note.
func withoutNotes(g grid) grid {
	last := len(g.Columns) - 1
	if slices.ContainsFunc(g.Rows, func(row []string) bool { return row[last] != "" }) {
		return g
	}
	bare := g.columns(1, 1, last)
	bare.About = g.About
	return bare
}

func compareFigure(metric string, v *float64) string {
	v = finite(v)
	switch metric {
	case "tps":
		return perSecond(v)
	case "error_rate":
		return percent(v)
	}
	return known(v)
}

// deltaCells are the difference in percent, ~ where the interval leaves it open
// which way it goes, and the interval.
func deltaCells(d gate.Delta) (delta, interval string) {
	ratio, low, high := finite(d.Ratio), finite(d.Low), finite(d.High)
	if ratio == nil || low == nil || high == nil {
		return "~", unknown
	}
	interval = percentMore(*low) + " to " + percentMore(*high)
	if *low <= 1 && *high >= 1 {
		return "~", interval
	}
	return percentMore(*ratio), interval
}

// percentMore prints a ratio as how much more than 1 it is.
func percentMore(ratio float64) string {
	text := figures((ratio-1)*100, 2) + "%"
	if ratio > 1 {
		return "+" + text
	}
	return text
}

func compareLine(c Compared) string {
	return fmt.Sprintf("Old: %s. New: %s. ~ stands where no difference could be told apart from noise.", oneLine(c.Old), oneLine(c.New))
}

func (s Screen) writeCompareTable(w io.Writer, c Compared) error {
	var out bytes.Buffer
	prose(&out, s.prose(), plain, compareLine(c))
	grids, notes := compareGrids(c)
	for _, g := range grids {
		if err := writeFitted(&out, g, s); err != nil {
			return err
		}
	}
	if len(notes) > 0 {
		fmt.Fprintln(&out)
	}
	for i, note := range notes {
		prose(&out, s.prose(), s.Doubt, fmt.Sprintf("(%d) %s", i+1, note))
	}
	if len(c.Warnings) > 0 {
		fmt.Fprintf(&out, "\n%s\n", s.Doubt("Warnings:"))
		list(&out, s.prose(), s.Doubt, oneLines(c.Warnings))
	}
	_, err := w.Write(trailingSpace.ReplaceAll(out.Bytes(), nil))
	return err
}

func writeCompareMarkdown(w io.Writer, c Compared) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n\n", markdownText(compareLine(c)))
	grids, notes := compareGrids(c)
	for _, g := range grids {
		fmt.Fprintf(&out, "## %s\n\n", markdownText(g.About))
		if err := writeGrid(&out, escaped(g), renderer.NewMarkdown()); err != nil {
			return err
		}
		fmt.Fprintln(&out)
	}
	for i, note := range notes {
		fmt.Fprintf(&out, "(%d) %s\n\n", i+1, markdownText(note))
	}
	if len(c.Warnings) > 0 {
		fmt.Fprint(&out, "## Warnings\n\n")
		bullets(&out, c.Warnings)
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// writeCompareCSV prints a row for each arm and metric; an unknown figure is an empty cell.
func writeCompareCSV(w io.Writer, c Compared) error {
	out := csv.NewWriter(w)
	if err := out.Write(strings.Fields("arm metric old new ratio low high p warnings")); err != nil {
		return err
	}
	for _, d := range c.Deltas {
		row := []string{d.Arm, d.Metric}
		for _, v := range []*float64{d.Old, d.New, d.Ratio, d.Low, d.High, d.P} {
			row = append(row, number(finite(v)))
		}
		if err := out.Write(append(row, strings.Join(slices.Concat(c.Warnings, d.Warnings), "; "))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeCompareJSON prints the comparison as one line.
func writeCompareJSON(w io.Writer, c Compared) error {
	deltas := []gate.Delta{}
	for _, d := range c.Deltas {
		for _, v := range []**float64{&d.Old, &d.New, &d.Ratio, &d.Low, &d.High, &d.P} {
			*v = finite(*v)
		}
		d.Warnings = append([]string{}, d.Warnings...)
		deltas = append(deltas, d)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Schema   string       `json:"schema"`
		Old      string       `json:"old"`
		New      string       `json:"new"`
		Warnings []string     `json:"warnings"`
		Deltas   []gate.Delta `json:"deltas"`
	}{CompareSchema, c.Old, c.New, append([]string{}, c.Warnings...), deltas})
}
