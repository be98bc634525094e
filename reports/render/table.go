package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"weighbridge/reports/page"
	"weighbridge/reports/table"
)

// Table prints the page as plain text, with colours if the screen has them.
func Table(w io.Writer, screen Screen, p page.Page) error {
	var out bytes.Buffer
	width := screen.prose()
	prose(&out, width, screen.painter(p.Headline.Severity), p.Headline.Text)
	list(&out, width, screen.Bad, p.Reasons)
	if len(p.Answers) > 0 {
		fmt.Fprintln(&out)
		paint := plain
		if p.Failing {
			paint = screen.Bad
		}
		prose(&out, width, paint, p.Answers[0])
		prose(&out, width, plain, p.Answers[1:]...)
	}
	for _, s := range p.Sections {
		if s.Details {
			continue
		}
		if err := writeFitted(&out, s.Table, screen); err != nil {
			return err
		}
	}
	fmt.Fprintln(&out)
	for _, s := range p.Sections {
		if s.Short != "" {
			prose(&out, width, plain, s.Short)
		}
	}
	prose(&out, width, plain, p.Quality...)
	if len(p.Warnings) > 0 {
		fmt.Fprintln(&out, screen.Doubt("Warnings:"))
		list(&out, width, screen.Doubt, p.Warnings)
	}
	_, err := w.Write(withoutPadding(out.Bytes()))
	return err
}

// withoutPadding returns a text without the spaces at the ends of its lines, the padding of tables.
func withoutPadding(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		lines[i] = bytes.TrimRight(line, " ")
	}
	return bytes.Join(lines, []byte("\n"))
}

// plain does not colour the text.
func plain(text string) string { return text }

// prose prints each text folded to width, coloured by paint.
func prose(w io.Writer, width int, paint func(string) string, texts ...string) {
	for _, text := range texts {
		fmt.Fprintln(w, paint(fold(text, "  ", width)))
	}
}

func list(w io.Writer, width int, paint func(string) string, texts []string) {
	for _, text := range texts {
		fmt.Fprintln(w, paint(fold("  - "+text, "    ", width)))
	}
}

// writeFitted prints a table after the line that explains it, fitted to the screen, unless it
// has no rows.
func writeFitted(w io.Writer, t table.Table, screen Screen) error {
	if len(t.Rows) == 0 {
		return nil
	}
	g := printed(t, plain)
	if g.sentences {
		g = wrapped(g, screen.prose())
	} else {
		g = folded(g)
	}
	for _, part := range fit(g, screen.Width) {
		fmt.Fprintln(w)
		if part.about != "" {
			prose(w, screen.prose(), plain, part.about)
		}
		if err := writeGrid(w, part.painted(screen), plainRenderer()); err != nil {
			return err
		}
	}
	return nil
}

// fold breaks text between words so that no line is longer than maxWidth. Lines after the first
// are indented.
func fold(text, indent string, maxWidth int) string {
	words := strings.Split(text, " ")
	out, width := words[0], utf8.RuneCountInString(words[0])
	for _, word := range words[1:] {
		n := utf8.RuneCountInString(word)
		if width+1+n > maxWidth {
			out += "\n" + indent + word
			width = len(indent) + n
			continue
		}
		out += " " + word
		width += 1 + n
	}
	return out
}

// folded breaks lists in the last column after every second word.
func folded(g grid) grid {
	out := grid{about: g.about, columns: g.columns, verdicts: g.verdicts}
	for _, row := range g.rows {
		row = slices.Clone(row)
		last := len(row) - 1
		if parts := strings.SplitAfter(row[last], ", "); len(parts) > 2 {
			row[last] = ""
			for i, part := range parts {
				if i > 0 && i%2 == 0 {
					row[last] += "\n"
				}
				row[last] += part
			}
		}
		out.rows = append(out.rows, row)
	}
	return out
}

// plainRenderer draws one line, under the headings.
func plainRenderer() tw.Renderer {
	return renderer.NewBlueprint(tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbols(tw.StyleLight),
		Settings: tw.Settings{
			Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
			Lines:      tw.Lines{ShowHeaderLine: tw.On, ShowTop: tw.Off, ShowBottom: tw.Off, ShowFooterLine: tw.Off},
		},
	})
}

// writeGrid prints the grid by the given renderer.
func writeGrid(w io.Writer, g grid, by tw.Renderer) error {
	align := make(tw.Alignment, len(g.columns))
	names := make([]string, len(g.columns))
	for i, c := range g.columns {
		names[i] = c.text
		align[i] = tw.AlignLeft
		if c.figures {
			align[i] = tw.AlignRight
		}
	}
	table := tablewriter.NewTable(w,
		tablewriter.WithRenderer(by),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
	)
	table.Header(names)
	if err := table.Bulk(g.rows); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	if err := table.Render(); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}
