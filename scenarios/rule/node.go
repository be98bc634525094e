package rule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weighbridge/scenarios/metric"
)

// Node is one of Number, Metric, Ratio, Arithmetic, Comparison, Logic, Not, Negative.
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
