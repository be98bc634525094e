package rule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weighbridge/scenarios/metric"
)

// Node is one of Number, Metric, Ratio, At, Edge, Arithmetic, Comparison, Logic, Not, Negative.
type Node interface {
	// String is the node as canonical text, which parses to the same node.
	String() string
}

// Number is a constant, finite and not negative.
type Number float64

// Metric is a metric of one arm, such as p99_ms.
type Metric struct{ metric.Metric }

// Ratio is a metric at the Head levels over the same metric at the Base levels, pooled over
// the axes that the two do not name.
type Ratio struct {
	Metric     metric.Metric
	Head, Base Levels
}

// At is a metric of the one arm that has the Levels.
type At struct {
	Metric metric.Metric
	Levels Levels
}

// Edge is where along a range of levels the Condition becomes true, or false: a number in the
// units of the setting that the levels differ in, seconds where that is a duration.
type Edge struct {
	Range     Range
	Condition Node
}

// Range is levels of an axis in the order of the axis, from First to Last; all of them where both
// are empty.
type Range struct{ Axis, First, Last string }

// Levels are the levels of some axes, by axis.
type Levels map[string]string

// Arithmetic is X Op Y with + - * or /.
type Arithmetic struct {
	Op   string
	X, Y Node
}

// Comparison is X Op Y with < <= > or >=.
type Comparison struct {
	Op   string
	X, Y Node
}

// Logic is X Op Y with and or or.
type Logic struct {
	Op   string
	X, Y Node
}

// Not is true where X is false.
type Not struct{ X Node }

// Negative is −X.
type Negative struct{ X Node }

func (n Number) String() string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }
func (n Metric) String() string { return n.Expr() }
func (n Ratio) String() string {
	return fmt.Sprintf("ratio(%s, %q, %q)", n.Metric.Expr(), n.Head, n.Base)
}
func (n At) String() string         { return fmt.Sprintf("at(%s, %q)", n.Metric.Expr(), n.Levels) }
func (n Edge) String() string       { return fmt.Sprintf("edge(%q, %s)", n.Range, n.Condition) }
func (n Arithmetic) String() string { return infix(n, n.X, n.Op, n.Y) }
func (n Comparison) String() string { return infix(n, n.X, n.Op, n.Y) }
func (n Logic) String() string      { return infix(n, n.X, n.Op, n.Y) }
func (n Not) String() string        { return "not (" + n.X.String() + ")" }

func (n Negative) String() string {
	switch n.X.(type) {
	case Arithmetic, Negative:
		return "-(" + n.X.String() + ")"
	}
	return "-" + n.X.String()
}

// String is axis=level for each axis, in alphabetical order, joined by commas.
func (l Levels) String() string {
	var parts []string
	for _, axis := range slices.Sorted(maps.Keys(l)) {
		parts = append(parts, axis+"="+l[axis])
	}
	return strings.Join(parts, ",")
}

// String is axis=first..last, or the axis alone for all of its levels.
func (r Range) String() string {
	if r.First == "" {
		return r.Axis
	}
	return r.Axis + "=" + r.First + ".." + r.Last
}

// Of returns those of an axis's levels that are in the range.
func (r Range) Of(levels []string) []string {
	if r.First == "" {
		return levels
	}
	first, last := slices.Index(levels, r.First), slices.Index(levels, r.Last)
	if first < 0 || last < first {
		return nil
	}
	return levels[first : last+1]
}

// infix writes an operator between its operands. An operand of lower precedence is put in
// brackets, and the right one also where its precedence is the same.
func infix(n, x Node, op string, y Node) string {
	left, right := x.String(), y.String()
	if precedence(x) < precedence(n) {
		left = "(" + left + ")"
	}
	if precedence(y) <= precedence(n) {
		right = "(" + right + ")"
	}
	return left + " " + op + " " + right
}

// precedence of a node is higher where its operator binds more tightly.
func precedence(n Node) int {
	switch n := n.(type) {
	case Logic:
		if n.Op == "or" {
			return 1
		}
		return 2
	case Comparison:
		return 3
	case Arithmetic:
		if n.Op == "+" || n.Op == "-" {
			return 4
		}
		return 5
	}
	return 6
}
