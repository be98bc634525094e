package reports

import (
	"bytes"
	"errors"
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
	if err := render.JSON(&asJSON, answered(original)); err != nil {
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

// writeCompared writes the page of a comparison. The JSON in it is that of original.
func writeCompared(w io.Writer, original, printable Compared) error {
	joined := printable.Joined()
	if joined == nil {
		return errors.New("a page needs the records that are compared")
	}
	plots, err := plot.Compared(printable, joined)
	if err != nil {
		return err
	}
	var asJSON, asCSV bytes.Buffer
	if err := render.CompareJSON(&asJSON, original); err != nil {
		return err
	}
	if err := render.CompareCSV(&asCSV, printable); err != nil {
		return err
	}
	return web.Write(w, web.Document{
		Page: page.OfCompared(printable, joined), Plots: plots, Main: "forest", Arms: joined.Record.Arms, Axes: joined.Record.Axes, Source: linesOf(sourceOf(printable)),
		Downloads: []web.Download{{Name: "compare.json", MediaType: "application/json", Bytes: asJSON.Bytes()}, {Name: "compare.csv", MediaType: "text/csv", Bytes: asCSV.Bytes()}},
	})
}

// sourceOf is the scenario of what is compared, or both if they differ.
func sourceOf(c Compared) string {
	base := c.Base.Scenario.Source
	if c.Head == nil || c.Head.Scenario.Source == base {
		return base
	}
	return "# Base\n" + base + "\n---\n# Head\n" + c.Head.Scenario.Source
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
