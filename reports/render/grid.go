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
	// verdicts are the columns of verdicts, by index, and the severities of their cells by row.
	verdicts map[int][]table.Severity
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
		for i, cell := range row {
			texts = append(texts, escape(cell.String()))
			if _, verdict := cell.Value.(table.Verdict); verdict {
				g.addVerdict(i, cell.Severity)
			}
		}
		g.rows = append(g.rows, texts)
	}
	return g
}

func (g *grid) addVerdict(column int, severity table.Severity) {
	if g.verdicts == nil {
		g.verdicts = map[int][]table.Severity{}
	}
	g.verdicts[column] = append(g.verdicts[column], severity)
}

// painted returns the grid with its verdicts in the colours of the screen.
func (g grid) painted(s Screen) grid {
	if !s.Colour {
		return g
	}
	rows := make([][]string, len(g.rows))
	for i, row := range g.rows {
		rows[i] = slices.Clone(row)
		for column, severities := range g.verdicts {
			rows[i][column] = s.painter(severities[i])(row[column])
		}
	}
	g.rows = rows
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
	out := grid{columns: slices.Concat(g.columns[:named], g.columns[from:to]), verdicts: map[int][]table.Severity{}}
	for column, severities := range g.verdicts {
		switch {
		case column < named:
			out.verdicts[column] = severities
		case column >= from && column < to:
			out.verdicts[column-from+named] = severities
		}
	}
	for _, row := range g.rows {
		out.rows = append(out.rows, slices.Concat(row[:named], row[from:to]))
	}
	return out
}
