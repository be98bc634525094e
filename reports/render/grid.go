package render

import (
	"slices"

	"weighbridge/reports/table"
)

// grid is a table of texts: a page's table with its values formatted.
type grid struct {
	about   string
	columns []heading
	rows    [][]string
	// sentences says that cells that are not figures may be folded.
	sentences bool
}

// heading is the head of a column; figures are aligned to the right.
type heading struct {
	text    string
	figures bool
}

// printed formats the values of a table, and passes each text through escape.
func printed(t table.Table, escape func(string) string) grid {
	g := grid{about: escape(t.About), sentences: t.Sentences}
	for _, c := range t.Columns {
		g.columns = append(g.columns, heading{escape(c.Heading), c.Figures})
	}
	for _, row := range t.Rows {
		var texts []string
		for _, cell := range row {
			texts = append(texts, escape(cell.String()))
		}
		g.rows = append(g.rows, texts)
	}
	return g
}

// named returns how many columns name a row: those before its first figure.
func (g grid) named() int {
	n := 0
	for n < len(g.columns)-1 && !g.columns[n].figures {
		n++
	}
	return n
}

// part returns the grid of the first named columns and of the columns [from, to).
func (g grid) part(named, from, to int) grid {
	out := grid{columns: slices.Concat(g.columns[:named], g.columns[from:to])}
	for _, row := range g.rows {
		out.rows = append(out.rows, slices.Concat(row[:named], row[from:to]))
	}
	return out
}
