package tree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Error is one mistake in a source.
type Error struct {
	// File is the name of the source, or the flag with the mistake: --set path=value.
	File string
	// Line and Column count from 1; 0 for a flag.
	Line, Column int
	// Path is the dotted path of the key; may be empty.
	Path string
	// Message says what is wrong and what was expected.
	Message string
	// Excerpt is two lines: the line of the source, with anything that may be a credential left
	// out, and a caret under the column. It is empty if there is no source line, or nothing of it may be shown.
	Excerpt string
}

// Error returns FILE:LINE:COL: path.to.key: message, in one line.
func (e Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return strings.Map(printable, b.String())
}

// printable replaces characters that would break the line or the terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// Errors is all mistakes in a source, sorted by position.
type Errors []Error

// maxErrorLines is the most lines that Errors prints.
const maxErrorLines = 12

// Error returns the lines of all errors, at most 12.
func (e Errors) Error() string {
	var lines []string
	for _, one := range e.Lines() {
		lines = append(lines, one...)
	}
	return strings.Join(lines, "\n")
}

// Lines returns the lines of each error: its message and, indented, its excerpt. It returns at
// most 12 lines. Messages come first: excerpts are added, from the first error on, while there
// is room, and the last line counts the errors left out.
func (e Errors) Lines() [][]string {
	shown, room := len(e), maxErrorLines-len(e)
	if room < 0 {
		shown = maxErrorLines - 1
	}
	var all [][]string
	for _, one := range e[:shown] {
		lines := []string{one.Error()}
		if excerpt := strings.Split(one.Excerpt, "\n"); one.Excerpt != "" && len(excerpt) <= room {
			room -= len(excerpt)
			lines = append(lines, "    "+excerpt[0], "    "+excerpt[1])
		}
		all = append(all, lines)
	}
	if more := len(e) - shown; more > 0 {
		all = append(all, []string{fmt.Sprintf("… and %d more", more)})
	}
	return all
}

// Problems collects errors. The zero value is ready to use.
type Problems struct{ found Errors }

func (p *Problems) Add(at Position, path, format string, args ...any) {
	p.found = append(p.found, Error{File: at.File, Line: at.Line, Column: at.Column, Path: path, Message: fmt.Sprintf(format, args...)})
}

// Len returns the number of errors.
func (p *Problems) Len() int { return len(p.found) }

// AddAll adds errors from elsewhere.
func (p *Problems) AddAll(more Errors) { p.found = append(p.found, more...) }

// Err returns all errors as Errors, or nil if there are none.
func (p *Problems) Err() error {
	if len(p.found) == 0 {
		return nil
	}
	return p.Sorted()
}

// Sorted returns all errors by position, without duplicates.
func (p *Problems) Sorted() Errors {
	slices.SortStableFunc(p.found, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	p.found = slices.Compact(p.found)
	return p.found
}
