package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Error is one thing wrong with a scenario and where it stands.
type Error struct {
	// File is the scenario's, or the flag that was wrong: --set path=value.
	File string
	// Line and Column count from 1; 0 when the source has no lines, as a flag.
	Line, Column int
	// Path is the dotted path of the key; may be empty.
	Path string
	// Message says what is wrong and what was expected.
	Message string
}

// Error is FILE:LINE:COL: path.to.key: message, in one line.
func (e Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	b.WriteString(": " + e.Message)
	return strings.Map(printable, b.String())
}

// printable keeps what a source holds from breaking the line or the terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// Errors is everything wrong with one scenario, in the order of the file.
type Errors []Error

// shownErrors is how many errors are printed: with the line that counts the
// rest they fill the twelve lines that wrong usage may take.
const shownErrors = 11

// Error is a line each, at most 12 in all.
func (e Errors) Error() string {
	lines := make([]string, 0, shownErrors+1)
	for _, one := range e[:min(len(e), shownErrors)] {
		lines = append(lines, one.Error())
	}
	if more := len(e) - shownErrors; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// position is where a key or a value stands.
type position struct {
	file         string
	line, column int
}

// problems collects what is wrong. The zero value is ready to use.
type problems struct{ found Errors }

func (p *problems) add(at position, path, format string, args ...any) {
	p.found = append(p.found, Error{at.file, at.line, at.column, path, fmt.Sprintf(format, args...)})
}

// err is nil, or all that was found: sorted, each said once.
func (p *problems) err() error {
	if len(p.found) == 0 {
		return nil
	}
	slices.SortStableFunc(p.found, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	p.found = slices.Compact(p.found)
	return p.found
}
