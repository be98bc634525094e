package dialect

import (
	"errors"
	"fmt"
	"net/http"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
	"github.com/expr-lang/expr/vm/runtime"
)

// The bounds of a success expression. It is evaluated for every response, whose body may
// have 64 MiB.
const (
	maxExpression = 10_000 // bytes
	maxNodes      = 1000
	maxPattern    = 1000 // instructions of a compiled regular expression
	// maxText is how many bytes an evaluation may make and visit; an item that a function
	// such as any visits counts as itemCost of them.
	maxText  = 64 << 20
	itemCost = 16
	// maxEvaluation is how long functions such as any may take, with their items' conditions.
	maxEvaluation = time.Second
)

// response is the environment of a success expression. Headers are keyed by
// canonical name; the body is parsed if it is JSON, else it is a string.
type response struct {
	Status int               `expr:"status"`
	Header map[string]string `expr:"header"`
	Body   any               `expr:"body"`
	// Item and Add stand around the condition of each item and for +, so that they count.
	Item func(any) (any, error)      `expr:"__item"`
	Add  func(any, any) (any, error) `expr:"__add"`
}

// successRule is a compiled success expression, and which parts of a response it reads.
type successRule struct {
	program      *vm.Program
	header, body bool
	// byStatus has the values found so far, where a value depends on the status alone; else nil.
	byStatus *sync.Map // of bool by int
}

// compileSuccess compiles an expression. An error is one line.
func compileSuccess(text string) (*successRule, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("expected at most %d bytes, found %d", maxExpression, len(text))
	}
	options := []expr.Option{expr.Env(response{}), expr.AsBool(), expr.MaxNodes(maxNodes)}
	if _, err := expr.Compile(text, options...); err != nil { // with the types as written
		says := firstLine(err)
		if strings.HasPrefix(says, "unknown name ") {
			says += ": expected status, header, body or a function"
		}
		return nil, errors.New(says)
	}
	b := boundary{reads: map[string]bool{}}
	program, err := expr.Compile(text, append(options, expr.Patch(&b))...)
	if b.wrong != nil {
		return nil, errors.New(firstLine(b.wrong.Bind(file.NewSource(text))))
	}
	if err != nil {
		return nil, errors.New(firstLine(err))
	}
	rule := &successRule{program: program, header: b.reads["header"], body: b.reads["body"]}
	if !rule.header && !rule.body && !b.reads["now"] {
		rule.byStatus = &sync.Map{}
	}
	return rule, nil
}

// ofStatus returns the value where it depends on the status alone.
func (r *successRule) ofStatus(status int) (any, error) {
	if known, ok := r.byStatus.Load(status); ok {
		return known, nil
	}
	value, err := response{Status: status}.evaluate(r)
	if err == nil {
		r.byStatus.Store(status, value)
	}
	return value, err
}

// evaluate returns the value of a success expression, within its bounds.
func (r response) evaluate(rule *successRule) (any, error) {
	left, end := maxText, time.Now().Add(maxEvaluation)
	spend := func(bytes int) error {
		if left -= itemCost + bytes; left < 0 || time.Now().After(end) {
			return fmt.Errorf("expected at most %d items, %d bytes of text and %v", maxText/itemCost, maxText, maxEvaluation)
		}
		return nil
	}
	r.Item = func(value any) (any, error) {
		text, _ := value.(string)
		return value, spend(len(text))
	}
	r.Add = func(x, y any) (any, error) {
		a, _ := x.(string)
		b, _ := y.(string)
		if err := spend(len(a) + len(b)); err != nil {
			return nil, err
		}
		return runtime.Add(x, y), nil
	}
	return expr.Run(rule.program, r)
}

