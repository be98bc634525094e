package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// ratio reads ratio(metric, "head", "base").
func (r reader) ratio(n *ast.CallNode) (Node, error) {
	of, err := r.single(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	head, err := r.selector(n.Arguments[1])
	if err != nil {
		return nil, err
	}
	base, err := r.selector(n.Arguments[2])
	if err != nil {
		return nil, err
	}
	last := n.Arguments[2]
	if of, by := axesOf(head), axesOf(base); of != by {
		return nil, at(last, "expected levels of the same axes as in the first text, %s, found %s", of, by)
	}
	if maps.Equal(head, base) {
		return nil, at(last, "expected different levels than in the first text, found %s in both", base)
	}
	return Ratio{of, head, base}, nil
}

func axesOf(l Levels) string { return strings.Join(slices.Sorted(maps.Keys(l)), ", ") }

// selector reads a text of levels such as "batching=single,auth=jwt".
func (r reader) selector(n ast.Node) (Levels, error) {
	if name, bare := n.(*ast.IdentifierNode); bare {
		return nil, at(n, "expected %s, found %s", levelsText, name.Value)
	}
	text, ok := n.(*ast.StringNode)
	if !ok {
		return nil, r.mismatch(n, levelsText)
	}
	levels := Levels{}
	start := 0
	for part := range strings.SplitSeq(text.Value, ",") {
		axis, level, paired := strings.Cut(part, "=")
		column := r.column(text, start+blanks(axis))
		axis = strings.TrimSpace(axis)
		switch known := r.levelsOf(axis); {
		case !paired:
			return nil, Error{column, fmt.Sprintf("expected axis=level, found %q", axis)}
		case known == nil:
			return nil, Error{column, r.unknownAxis(axis)}
		case levels[axis] != "":
			return nil, Error{column, fmt.Sprintf("the axis %s is named twice", axis)}
		case !slices.Contains(known, strings.TrimSpace(level)):
			column = r.column(text, start+strings.Index(part, "=")+1+blanks(level))
			level = strings.TrimSpace(level)
			return nil, Error{column, fmt.Sprintf("unknown level %q of the axis %s: %s", level, axis, suggestion(level, known))}
		}
		levels[axis] = strings.TrimSpace(level)
		start += len(part) + 1
	}
	return levels, nil
}

// blanks is how many bytes of white space a text starts with.
func blanks(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// column returns the column of a byte of a string literal, or of the literal's start if escapes
// shift its bytes.
func (r reader) column(n *ast.StringNode, offset int) int {
	start := n.Location().From
	whole := []rune(n.Value)
	if end := start + 1 + len(whole); end > len(r.text) || !slices.Equal(r.text[start+1:end], whole) {
		return start + 1
	}
	return start + 2 + utf8.RuneCountInString(n.Value[:offset])
}

func (r reader) levelsOf(axis string) []string {
	for _, a := range r.axes {
		if a.Name == axis {
			return a.Levels
		}
	}
	return nil
}

func (r reader) unknownAxis(axis string) string {
	var names []string
	for _, a := range r.axes {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return fmt.Sprintf("unknown axis %q: the matrix has none", axis)
	}
	return fmt.Sprintf("unknown axis %q: %s", axis, suggestion(axis, names))
}
