package tree

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Kind is the kind of a node.
type Kind int

const (
	Nothing Kind = iota // null, or a key without a value
	Scalar
	Mapping
	List
)

// Node is a value of a YAML source with its position.
type Node struct {
	Kind Kind
	At   Position
	// Text is a scalar as written, without quotes.
	Text string
	// Quoted says that the scalar is text, whatever it looks like.
	Quoted  bool
	Entries []Entry
	Items   []*Node
	// step marks a mapping that stands for one step of the path of a patch.
	step bool
}

// Entry is one key of a mapping, in the order written. Keys may repeat.
type Entry struct {
	Key   string
	At    Position
	Value *Node
}

// The bounds of a source. Beyond them the parser takes minutes, because its time grows with the
// square of the keys and of the nesting.
const (
	// MaxBytes is the length of the longest source.
	MaxBytes  = 1 << 20
	maxTokens = 100_000
	maxKeys   = 5_000
	// maxDepth is how deep values may be nested; the scenario language needs six levels.
	maxDepth = 50
)

// Parse parses a source of one document. If the source is not valid YAML it adds the errors to
// p and returns nil; an empty source is a node of kind Nothing.
func Parse(origin Position, source string, p *Problems) *Node {
	source = strings.TrimPrefix(source, "\ufeff")
	r := reader{origin: origin, problems: p, lines: strings.Split(source, "\n")}
	if len(source) > MaxBytes {
		p.Add(origin, "", "expected at most %d bytes, found %d", MaxBytes, len(source))
		return nil
	}
	tokens := lexer.Tokenize(source)
	if tok, wrong := tooMuch(tokens); wrong != "" {
		p.Add(r.where(tok), "", "%s", wrong)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	before := p.Len()
	root := &Node{At: origin}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 && root.Kind != Nothing {
			p.Add(r.where(doc.Body.GetToken()), "", "expected one document, found a second")
			break
		}
		root = r.node(doc.Body, 0)
	}
	if p.Len() > before {
		return nil
	}
	return root
}

// tooMuch says which bound of a source its tokens exceed, and where; "" if none.
func tooMuch(tokens token.Tokens) (at *token.Token, wrong string) {
	if len(tokens) > maxTokens {
		return tokens[maxTokens], fmt.Sprintf("expected at most %d values and marks", maxTokens)
	}
	keys, brackets, entries, line := 0, 0, 0, 0
	for _, tok := range tokens {
		if tok.Position.Line != line {
			line, entries = tok.Position.Line, 0
		}
		switch tok.Type {
		case token.MappingValueType:
			keys++
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType: // several on one line are nested
			entries++
		}
		switch {
		case keys > maxKeys:
			return tok, fmt.Sprintf("expected at most %d keys", maxKeys)
		case max(brackets, entries) > maxDepth:
			return tok, fmt.Sprintf("nested too deeply: expected at most %d levels", maxDepth)
		}
	}
	return nil, ""
}

// reader converts the parser's tree to nodes, which have only what the language supports.
type reader struct {
	origin   Position
	problems *Problems
	lines    []string
}

func (r reader) where(tok *token.Token) Position {
	if tok == nil || tok.Position == nil || r.origin.Line == 0 {
		return r.origin
	}
	at := Position{File: r.origin.File, Line: tok.Position.Line, Column: tok.Position.Column}
	if at.Line <= len(r.lines) {
		at.Source = r.lines[at.Line-1]
	}
	return at
}

// unquoted matches a value that begins with an action of a template, which YAML takes for a mapping.
var unquoted = regexp.MustCompile(`(^|:\s+)\{\{`)

// hint says how to mend a frequent mistake; "" if it is not made.
func (r reader) hint() string {
	if slices.ContainsFunc(r.lines, unquoted.MatchString) {
		return " (a text that begins with {{ needs quotes: '{{…}}')"
	}
	return ""
}

func (r reader) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		r.problems.Add(r.where(culprit(syntax.Token)), "", "invalid YAML: %s%s", strings.ReplaceAll(syntax.Message, "character '\t'", "a tab"), r.hint())
		return
	}
	r.problems.Add(r.origin, "", "invalid YAML: %v", err)
}

// culprit returns the token to blame for a syntax error. Where a value runs into a key on a
// later line, that is the colon of the key.
func culprit(tok *token.Token) *token.Token {
	if tok == nil || tok.Next == nil || tok.Next.Type != token.MappingValueType || tok.Next.Position.Line == tok.Position.Line {
		return tok
	}
	return tok.Next
}

func (r reader) node(from ast.Node, depth int) *Node {
	at := r.where(from.GetToken())
	if depth > maxDepth {
		r.problems.Add(at, "", "nested too deeply: expected at most %d levels", maxDepth)
		return &Node{At: at}
	}
	switch from := from.(type) {
	case *ast.NullNode:
		return &Node{At: at}
	case *ast.MappingNode:
		return r.mapping(from, depth)
	case *ast.SequenceNode:
		n := &Node{Kind: List, At: at}
		for _, item := range from.Values {
			n.Items = append(n.Items, r.node(item, depth+1))
		}
		return n
	case *ast.LiteralNode:
		return &Node{Kind: Scalar, At: at, Text: from.Value.Value, Quoted: true}
	case *ast.StringNode:
		style := from.Token.Type
		quoted := style == token.SingleQuoteType || style == token.DoubleQuoteType
		return &Node{Kind: Scalar, At: at, Text: from.Value, Quoted: quoted}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		return &Node{Kind: Scalar, At: at, Text: from.GetToken().Value}
	}
	r.problems.Add(at, "", "%s are not supported", foreign(from))
	return &Node{At: at}
}

func (r reader) mapping(from *ast.MappingNode, depth int) *Node {
	n := &Node{Kind: Mapping, At: r.where(from.Start)}
	for i, pair := range from.Values {
		at := r.where(pair.Key.GetToken())
		if i == 0 && !from.IsFlowStyle {
			n.At = at
		}
		before := r.problems.Len()
		key := r.node(pair.Key, depth+1)
		if key.Kind != Scalar && r.problems.Len() == before {
			r.problems.Add(at, "", "expected a key, found %s", key)
		}
		n.Entries = append(n.Entries, Entry{key.Text, at, r.node(pair.Value, depth+1)})
	}
	return n
}

// foreign names YAML features that the language does not support.
func foreign(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors and aliases"
	case *ast.MergeKeyNode:
		return "merge keys"
	case *ast.TagNode:
		return "tags"
	case *ast.DirectiveNode:
		return "directives"
	}
	return "such values"
}
