package render

import (
	"slices"
	"strings"
	"unicode/utf8"

	"weighbridge/reports/table"
)

// fit splits a table that is wider than the screen into several with the same rows, to be
// printed one below the other. Each begins with the columns that name the row; nothing is
// dropped or shortened. Everything fits width 0.
func fit(g grid, width int) []grid {
	if width > 0 {
		g = narrowNames(g, width)
	}
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

// narrowNames puts the columns that name a row below each other in one column, and breaks its words,
// if they leave no room for the widest of the others.
func narrowNames(g grid, width int) grid {
	count, widths := g.named(), columnWidths(g)
	room := width
	for _, w := range widths[count:] {
		room = min(room, width-w)
	}
	for column := range g.verdicts {
		if column < count {
			return g // a verdict stays in its column
		}
	}
	if count == 0 || total(widths[:count]) <= room {
		return g
	}
	const least = 8
	below := func(texts []string) string {
		var lines []string
		for _, text := range texts[:count] {
			lines = append(lines, brokenAt(text, max(room-2, least)))
		}
		return strings.Join(lines, "\n")
	}
	var names []string
	for _, c := range g.columns[:count] {
		names = append(names, c.text)
	}
	out := grid{about: g.about, columns: append([]heading{{text: below(names)}}, g.columns[count:]...), verdicts: map[int][]table.Severity{}}
	for _, row := range g.rows {
		out.rows = append(out.rows, append([]string{below(row)}, row[count:]...))
	}
	for column, severities := range g.verdicts {
		out.verdicts[column-count+1] = severities
	}
	return out
}

// brokenAt folds a text between words, and breaks words that are longer than width. No line begins
// with what a CI service takes for a command.
func brokenAt(text string, width int) string {
	var words []string
	for _, word := range strings.Split(text, " ") {
		runes := []rune(word)
		for len(runes) > width {
			words, runes = append(words, string(runes[:width])), runes[width:]
			if runes[0] == ':' {
				runes = append([]rune{'\\'}, runes...)
			}
		}
		words = append(words, string(runes))
	}
	return fold(strings.Join(words, " "), "", width)
}

// columnWidths returns the widths of the printed columns: the longest line and a space on each
// side.
func columnWidths(g grid) []int {
	widths := make([]int, len(g.columns))
	for i, c := range g.columns {
		for line := range strings.Lines(c.text) {
			widths[i] = max(widths[i], utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))+2)
		}
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
	out := grid{about: g.about, columns: g.columns, verdicts: g.verdicts}
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
