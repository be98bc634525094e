package render

import (
	"strings"

	"weighbridge/reports/page"
)

// Screen is what text is printed on. The zero Screen is a file or a pipe: no
// colour, and every byte the same wherever it is made.
type Screen struct {
	// Width is the columns of a line that a table must fit in; 0 sets no bound.
	Width int
	// Colour allows SGR sequences (ECMA-48, 8.3.117).
	Colour bool
}

// Good colours what counts.
func (s Screen) Good(text string) string { return s.paint("32", text) }

// Doubt colours what counts with a doubt: warnings, what was cut short.
func (s Screen) Doubt(text string) string { return s.paint("33", text) }

// Bad colours what does not count.
func (s Screen) Bad(text string) string { return s.paint("1;31", text) }

// painter colours by severity.
func (s Screen) painter(severity page.Severity) func(string) string {
	switch severity {
	case page.Good:
		return s.Good
	case page.Doubtful:
		return s.Doubt
	case page.Bad:
		return s.Bad
	}
	return plain
}

// paint colours each line by itself, as pagers need it.
func (s Screen) paint(sgr, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	on, off := "\x1b["+sgr+"m", "\x1b[0m"
	return on + strings.ReplaceAll(text, "\n", off+"\n"+on) + off
}

// Prose is at least and at most as wide as can be read.
const (
	proseLeast = 20
	proseMost  = 118
)

// prose is the width that prose is folded to.
func (s Screen) prose() int {
	if s.Width == 0 {
		return proseMost
	}
	return min(max(s.Width, proseLeast), proseMost)
}
