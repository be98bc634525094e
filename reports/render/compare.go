package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/sides"
)

// CompareSchema is the name and version of a comparison as JSON.
const CompareSchema = "weighbridge.compare/v1"

// CompareTable prints the comparison as plain text.
func CompareTable(w io.Writer, screen Screen, c sides.Compared) error {
	var out bytes.Buffer
	if doubt := page.DoubtOf(c); doubt.Text != "" {
		prose(&out, screen.prose(), screen.painter(doubt.Severity), doubt.Text)
	}
	prose(&out, screen.prose(), plain, c.Sides())
	if load := page.LoadOf(c); load != "" {
		prose(&out, screen.prose(), plain, load)
	}
	tables, footnotes := page.Comparison(c)
	for _, t := range tables {
		if err := writeFitted(&out, t, screen); err != nil {
			return err
		}
	}
	if len(footnotes) > 0 {
		fmt.Fprintln(&out)
	}
	for i, note := range footnotes {
		prose(&out, screen.prose(), screen.Doubt, fmt.Sprintf("(%d) %s", i+1, note))
	}
	if doubts := c.Doubts(); len(doubts) > 0 {
		fmt.Fprintf(&out, "\n%s\n", screen.Doubt("Warnings:"))
		list(&out, screen.prose(), screen.Doubt, format.OneLines(doubts))
	}
	_, err := w.Write(withoutPadding(out.Bytes()))
	return err
}

// CompareMarkdown prints the comparison as Markdown for GitHub.
func CompareMarkdown(w io.Writer, c sides.Compared) error {
	var out bytes.Buffer
	if doubt := page.DoubtOf(c); doubt.Text != "" {
		fmt.Fprintf(&out, "**%s**\n\n", markdownText(doubt.Text))
	}
	fmt.Fprintf(&out, "%s\n\n", markdownText(c.Sides()))
	if load := page.LoadOf(c); load != "" {
		fmt.Fprintf(&out, "%s\n\n", markdownText(load))
	}
	tables, footnotes := page.Comparison(c)
	for _, t := range tables {
		fmt.Fprintf(&out, "## %s\n\n", markdownText(t.About))
		t.About = ""
		if err := markdownTable(&out, t); err != nil {
			return err
		}
	}
	for i, note := range footnotes {
		fmt.Fprintf(&out, "(%d) %s\n\n", i+1, markdownText(note))
	}
	if doubts := c.Doubts(); len(doubts) > 0 {
		fmt.Fprint(&out, "## Warnings\n\n")
		bullets(&out, doubts)
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// CompareCSV prints a row for each arm and metric. The cell of an unknown figure is empty.
func CompareCSV(w io.Writer, c sides.Compared) error {
	out := newCSV(w)
	if err := out.Write(strings.Fields("arm metric old new ratio low high p warnings difference difference_low difference_high")); err != nil {
		return err
	}
	for _, d := range c.Deltas {
		row := []string{d.Arm, d.Metric}
		for _, v := range []*float64{d.Old, d.New, d.Ratio, d.Low, d.High, d.P} {
			row = append(row, number(v))
		}
		row = append(row, strings.Join(slices.Concat(c.Doubts(), d.Warnings), "; "))
		if err := out.Write(append(row, number(d.Difference), number(d.DifferenceLow), number(d.DifferenceHigh))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Comparison is how the arms of two records differ, or the levels of one record.
type Comparison struct {
	// Schema names the format and its version.
	Schema string `json:"schema"`
	// Old and New are the names of the records, or of the base level and the heads.
	Old string `json:"old"`
	New string `json:"new"`
	// Warnings say what weakens the comparison, and why a record is invalid.
	Warnings []string `json:"warnings"`
	// Deltas has a difference for each arm, or pair of arms, and metric.
	Deltas []figures.Delta `json:"deltas"`
}

// CompareJSON prints the comparison as one line.
func CompareJSON(w io.Writer, c sides.Compared) error {
	deltas := []figures.Delta{}
	for _, d := range c.Deltas {
		d.Warnings = append([]string{}, d.Warnings...)
		deltas = append(deltas, d)
	}
	return writeJSON(w, Comparison{CompareSchema, c.Old, c.New, append([]string{}, c.Doubts()...), deltas})
}
