package render

import (
	"slices"
	"strings"
	"unicode/utf8"

	"weighbridge/reports/page"
)

// fit splits a table that is wider than the screen into several of the same
// rows, which stand below each other. Each begins with the columns that name the
// row; nothing is dropped or shortened. Width 0 fits everything.
func fit(g page.Grid, width int) []page.Grid {
	widths := columnWidths(g)
	count := namesIn(g)
	if width == 0 || total(widths) <= width {
		return []page.Grid{g}
	}
	var parts []page.Grid
	named := slices.Clone(widths[:count])
	for from := count; from < len(g.Columns); {
		to, used := from+1, total(named)+widths[from]
		for to < len(g.Columns) && used+widths[to] <= width {
			used += widths[to]
			to++
		}
		parts = append(parts, columnsOf(g, count, from, to))
		from = to
	}
	parts[0].About = g.About
	return parts
}

// namesIn is how many columns name a row: those before its first figure.
func namesIn(g page.Grid) int {
	names := 0
	for names < len(g.Columns)-1 && !g.Columns[names].Right {
		names++
	}
	return names
}

// columnsOf is the grid of the first names columns and those of [from, to).
func columnsOf(g page.Grid, names, from, to int) page.Grid {
	out := page.Grid{Columns: slices.Concat(g.Columns[:names], g.Columns[from:to])}
	for _, row := range g.Rows {
		out.Rows = append(out.Rows, slices.Concat(row[:names], row[from:to]))
	}
	return out
}

// columnWidths are the columns' widths as printed: the longest line with a space on each side.
func columnWidths(g page.Grid) []int {
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
func wrapped(g page.Grid, width int) page.Grid {
	const least = 16
	out := page.Grid{About: g.About, Columns: g.Columns}
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
		room = width - total(columnWidths(out)[:namesIn(out)]) - 2
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
