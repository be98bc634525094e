// Package rule parses and checks the expressions of a scenario: conditions, for rules, and
// numbers, for claims. It knows no figures.
package rule

import (
	"fmt"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// maxLength is how many characters an expression may have, both as written and as
// String writes it; maxDepth is how deep it may nest.
const (
	maxLength = 1000
	maxDepth  = 64
)

// Axis is an axis and its levels, which expressions may name.
type Axis struct {
	Name   string
	Levels []string
	// Added says that the command line has added it, so that the scenario's expressions do not know
	// it.
	Added bool
}

// Error is the first thing wrong with an expression.
type Error struct {
	// Column counts characters from 1; one past the end is the end.
	Column int
	// Message says in one line what was expected.
	Message string
}

// Error is column N: message.
func (e Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// ParseCondition parses a condition, such as `error_rate < 0.01` or
// `ratio(tps, "batching=batch10", "batching=single") > 1.5 && p99_ms < 800`. It fails with an
// Error.
func ParseCondition(text string, axes []Axis) (Node, error) {
	return parse(text, axes, reader.condition)
}

// ParseRange parses levels of one axis, "axis" or "axis=first..last". It fails with an Error.
func ParseRange(text string, axes []Axis) (Range, error) {
	found, column, err := reader{[]rune(text), axes}.parseRange(text)
	if err != nil {
		return Range{}, Error{column + 1, err.Error()}
	}
	return found, nil
}

// ParseNumber parses a numeric expression, such as
// `1 - ratio(auth_ms, "auth=jwt", "auth=oauth")` or `at(error_rate, "offset=31s")`. It fails with
// an Error.
func ParseNumber(text string, axes []Axis) (Node, error) { return parse(text, axes, reader.number) }

// parse reads a text by one of the reader's methods.
func parse(text string, axes []Axis, as func(reader, ast.Node, int) (Node, error)) (Node, error) {
	if long := utf8.RuneCountInString(text); long > maxLength {
		return nil, Error{maxLength + 1, fmt.Sprintf("expected at most %d characters, found %d", maxLength, long)}
	}
	tokens, err := tokenize(text)
	if err != nil {
		return nil, err
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, tokens.syntaxError(err)
	}
	n, err := as(reader{tokens.text, axes}, tree.Node, 1)
	if err != nil {
		return nil, err
	}
	if !hasMetric(n) {
		return nil, Error{1, "expected at least one metric, such as p99_ms"}
	}
	if long := utf8.RuneCountInString(n.String()); long > maxLength {
		return nil, Error{1, fmt.Sprintf("expected at most %d characters, found %d when written out: %.40s…", maxLength, long, n)}
	}
	return n, nil
}
