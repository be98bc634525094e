package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/renderer"

	"weighbridge/reports/page"
	"weighbridge/reports/plot"
)

// Markdown prints the page as GitHub reads it. The plots are links into
// plots/, where Folder puts them.
func Markdown(w io.Writer, p page.Page, plots []plot.Plot) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n\n", markdownText(p.Headline))
	bullets(&out, p.Reasons)
	bullets(&out, p.Answers)
	for _, g := range []page.Grid{p.Arms, p.Streams, p.Axes, p.StreamAxes, p.Capacity, p.Rules, p.Claims} {
		if err := markdownGrid(&out, g); err != nil {
			return err
		}
	}
	for _, picture := range plots {
		fmt.Fprintf(&out, "![%s](plots/%s.svg)\n\n", markdownText(picture.Title), picture.Name)
	}
	for _, part := range []struct {
		title string
		grid  page.Grid
	}{{"Probes", p.Probes}, {"Where the time went", p.Time}, {"Connections and bytes", p.Wire}} {
		if len(part.grid.Rows) == 0 {
			continue
		}
		fmt.Fprintf(&out, "## %s\n\n", part.title)
		if err := markdownGrid(&out, part.grid); err != nil {
			return err
		}
	}
	fmt.Fprint(&out, "## How it was measured\n\n")
	bullets(&out, p.Quality)
	if len(p.Warnings) > 0 {
		fmt.Fprint(&out, "## Warnings\n\n")
		bullets(&out, p.Warnings)
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// markdownGrid prints a page.Grid with the line about it, or nothing where it has no row.
func markdownGrid(out *bytes.Buffer, g page.Grid) error {
	if len(g.Rows) == 0 {
		return nil
	}
	fmt.Fprintf(out, "%s\n\n", markdownText(g.About))
	if err := writeGrid(out, escaped(g), renderer.NewMarkdown()); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

func bullets(w io.Writer, texts []string) {
	for _, text := range texts {
		fmt.Fprintf(w, "- %s\n", markdownText(text))
	}
	if len(texts) > 0 {
		fmt.Fprintln(w)
	}
}

// markdownText keeps text from being read as markup, and on one line.
func markdownText(text string) string {
	return strings.NewReplacer(
		"\\", "\\\\", "`", "\\`", "*", "\\*", "[", "\\[", "]", "\\]", "|", "\\|",
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "\r", " ",
	).Replace(text)
}

func escaped(g page.Grid) page.Grid {
	out := page.Grid{About: g.About, Prose: g.Prose}
	for _, c := range g.Columns {
		out.Columns = append(out.Columns, page.Column{Name: markdownText(c.Name), Right: c.Right})
	}
	for _, row := range g.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, markdownText(cell))
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
