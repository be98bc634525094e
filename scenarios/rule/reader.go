package rule

import (
	"fmt"
	"math"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/expr-lang/expr/ast"

	"weighbridge/scenarios/metric"
)

// reader makes our nodes of the library's.
type reader struct {
	text []rune
	axes []Axis
}

// at is an error where a node of the library stands: an operator, or a word.
func at(n ast.Node, format string, args ...any) Error {
	return Error{n.Location().From + 1, fmt.Sprintf(format, args...)}
}

// condition reads what is true or false.
func (r reader) condition(n ast.Node, depth int) (Node, error) {
	if depth > maxDepth {
		return nil, tooDeep(n)
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			x, err := r.condition(n.Node, depth+1)
			return Not{x}, err
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "<", "<=", ">", ">=":
			return r.comparison(n, depth)
		case "and", "&&":
			x, y, err := both(n, depth, r.condition)
			return Logic{"and", x, y}, err
		case "or", "||":
			x, y, err := both(n, depth, r.condition)
			return Logic{"or", x, y}, err
		}
	}
	return nil, r.mismatch(n, "a comparison such as p99_ms < 800")
}

// number reads what is a number.
func (r reader) number(n ast.Node, depth int) (Node, error) {
	if depth > maxDepth {
		return nil, tooDeep(n)
	}
	switch n := n.(type) {
	case *ast.IntegerNode:
		return Number(n.Value), nil
	case *ast.FloatNode:
		return Number(n.Value), nil
	case *ast.IdentifierNode:
		return readMetric(n)
	case *ast.CallNode:
		return r.ratio(n)
	case *ast.UnaryNode:
		if n.Operator == "-" {
			x, err := r.number(n.Node, depth+1)
			return Negative{x}, err
		}
	case *ast.BinaryNode:
		if isArithmetic(n.Operator) {
			return r.arithmetic(n, depth)
		}
	}
	return nil, r.mismatch(n, "a number")
}

func isArithmetic(op string) bool { return strings.Contains("+-*/", op) }

func tooDeep(n ast.Node) Error { return at(n, "expected at most %d levels of nesting", maxDepth) }

// both reads the two operands of an operator.
func both(n *ast.BinaryNode, depth int, as func(ast.Node, int) (Node, error)) (x, y Node, err error) {
	if x, err = as(n.Left, depth+1); err != nil {
		return nil, nil, err
	}
	y, err = as(n.Right, depth+1)
	return x, y, err
}

func (r reader) comparison(n *ast.BinaryNode, depth int) (Node, error) {
	x, y, err := both(n, depth, r.number)
	if err == nil && !measured(x) && !measured(y) {
		err = at(n, "two constants are compared: expected a metric on one side")
	}
	return Comparison{n.Operator, x, y}, err
}

func (r reader) arithmetic(n *ast.BinaryNode, depth int) (Node, error) {
	x, y, err := both(n, depth, r.number)
	if err != nil {
		return nil, err
	}
	found := Arithmetic{n.Operator, x, y}
	if by, known := constant(y); known && by == 0 && n.Operator == "/" {
		return nil, at(n, "expected a divisor other than 0")
	}
	if value, known := constant(found); known && (math.IsInf(value, 0) || math.IsNaN(value)) {
		return nil, at(n, "expected a finite number, found what comes to %v", value)
	}
	return found, nil
}

func readMetric(n *ast.IdentifierNode) (Metric, error) {
	if n.Value == "ratio" {
		return Metric{}, at(n, `expected ratio(metric, "head", "base"), found ratio alone`)
	}
	m, ok := metric.Expressed(n.Value)
	if !ok {
		return Metric{}, at(n, "unknown metric %q: %s", n.Value, meant(n.Value, metric.Expressions()))
	}
	return Metric{m}, nil
}

// mismatch says that a node is of the wrong type, or what is wrong in it.
func (r reader) mismatch(n ast.Node, expected string) error {
	found := ""
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if _, err := readMetric(n); err != nil {
			return err
		}
		found = "the metric " + n.Value
	case *ast.IntegerNode:
		found = fmt.Sprintf("the number %d", n.Value)
	case *ast.FloatNode:
		found = "the number " + Number(n.Value).String()
	case *ast.StringNode:
		return at(n, "expected %s, found the text %q: text stands in ratio(…) alone", expected, n.Value)
	case *ast.CallNode:
		found = "a ratio"
	case *ast.UnaryNode:
		found = fmt.Sprintf("the sign %q", n.Operator)
		if n.Operator == "not" || n.Operator == "!" {
			found = n.Operator + ", which takes a comparison in brackets"
		}
	case *ast.BinaryNode:
		found = "what is true or false"
		if isArithmetic(n.Operator) {
			found = "a number"
		}
	default:
		found = n.String()
	}
	return at(n, "expected %s, found %s", expected, found)
}

// meant is the word nearest to a mistyped one, or all there are.
func meant(word string, from []string) string {
	if near, ok := nearest(word, from); ok {
		return "did you mean " + near + "?"
	}
	return "expected one of " + strings.Join(from, ", ")
}

// nearest is the word of from nearest to another, when one is near enough to be
// meant: the word with its unit, or within a third of its length, at least 2 edits.
func nearest(word string, from []string) (string, bool) {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range from {
		if strings.HasPrefix(candidate, word+"_") {
			return candidate, true
		}
		if d := levenshtein.ComputeDistance(word, candidate); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best, best != ""
}
