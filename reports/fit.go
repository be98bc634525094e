package reports

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// fit splits a table that is wider than the screen into several of the same
// rows, which stand below each other. Each begins with the columns that name the
// row; nothing is dropped or shortened. Width 0 fits everything.
func fit(g grid, width int) []grid {
	widths := columnWidths(g)
	names := g.names()
	if width == 0 || total(widths) <= width {
		return []grid{g}
	}
	var parts []grid
	named := slices.Clone(widths[:names])
	for from := names; from < len(g.Columns); {
		to, used := from+1, total(named)+widths[from]
		for to < len(g.Columns) && used+widths[to] <= width {
			used += widths[to]
			to++
		}
		parts = append(parts, g.columns(names, from, to))
		from = to
	}
	parts[0].About = g.About
	return parts
}

// names is how many columns name a row: those before its first figure.
func (g grid) names() int {
	names := 0
	for names < len(g.Columns)-1 && !g.Columns[names].Right {
		names++
	}
	return names
}

// columns is the grid of the first names columns and those of [from, to).
func (g grid) columns(names, from, to int) grid {
	out := grid{Columns: slices.Concat(g.Columns[:names], g.Columns[from:to])}
	for _, row := range g.Rows {
		out.Rows = append(out.Rows, slices.Concat(row[:names], row[from:to]))
	}
	return out
}

// columnWidths are the columns' widths as printed: the longest line with a space on each side.
func columnWidths(g grid) []int {
	widths := make([]int, len(g.Columns))
	for i, c := range g.Columns {
		widths[i] = utf8.RuneCountInString(c.Name) + 2
	}
	for _, row := range g.Rows {
		for i, cell := range row {
			for line := range strings.Lines(cell) {
				widths[i] = max(widths[i], utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))+2)
			}
		}
	}
	return widths
}

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}

// wrapped folds the cells that are no figures: the last column to the room that
// the others leave of width, these to a quarter of it.
func wrapped(g grid, width int) grid {
	const least = 16
	out := grid{About: g.About, Columns: g.Columns}
	last := len(g.Columns) - 1
	for _, row := range g.Rows {
		row = slices.Clone(row)
		for i := range row[:last] {
			if !g.Columns[i].Right {
				row[i] = fold(row[i], "", max(width/4, least))
			}
		}
		out.Rows = append(out.Rows, row)
	}
	room := width - total(columnWidths(out)[:last]) - 2
	if room < 2*least { // fit will put the column beside the names alone
		room = width - total(columnWidths(out)[:out.names()]) - 2
	}
	for _, row := range out.Rows {
		row[last] = fold(breakable(row[last], max(room, least)), "", max(room, least))
	}
	return out
}

// breakable parts words longer than width after their commas: an arm's name is one.
func breakable(text string, width int) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if utf8.RuneCountInString(word) > width {
			words[i] = strings.ReplaceAll(word, ",", ", ")
		}
	}
	return strings.TrimRight(strings.Join(words, " "), " ")
}
