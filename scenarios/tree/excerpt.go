package tree

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// excerptWidth is the most of a source line that is shown.
const excerptWidth = 76

// Excerpts shows lines of a source with a caret. Only what is known to hold no
// credential is shown of a line; the rest of it is an ellipsis.
type Excerpts struct {
	language reflect.Type
	public   func(path string) bool

	lines [][]rune
	// sights says of each rune of each line whether it is shown.
	sights [][]sight
}

// sight is whether a rune is shown.
type sight byte

const (
	unknown sight = iota // shown where it is a mark, which gives a line its form
	visible
	hidden
)

// NewExcerpts takes a source in a language; nothing of it is shown yet but marks.
// public reports whether the value at a path of the language may be shown.
func NewExcerpts(source string, language reflect.Type, public func(path string) bool) *Excerpts {
	e := &Excerpts{language: language, public: public}
	for line := range strings.SplitSeq(strings.TrimPrefix(source, "\ufeff"), "\n") {
		e.lines = append(e.lines, []rune(line))
		e.sights = append(e.sights, make([]sight, len(e.lines[len(e.lines)-1])))
	}
	return e
}

// Explain gives every error that has a line its excerpt.
func (e *Excerpts) Explain(all Errors) {
	for i, one := range all {
		if one.Line > 0 && one.Line <= len(e.lines) {
			all[i].Excerpt = e.show(one.Line-1, one.Column-1)
		}
	}
}

// keyPlace is where a key stands in a line, whatever else is wrong with it.
var keyPlace = regexp.MustCompile(`(?:^\s*|[{,]\s*|-\s+)["']?([A-Za-z0-9_./-]+)["']?\s*:(?:\s|$)`)

// FindKeys clears the keys of a source that could not be read.
func (e *Excerpts) FindKeys() {
	for i, runes := range e.lines {
		line := string(runes)
		for _, at := range keyPlace.FindAllStringSubmatchIndex(line, -1) {
			start := utf8.RuneCountInString(line[:at[2]])
			e.mark(Position{Line: i + 1, Column: start + 1}, line[at[2]:at[3]], visible)
		}
	}
}

// Keys clears the keys of a mapping, where the language has one, and leaves
// what they hold to within.
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

// Values clears the scalars of known fields that hold no credential.
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

// mark says how a text is shown where it stands so, quotes and escapes apart.
func (e *Excerpts) mark(at Position, text string, as sight) {
	if at.Line < 1 || at.Line > len(e.lines) || at.Column < 1 {
		return
	}
	start := min(at.Column-1, len(e.lines[at.Line-1]))
	places, ok := written(e.lines[at.Line-1][start:], []rune(text))
	if !ok {
		return
	}
	for i := places[0]; i < places[len(places)-1]; i++ {
		e.sights[at.Line-1][start+i] = as
	}
}

// marks are what gives a line its form.
const marks = `{}[],:#'"|>&*!?%-`

// show is the line and, under it, a caret at the column, both counted from 0.
func (e *Excerpts) show(line, column int) string {
	var shown []rune
	caret, ellipsis := -1, false
	for i, r := range e.lines[line] {
		if i == column {
			caret = len(shown)
		}
		blank := printable(r) == ' '
		switch as := e.sights[line][i]; {
		case as == visible || (as == unknown && (blank || strings.ContainsRune(marks, r))):
			shown = append(shown, printable(r))
			ellipsis = ellipsis && blank // words hidden side by side are one
		case ellipsis:
			shown = []rune(strings.TrimRight(string(shown), " "))
		default:
			shown, ellipsis = append(shown, '…'), true
		}
	}
	shown = []rune(strings.TrimRight(string(shown), " "))
	if caret < 0 || caret > len(shown) {
		caret = len(shown)
	}
	return window(shown, caret)
}

// window cuts a line to what is around the caret.
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
