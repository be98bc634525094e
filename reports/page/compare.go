package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// Compared is two records, or two levels of an axis, side by side.
type Compared struct {
	// Old and New name the two sides.
	Old, New string
	// Deltas are in the order of arms, and of metrics within an arm.
	Deltas []figures.Delta
	// Warnings are doubts about the whole.
	Warnings []string
}

// metricsOf are the metrics of the deltas, in the order met.
func metricsOf(deltas []figures.Delta) []string {
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

// CompareGrids are a Grid for each metric, and the footnotes that they refer to.
func CompareGrids(c Compared) (grids []Grid, notes []string) {
	for _, metric := range metricsOf(c.Deltas) {
		g := Grid{
			About: metricWords(metric),
			Columns: []Column{
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
			row := []string{format.OneLine(d.Arm), compareFigure(metric, d.Old), compareFigure(metric, d.New), delta, interval, format.P(d.P)}
			g.Rows = append(g.Rows, append(row, footnotes(d.Warnings, &notes)))
		}
		grids = append(grids, withoutNotes(g))
	}
	return grids, notes
}

// footnotes are the numbers of the warnings, which are added to the notes where they are new.
func footnotes(warnings []string, notes *[]string) string {
	var numbers []string
	for _, w := range format.OneLines(warnings) {
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
func withoutNotes(g Grid) Grid {
	last := len(g.Columns) - 1
	if slices.ContainsFunc(g.Rows, func(row []string) bool { return row[last] != "" }) {
		return g
	}
	bare := Grid{About: g.About, Columns: g.Columns[:last]}
	for _, row := range g.Rows {
		bare.Rows = append(bare.Rows, row[:last])
	}
	return bare
}

func compareFigure(metric string, v *float64) string {
	v = summary.Finite(v)
	switch metric {
	case "tps":
		return format.PerSecond(v)
	case "error_rate":
		return format.Percent(v)
	}
	return format.Three(v)
}

// deltaCells are the difference in percent, ~ where the interval leaves it open
// which way it goes, and the interval.
func deltaCells(d figures.Delta) (delta, interval string) {
	ratio, low, high := summary.Finite(d.Ratio), summary.Finite(d.Low), summary.Finite(d.High)
	if ratio == nil || low == nil || high == nil {
		return "~", format.Unknown
	}
	interval = format.PercentMore(*low) + " to " + format.PercentMore(*high)
	if *low <= 1 && *high >= 1 {
		return "~", interval
	}
	return format.PercentMore(*ratio), interval
}

// CompareLine names the two sides.
func CompareLine(c Compared) string {
	return fmt.Sprintf("Old: %s. New: %s. ~ stands where no difference could be told apart from noise.", format.OneLine(c.Old), format.OneLine(c.New))
}
