package render

import (
	"strings"

	"weighbridge/reports/table"
)

// Screen describes the terminal that text is printed on. The zero Screen is a file or a pipe: it
// has no colours, and the text does not depend on any terminal.
type Screen struct {
	// Width is the number of columns that a table must fit in; 0 for no limit.
	Width int
	// Colour allows SGR sequences (ECMA-48, 8.3.117).
	Colour bool
}

// Good colours text that is good.
func (s Screen) Good(text string) string { return s.paint("32", text) }

// Doubt colours text that is doubtful, such as a warning.
func (s Screen) Doubt(text string) string { return s.paint("33", text) }

// Bad colours text that is bad.
func (s Screen) Bad(text string) string { return s.paint("1;31", text) }

// painter returns the function that colours text of the severity.
func (s Screen) painter(severity table.Severity) func(string) string {
	switch severity {
	case table.Good:
		return s.Good
	case table.Doubtful:
		return s.Doubt
	case table.Bad:
		return s.Bad
	}
	return plain
}

// paint colours each line separately, as pagers need it.
func (s Screen) paint(sgr, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	on, off := "\x1b["+sgr+"m", "\x1b[0m"
	return on + strings.ReplaceAll(text, "\n", off+"\n"+on) + off
}

// The least and the greatest width of prose on a terminal, and that of prose in a file, in columns.
const (
	proseLeast  = 20
	proseMost   = 200
	proseInFile = 118
)

// prose returns the width to which prose is folded.
func (s Screen) prose() int {
	if s.Width == 0 {
		return proseInFile
	}
	return min(max(s.Width, proseLeast), proseMost)
}
