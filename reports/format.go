package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"weighbridge/bench/record"
)

// Formats are the forms that Write knows, in the order to offer them.
func Formats() []string { return []string{"table", "markdown", "csv", "json", "html", "junit"} }

// Write prints what was judged in the format. A format it does not know is an error that names those it does.
func Write(w io.Writer, format string, j Judged) error {
	if !slices.Contains(Formats(), format) {
		return fmt.Errorf("unknown format %q: it is one of %s", format, strings.Join(Formats(), ", "))
	}
	s := Summarize(j)
	switch format {
	case "csv":
		return writeCSV(w, j.Record, s)
	case "json":
		return writeJSON(w, s)
	case "table":
		return writeTable(w, newPage(j, s), Screen{})
	case "junit":
		return WriteJUnit(w, j)
	}
	plots, err := draft(j.Record, s)
	if err != nil {
		return err
	}
	if format == "markdown" {
		return writeMarkdown(w, newPage(j, s), plots)
	}
	return writeHTML(w, newPage(j, s), plots)
}

func axisNames(rec *record.Record) []string {
	var out []string
	for _, axis := range rec.Axes {
		out = append(out, axis.Name)
	}
	return out
}

// File is one file of a report; its name is relative, with slashes.
type File struct {
	Name  string
	Bytes []byte
}

// Folder makes the files that belong beside a record: report.md, report.html and
// every plot in plots/ as svg and png.
func Folder(j Judged) ([]File, error) {
	s := Summarize(j)
	p := newPage(j, s)
	plots, err := draft(j.Record, s)
	if err != nil {
		return nil, err
	}
	var md, html bytes.Buffer
	if err := writeMarkdown(&md, p, plots); err != nil {
		return nil, err
	}
	if err := writeHTML(&html, p, plots); err != nil {
		return nil, err
	}
	files := []File{{"report.md", md.Bytes()}, {"report.html", html.Bytes()}}
	rendered, err := render(plots)
	if err != nil {
		return nil, err
	}
	for _, plot := range rendered {
		files = append(files, File{"plots/" + plot.Name + ".svg", plot.SVG}, File{"plots/" + plot.Name + ".png", plot.PNG})
	}
	return files, nil
}