// boundedFunctions take time and memory in proportion to their arguments. The others of the
// library can make any amount of text or items out of little.
func boundedFunctions() []string {
	return []string{
		"abs", "all", "any", "ceil", "count", "date", "duration", "filter", "find", "findIndex", "findLast", "findLastIndex",
		"first", "float", "floor", "fromBase64", "fromJSON", "get", "hasPrefix", "hasSuffix", "indexOf", "int", "keys", "last",
		"lastIndexOf", "len", "lower", "map", "max", "mean", "median", "min", "none", "now", "one", "round", "string", "sum", "take",
		"trim", "trimPrefix", "trimSuffix", "type", "upper", "values",
	}
}

// outsideItems are functions whose results would add up, were they called for every item.
func outsideItems() []string { return []string{"fromBase64", "fromJSON", "keys", "values"} }

// boundary refuses what has no bound and makes the rest count; it is an ast.Visitor.
type boundary struct {
	wrong *file.Error
	// reads are the parts of a response, and the functions, that the expression names.
	reads map[string]bool
}

func (b *boundary) refuse(n ast.Node, format string, args ...any) {
	if b.wrong == nil {
		b.wrong = &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
	}
}

// Visit visits a node after those in it.
func (b *boundary) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		b.identifier(n.Value)
	case *ast.MemberNode:
		canonicalName(n.Node, n.Property)
	case *ast.BuiltinNode:
		b.reads[n.Name] = true
		if n.Name == "get" && len(n.Arguments) == 2 {
			canonicalName(n.Arguments[0], n.Arguments[1])
		}
		if !slices.Contains(boundedFunctions(), n.Name) {
			b.refuse(n, "function %s has no bound: expected one of %s", n.Name, strings.Join(boundedFunctions(), ", "))
		}
	case *ast.BinaryNode:
		b.binary(node, n)
	case *ast.VariableDeclaratorNode:
		b.refuse(n, "variables are not allowed in a success expression")
	case *ast.MapNode:
		b.refuse(n, "mappings are not allowed in a success expression")
	case *ast.ArrayNode:
		for _, item := range n.Nodes {
			switch item.(type) {
			case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode, *ast.NilNode, *ast.UnaryNode:
			default:
				b.refuse(n, "expected a list of constants")
			}
		}
	case *ast.PredicateNode:
		b.predicate(n)
	}
}

// identifier notes that a name is read; $env stands for all.
func (b *boundary) identifier(name string) {
	b.reads[name] = true
	if name == "$env" {
		b.reads["header"], b.reads["body"] = true, true
	}
}

// canonicalName writes the name of a header as the map of headers has it, as names are the
// same in whatever case (RFC 9110 §5.1).
func canonicalName(of, name ast.Node) {
	holder, isName := of.(*ast.IdentifierNode)
	text, isText := name.(*ast.StringNode)
	if isName && isText && holder.Value == "header" {
		text.Value = http.CanonicalHeaderKey(text.Value)
	}
}

func (b *boundary) binary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "in":
		canonicalName(n.Right, n.Left)
	case "..":
		b.refuse(n, "ranges are not allowed in a success expression")
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			b.refuse(n, "expected a regular expression in quotes")
			return
		}
		parsed, err := syntax.Parse(pattern.Value, syntax.Perl)
		if err != nil {
			return // the library has refused it
		}
		if compiled, err := syntax.Compile(parsed.Simplify()); err == nil && len(compiled.Inst) > maxPattern {
			b.refuse(n, "expected a regular expression of at most %d steps, found %d", maxPattern, len(compiled.Inst))
		}
	case "+":
		ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "__add"}, Arguments: []ast.Node{n.Left, n.Right}})
	}
}

func (b *boundary) predicate(n *ast.PredicateNode) {
	ast.Walk(&n.Node, visitor(func(inner ast.Node) {
		if call, ok := inner.(*ast.BuiltinNode); ok && slices.Contains(outsideItems(), call.Name) {
			b.refuse(call, "function %s is not allowed for every item", call.Name)
		}
	}))
	n.Node = &ast.CallNode{Callee: &ast.IdentifierNode{Value: "__item"}, Arguments: []ast.Node{n.Node}}
}

type visitor func(ast.Node)

// Visit calls the visitor.
func (v visitor) Visit(node *ast.Node) { v(*node) }

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
