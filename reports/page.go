package reports

import (
	"bytes"
	"io"
	"strings"

	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/render"
	"weighbridge/reports/web"
)

// writePage writes report.html of a record. The JSON in it is that of original, whose texts are as they
// were; everything else is of printable.
func writePage(w io.Writer, original, printable *Judged, plots []plot.Plot) error {
	var asJSON, asCSV bytes.Buffer
	if err := render.JSON(&asJSON, original.Summary()); err != nil {
		return err
	}
	if err := render.CSV(&asCSV, printable); err != nil {
		return err
	}
	rec := printable.Record
	return web.Write(w, web.Document{
		Page: page.New(printable), Plots: plots, Arms: rec.Arms, Axes: rec.Axes, Source: linesOf(rec.Scenario.Source),
		Downloads: []web.Download{{Name: "summary.json", MediaType: "application/json", Bytes: asJSON.Bytes()}, {Name: "arms.csv", MediaType: "text/csv", Bytes: asCSV.Bytes()}},
	})
}

// linesOf is a text of several lines without control characters.
func linesOf(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		out = append(out, line[:indent]+format.OneLine(line))
	}
	return strings.Join(out, "\n")
}
