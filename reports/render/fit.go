package render

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// fit splits a table that is wider than the screen into several with the same rows, to be
// printed one below the other. Each begins with the columns that name the row; nothing is
// dropped or shortened. Everything fits width 0.
func fit(g grid, width int) []grid {
	widths := columnWidths(g)
	count := g.named()
	if width == 0 || total(widths) <= width {
		return []grid{g}
	}
	var parts []grid
	named := slices.Clone(widths[:count])
	for from := count; from < len(g.columns); {
		to, used := from+1, total(named)+widths[from]
		for to < len(g.columns) && used+widths[to] <= width {
			used += widths[to]
			to++
		}
		parts = append(parts, g.part(count, from, to))
		from = to
	}
	parts[0].about = g.about
	return parts
}

// columnWidths returns the widths of the printed columns: the longest line and a space on each
// side.
func columnWidths(g grid) []int {
	widths := make([]int, len(g.columns))
	for i, c := range g.columns {
		widths[i] = utf8.RuneCountInString(c.text) + 2
	}
	for _, row := range g.rows {
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

// wrapped folds the cells that are not figures: those of the last column to the width that the
// other columns leave, and those to a quarter of width.
func wrapped(g grid, width int) grid {
	const least = 16
	out := grid{about: g.about, columns: g.columns}
	last := len(g.columns) - 1
	for _, row := range g.rows {
		row = slices.Clone(row)
		for i := range row[:last] {
			if !g.columns[i].figures {
				row[i] = fold(row[i], "", max(width/4, least))
			}
		}
		out.rows = append(out.rows, row)
	}
	room := width - total(columnWidths(out)[:last]) - 2
	if room < 2*least { // fit will print the column next to the names alone
		room = width - total(columnWidths(out)[:out.named()]) - 2
	}
	for _, row := range out.rows {
		row[last] = fold(breakable(row[last], max(room, least)), "", max(room, least))
	}
	return out
}

// breakable adds spaces after the commas of words that are longer than width, such as the
// names of arms.
func breakable(text string, width int) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if utf8.RuneCountInString(word) > width {
			words[i] = strings.ReplaceAll(word, ",", ", ")
		}
	}
	return strings.TrimRight(strings.Join(words, " "), " ")
}
