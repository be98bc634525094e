// Package reports prints a record and what judged it: the summary that scripts read, a table
// for the terminal, markdown, HTML, CSV, plots, and the verdict as people and CI read it.
// Each is made of these two alone and is the same to the byte whenever and wherever it is
// made. README.md says how to add a section, a plot or a format.
package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/render"
	"weighbridge/reports/summary"
)

type (
	// Judged is a record with what its rules and claims made of it.
	Judged = summary.Judged
	// Compared is two records, or two levels of an axis, side by side.
	Compared = page.Compared
	// Screen is what text is printed on; the zero Screen is a file or a pipe.
	Screen = render.Screen
)

// Formats are the forms that Write knows, in the order to offer them.
func Formats() []string { return []string{"table", "markdown", "csv", "json", "html", "junit"} }

// Write prints what was judged in the format, for the screen where that is a table. A format
// it does not know is an error that names those it does.
func Write(w io.Writer, screen Screen, format string, j *Judged) error {
	switch format {
	case "csv":
		return render.CSV(w, j)
	case "json":
		return render.JSON(w, j.Summary())
	case "table":
		return render.Table(w, screen, page.New(j))
	case "junit":
		return render.JUnit(w, j)
	case "markdown", "html":
		plots, err := plot.All(j)
		if err != nil {
			return err
		}
		if format == "html" {
			return render.HTML(w, page.New(j), plots)
		}
		return render.Markdown(w, page.New(j), plots)
	}
	return unknownFormat(format, Formats())
}

// CompareFormats are the forms that WriteCompare knows, in the order to offer them.
func CompareFormats() []string { return []string{"table", "markdown", "csv", "json"} }

// WriteCompare prints the comparison in the format, for the screen where that is a table.
func WriteCompare(w io.Writer, screen Screen, format string, c Compared) error {
	c = c.Finite()
	switch format {
	case "table":
		return render.CompareTable(w, screen, c)
	case "markdown":
		return render.CompareMarkdown(w, c)
	case "csv":
		return render.CompareCSV(w, c)
	case "json":
		return render.CompareJSON(w, c)
	}
	return unknownFormat(format, CompareFormats())
}

func unknownFormat(format string, all []string) error {
	return fmt.Errorf("unknown format %q: it is one of %s", format, strings.Join(all, ", "))
}

// VerdictFormats are the forms that WriteVerdict knows, in the order to offer them.
func VerdictFormats() []string { return []string{"text", "json", "markdown", "junit"} }

// WriteVerdict prints the verdict in the format, for the screen where that is text, which
// has every finding if verbose.
func WriteVerdict(w io.Writer, screen Screen, format string, j *Judged, verbose bool) error {
	switch format {
	case "text":
		return render.Verdict(w, screen, j, verbose)
	case "json":
		return render.VerdictJSON(w, j)
	case "markdown":
		return render.StepSummary(w, j)
	case "junit":
		return render.JUnit(w, j)
	}
	return unknownFormat(format, VerdictFormats())
}

// WriteJUnit prints the judgements as one JUnit XML document.
func WriteJUnit(w io.Writer, judged ...*Judged) error { return render.JUnit(w, judged...) }

// WriteStepSummary prints the verdict as the Markdown of a step's summary on GitHub.
func WriteStepSummary(w io.Writer, j *Judged) error { return render.StepSummary(w, j) }

// Annotations are the verdict as GitHub's workflow commands, a line each.
func Annotations(j *Judged) []string { return render.Annotations(j) }

// File is one file of a report; its name is relative, with slashes.
type File struct {
	Name  string
	Bytes []byte
}

// Folder makes the files that belong beside a record: report.md, report.html and
// every plot in plots/ as svg and png.
func Folder(j *Judged) ([]File, error) {
	p := page.New(j)
	plots, err := plot.All(j)
	if err != nil {
		return nil, err
	}
	var md, html bytes.Buffer
	if err := render.Markdown(&md, p, plots); err != nil {
		return nil, err
	}
	if err := render.HTML(&html, p, plots); err != nil {
		return nil, err
	}
	pictures, err := files(plots)
	for i := range pictures {
		pictures[i].Name = "plots/" + pictures[i].Name
	}
	return slices.Concat([]File{{"report.md", md.Bytes()}, {"report.html", html.Bytes()}}, pictures), err
}

// Plots makes every plot of the record as svg and png.
func Plots(j *Judged) ([]File, error) {
	plots, err := plot.All(j)
	if err != nil {
		return nil, err
	}
	return files(plots)
}

func files(plots []plot.Plot) ([]File, error) {
	var out []File
	for _, p := range plots {
		svg, err := p.SVG()
		if err != nil {
			return nil, err
		}
		png, err := p.PNG()
		if err != nil {
			return nil, err
		}
		out = append(out, File{p.Name + ".svg", svg}, File{p.Name + ".png", png})
	}
	return out, nil
}
