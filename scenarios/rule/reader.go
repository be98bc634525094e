package rule

import (
	"fmt"
	"math"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/expr-lang/expr/ast"

	"weighbridge/scenarios/metric"
)

// reader turns the nodes of the expr library into ours.
type reader struct {
	text []rune
	axes []Axis
}

// at is an error at the place of one of the library's nodes: its operator, or its word.
func at(n ast.Node, format string, args ...any) Error {
	return Error{n.Location().From + 1, fmt.Sprintf(format, args...)}
}

// condition reads a boolean expression.
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
			x, y, err := operands(n, depth, r.condition)
			return Logic{"and", x, y}, err
		case "or", "||":
			x, y, err := operands(n, depth, r.condition)
			return Logic{"or", x, y}, err
		}
	}
	return nil, r.mismatch(n, "a comparison such as p99_ms < 800")
}

// number reads a numeric expression.
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
		return r.call(n, depth)
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

// operands reads both operands of an operator.
func operands(n *ast.BinaryNode, depth int, as func(ast.Node, int) (Node, error)) (x, y Node, err error) {
	if x, err = as(n.Left, depth+1); err != nil {
		return nil, nil, err
	}
	y, err = as(n.Right, depth+1)
	return x, y, err
}

func (r reader) comparison(n *ast.BinaryNode, depth int) (Node, error) {
	x, y, err := operands(n, depth, r.number)
	if err == nil && !hasMetric(x) && !hasMetric(y) {
		err = at(n, "both sides are constants: expected a metric on one side")
	}
	return Comparison{n.Operator, x, y}, err
}

func (r reader) arithmetic(n *ast.BinaryNode, depth int) (Node, error) {
	x, y, err := operands(n, depth, r.number)
	if err != nil {
		return nil, err
	}
	found := Arithmetic{n.Operator, x, y}
	if by, ok := constant(y); ok && by == 0 && n.Operator == "/" {
		return nil, at(n, "expected a divisor other than 0")
	}
	if value, ok := constant(found); ok && (math.IsInf(value, 0) || math.IsNaN(value)) {
		return nil, at(n, "expected a finite number, found one that evaluates to %v", value)
	}
	return found, nil
}

func readMetric(n *ast.IdentifierNode) (Metric, error) {
	if form, ok := forms()[n.Value]; ok {
		return Metric{}, at(n, "expected %s, found %s alone", form, n.Value)
	}
	m, ok := metric.Expressed(n.Value)
	if !ok {
		return Metric{}, at(n, "unknown metric %q: %s", n.Value, suggestion(n.Value, metric.Expressions()))
	}
	return Metric{m}, nil
}

// mismatch says that a node has the wrong type, or what is wrong in it.
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
		return at(n, "expected %s, found the text %q: text is only allowed in ratio(…), at(…) and edge(…)", expected, n.Value)
	case *ast.CallNode:
		found = calledName(n) + "(…)"
	case *ast.UnaryNode:
		found = fmt.Sprintf("the sign %q", n.Operator)
		if n.Operator == "not" || n.Operator == "!" {
			found = n.Operator + ", which needs its comparison in brackets"
		}
	case *ast.BinaryNode:
		found = "a condition"
		if isArithmetic(n.Operator) {
			found = "a number"
		}
	default:
		found = n.String()
	}
	return at(n, "expected %s, found %s", expected, found)
}

// suggestion is the name that a mistyped one is closest to, or all names.
func suggestion(word string, from []string) string {
	if near, ok := nearest(word, from); ok {
		return "did you mean " + near + "?"
	}
	return "expected one of " + strings.Join(from, ", ")
}

// nearest is the one of from that a mistyped word probably means: the word with its unit, or
// the closest by edit distance, within a third of its length or 2 edits.
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
