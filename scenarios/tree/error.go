package tree

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
	// Excerpt is the line of the source and a caret under the column, in two
	// lines, without what may be a credential; empty where there is no line.
	Excerpt string
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
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
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

// maxErrorLines is what wrong usage may print.
const maxErrorLines = 12

// Error is the lines of all errors, at most 12.
func (e Errors) Error() string {
	var lines []string
	for _, one := range e.Lines() {
		lines = append(lines, one...)
	}
	return strings.Join(lines, "\n")
}

// Lines is each error's line and what belongs under it, at most 12 lines in all.
// Every error comes before any excerpt: the first ones get theirs while there is
// room, and the last line counts the errors that are left out.
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

// Problems collects what is wrong. The zero value is ready to use.
type Problems struct{ found Errors }

func (p *Problems) Add(at Position, path, format string, args ...any) {
	p.found = append(p.found, Error{File: at.File, Line: at.Line, Column: at.Column, Path: path, Message: fmt.Sprintf(format, args...)})
}

// Len is how many problems were found.
func (p *Problems) Len() int { return len(p.found) }

// AddAll adds errors that were found elsewhere.
func (p *Problems) AddAll(more Errors) { p.found = append(p.found, more...) }

// Err is nil, or all that was found.
func (p *Problems) Err() error {
	if len(p.found) == 0 {
		return nil
	}
	return p.Sorted()
}

// Sorted is all that was found, by where it stands, each said once.
func (p *Problems) Sorted() Errors {
	slices.SortStableFunc(p.found, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	p.found = slices.Compact(p.found)
	return p.found
}
