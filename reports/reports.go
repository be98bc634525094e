// Package reports prints a record and its judgement: as a table for the terminal, Markdown,
// HTML, CSV, JSON and plots, and the verdict for people and CI. The output depends on nothing
// else, so that the same record always gives the same bytes. README.md says how to add a
// section, a plot or a format.
package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"weighbridge/bench/record"
	"weighbridge/reports/answer"
	"weighbridge/reports/export"
	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/render"
	"weighbridge/reports/sides"
	"weighbridge/reports/summary"
)

type (
	// Judged is a record with the judgement of its rules and claims.
	Judged = summary.Judged
	// Compared is two records, or two levels of an axis, side by side.
	Compared = sides.Compared
	// Screen describes the terminal that text is printed on; the zero Screen is a file or a pipe.
	Screen = render.Screen
)

// Formats lists the formats of Write, in the order in which to offer them.
func Formats() []string {
	return slices.Concat([]string{"table", "markdown", "csv"}, csvTables(), []string{"json", "html", "junit", "hgrm", "hlog", "prometheus", "openmetrics"})
}

// csvPrefix begins the names of the formats that are tables of CSV.
const csvPrefix = "csv:"

func csvTables() (formats []string) {
	for _, name := range render.CSVTables() {
		formats = append(formats, csvPrefix+name)
	}
	return formats
}

// Write prints the report in the format; only the table depends on the screen. An unknown
// format is an error that lists Formats.
func Write(w io.Writer, screen Screen, format string, j *Judged) error {
	if Together(format) {
		return WriteTogether(w, format, j)
	}
	original := j
	if format != "json" {
		j = j.Printable()
	}
	switch format {
	case "csv":
		return render.CSV(w, j)
	case "json":
		return render.JSON(w, answered(j))
	case "table":
		return render.Table(w, screen, page.New(j))
	case "markdown", "html":
		plots, err := plot.All(j)
		if err != nil {
			return err
		}
		if format == "html" {
			return writePage(w, original, j, plots)
		}
		return render.Markdown(w, page.New(j), plots)
	}
	return unknownFormat(format, Formats())
}

// CompareFormats lists the formats of WriteCompare, in the order in which to offer them.
func CompareFormats() []string { return []string{"table", "markdown", "csv", "json", "html"} }

// WriteCompare prints the comparison in the format; only the table depends on the screen, and html needs
// the records.
func WriteCompare(w io.Writer, screen Screen, format string, c Compared) error {
	c = c.Finite()
	original := c
	if format != "json" {
		c = c.Printable()
	}
	switch format {
	case "table":
		return render.CompareTable(w, screen, c)
	case "markdown":
		return render.CompareMarkdown(w, c)
	case "csv":
		return render.CompareCSV(w, c)
	case "json":
		return render.CompareJSON(w, c)
	case "html":
		return writeCompared(w, original, c)
	}
	return unknownFormat(format, CompareFormats())
}

func unknownFormat(format string, all []string) error {
	return fmt.Errorf("unknown format %q: expected one of %s", format, strings.Join(all, ", "))
}

// VerdictFormats lists the formats of WriteVerdict, in the order in which to offer them.
func VerdictFormats() []string { return []string{"text", "json", "markdown", "junit"} }

// WriteVerdict prints the verdict in the format. Only text depends on the screen; it has every
// finding if verbose.
func WriteVerdict(w io.Writer, screen Screen, format string, j *Judged, verbose bool) error {
	if format != "json" {
		j = j.Printable()
	}
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

// Together reports whether several records are one document in a format, which WriteTogether writes.
func Together(format string) bool {
	return strings.HasPrefix(format, csvPrefix) || slices.Contains([]string{"junit", "hgrm", "hlog", "prometheus", "openmetrics"}, format)
}

// WriteTogether prints several records as one document.
func WriteTogether(w io.Writer, format string, judged ...*Judged) error {
	printable := make([]*Judged, len(judged))
	for i, j := range judged {
		printable[i] = j.Printable()
	}
	switch format {
	case "junit":
		return render.JUnit(w, printable...)
	case "hgrm":
		return export.HGRM(w, printable...)
	case "hlog":
		return export.HLog(w, printable...)
	case "prometheus":
		return export.Prometheus(w, printable...)
	case "openmetrics":
		return export.OpenMetrics(w, printable...)
	}
	if slices.Contains(csvTables(), format) {
		return render.CSVTable(w, strings.TrimPrefix(format, csvPrefix), printable...)
	}
	return unknownFormat(format, Formats())
}

// answered is the summary of j with what the run found out.
func answered(j *Judged) summary.Summary {
	s := j.Summary()
	s.Answers = answer.Of(j.Record, s)
	return s
}

// WriteJUnit prints the judgements as one JUnit XML document.
func WriteJUnit(w io.Writer, judged ...*Judged) error { return render.JUnit(w, judged...) }

// WriteStepSummary prints the verdict as a Markdown step summary for GitHub.
func WriteStepSummary(w io.Writer, j *Judged) error { return render.StepSummary(w, j.Printable()) }

// Annotations returns the verdict as workflow commands of GitHub, one per line.
func Annotations(j *Judged) []string { return render.Annotations(j.Printable()) }

// PerReason returns texts about a record, such as the reasons why it is invalid, with one for each
// reason instead of one for each arm.
func PerReason(rec *record.Record, texts []string) []string { return summary.PerReason(rec, texts) }

// File is one file of a report. Its name is a relative path with slashes.
type File struct {
	Name  string
	Bytes []byte
}

// Folder makes the files that go with a record: report.md, report.html and every plot in
// plots/ as SVG and PNG.
func Folder(j *Judged) ([]File, error) {
	original := j
	j = j.Printable()
	plots, err := plot.All(j)
	if err != nil {
		return nil, err
	}
	var md, html bytes.Buffer
	if err := render.Markdown(&md, page.New(j), plots); err != nil {
		return nil, err
	}
	if err := writePage(&html, original, j, plots); err != nil {
		return nil, err
	}
	pictures, err := files(plots)
	for i := range pictures {
		pictures[i].Name = "plots/" + pictures[i].Name
	}
	return slices.Concat([]File{{"report.md", md.Bytes()}, {"report.html", html.Bytes()}}, pictures), err
}

// Plots makes every plot of the record as SVG and PNG.
func Plots(j *Judged) ([]File, error) {
	plots, err := plot.All(j.Printable())
	if err != nil {
		return nil, err
	}
	return files(plots)
}

// files draws plots as SVG and PNG, on every processor: that takes most of the time of a report.
func files(plots []plot.Plot) ([]File, error) {
	out, failed := make([]File, 2*len(plots)), make([]error, len(plots))
	var next atomic.Int64
	var drawing sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(plots)) {
		drawing.Go(func() {
			var encoder plot.PNGEncoder
			for i := next.Add(1) - 1; int(i) < len(plots); i = next.Add(1) - 1 {
				p := plots[i]
				svg, wrongSVG := p.SVG()
				png, wrongPNG := encoder.Encode(p)
				failed[i] = errors.Join(wrongSVG, wrongPNG)
				out[2*i], out[2*i+1] = File{p.Name + ".svg", svg}, File{p.Name + ".png", png}
			}
		})
	}
	drawing.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	return out, nil
}
