package tree

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// excerptWidth is the longest part of a source line that is shown.
const excerptWidth = 76

// Excerpts shows lines of a source with a caret. It shows only the parts of a line that are
// known not to be a credential; an ellipsis stands for the rest.
type Excerpts struct {
	language reflect.Type
	public   func(path string) bool

	lines [][]rune
	// visibilities has the visibility of each character of each line.
	visibilities [][]visibility
}

// visibility says whether a character is shown.
type visibility byte

const (
	unknown visibility = iota // shown if it is punctuation
	visible
	hidden
)

// NewExcerpts prepares the excerpts of a source in a language. At first only punctuation is
// visible; FindKeys, Keys and Values reveal more. public reports whether the value at a path
// may be shown.
func NewExcerpts(source string, language reflect.Type, public func(path string) bool) *Excerpts {
	e := &Excerpts{language: language, public: public}
	for line := range strings.SplitSeq(strings.TrimPrefix(source, "\ufeff"), "\n") {
		e.lines = append(e.lines, []rune(line))
		e.visibilities = append(e.visibilities, make([]visibility, len(e.lines[len(e.lines)-1])))
	}
	return e
}

// Explain sets the excerpt of every error that has a line.
func (e *Excerpts) Explain(all Errors) {
	for i, one := range all {
		if one.Line > 0 && one.Line <= len(e.lines) {
			all[i].Excerpt = e.show(one.Line-1, one.Column-1)
		}
	}
}

// keyPattern matches a key in a line of a source that could not be parsed.
var keyPattern = regexp.MustCompile(`(?:^\s*|[{,]\s*|-\s+)["']?([A-Za-z0-9_./-]+)["']?\s*:(?:\s|$)`)

// FindKeys reveals the keys of a source that could not be parsed.
func (e *Excerpts) FindKeys() {
	for i, runes := range e.lines {
		line := string(runes)
		for _, at := range keyPattern.FindAllStringSubmatchIndex(line, -1) {
			start := utf8.RuneCountInString(line[:at[2]])
			e.mark(Position{Line: i + 1, Column: start + 1}, line[at[2]:at[3]], visible)
		}
	}
}

// Keys reveals the keys of the mapping n at path, if the language has a mapping there, and
// calls within for each entry.
func (e *Excerpts) Keys(n *Node, path string, within func(Entry)) {
	as := hidden
	if holder := TypeAt(e.language, Steps(path)); holder != nil && holdsKeys(holder) {
		as = visible
	}
	for _, f := range n.Entries {
		e.mark(f.At, f.Key, as)
		within(f)
	}
}

func holdsKeys(t reflect.Type) bool {
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
}

// Values reveals the scalars in n, the value at path, that may be shown.
func (e *Excerpts) Values(n *Node, path string) {
	switch n.Kind {
	case Scalar:
		value := hidden
		if e.public(path) {
			value = visible
		}
		e.mark(n.At, n.Text, value)
	case List:
		for _, item := range n.Items {
			e.Values(item, path)
		}
	case Mapping:
		e.Keys(n, path, func(f Entry) { e.Values(f.Value, Join(path, f.Key)) })
	}
}

// mark sets the visibility of a text at a position. It does nothing if the source does not have
// the text there, plain or quoted.
func (e *Excerpts) mark(at Position, text string, as visibility) {
	if at.Line < 1 || at.Line > len(e.lines) || at.Column < 1 {
		return
	}
	start := min(at.Column-1, len(e.lines[at.Line-1]))
	places, ok := runeOffsets(e.lines[at.Line-1][start:], []rune(text))
	if !ok {
		return
	}
	for i := places[0]; i < places[len(places)-1]; i++ {
		e.visibilities[at.Line-1][start+i] = as
	}
}

// punctuation is always visible, because it shows the structure of a line.
const punctuation = `{}[],:#'"|>&*!?%-`

// show returns the line and, below it, a caret at the column; both count from 0.
func (e *Excerpts) show(line, column int) string {
	var shown []rune
	caret, ellipsis := -1, false
	for i, r := range e.lines[line] {
		if i == column {
			caret = len(shown)
		}
		blank := printable(r) == ' '
		switch as := e.visibilities[line][i]; {
		case as == visible || (as == unknown && (blank || strings.ContainsRune(punctuation, r))):
			shown = append(shown, printable(r))
			ellipsis = ellipsis && blank // words hidden side by side are one
		case ellipsis:
			shown = []rune(strings.TrimRight(string(shown), " "))
		default:
			shown, ellipsis = append(shown, '…'), true
		}
	}
	shown = []rune(strings.TrimRight(string(shown), " "))
	if len(strings.Trim(string(shown), " …")) == 0 {
		return "" // nothing that a caret could point into
	}
	if caret < 0 || caret > len(shown) {
		caret = len(shown)
	}
	return window(shown, caret)
}

// window cuts a long line to the part around the caret.
func window(line []rune, caret int) string {
	if len(line) > excerptWidth {
		start := max(0, min(caret-excerptWidth/2, len(line)-excerptWidth))
		end := start + excerptWidth
		cut := slices.Clone(line[start:end])
		if start > 0 {
			cut[0] = '…'
		}
		if end < len(line) {
			cut[len(cut)-1] = '…'
		}
		line, caret = cut, caret-start
	}
	return string(line) + "\n" + strings.Repeat(" ", caret) + "^"
}
