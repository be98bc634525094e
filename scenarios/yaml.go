package scenarios

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a node is.
type kind int

const (
	nothing kind = iota // null, or a key without a value
	scalar
	mapping
	list
)

// node is one value of a YAML source and where it stands.
type node struct {
	kind kind
	at   position
	// text is a scalar as written, quotes undone.
	text string
	// quoted says that a scalar is text whatever it looks like.
	quoted bool
	fields []field
	items  []*node
	// step marks a mapping that stands for one step of a patch's path.
	step bool
}

// field is one key of a mapping, in the order written. Keys may repeat.
type field struct {
	key   string
	at    position
	value *node
}

// maxDepth is how deep values may nest; the language itself nests six deep.
const maxDepth = 50

// parseYAML reads the one document of a source. It returns nil where the source
// is no YAML, after adding to p what is wrong with it; an empty source is the kind nothing.
func parseYAML(origin position, source string, p *problems) *node {
	source = strings.TrimPrefix(source, "\ufeff")
	r := reader{origin: origin, problems: p, lines: strings.Split(source, "\n")}
	file, err := parser.ParseBytes([]byte(source), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	before := len(p.found)
	root := &node{at: origin}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 && root.kind != nothing {
			p.add(r.where(doc.Body.GetToken()), "", "a second document begins here: expected one")
			break
		}
		root = r.node(doc.Body, 0)
	}
	if len(p.found) > before {
		return nil
	}
	return root
}

// reader turns the parser's tree into ours, which knows only what the language has.
type reader struct {
	origin   position
	problems *problems
	lines    []string
}

func (r reader) where(tok *token.Token) position {
	if tok == nil || tok.Position == nil || r.origin.line == 0 {
		return r.origin
	}
	at := position{file: r.origin.file, line: tok.Position.Line, column: tok.Position.Column}
	if at.line <= len(r.lines) {
		at.source = r.lines[at.line-1]
	}
	return at
}

func (r reader) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		r.problems.add(r.where(culprit(syntax.Token)), "", "this is not YAML: %s", strings.ReplaceAll(syntax.Message, "character '\t'", "a tab"))
		return
	}
	r.problems.add(r.origin, "", "this is not YAML: %v", err)
}

// culprit is the token that makes a source no YAML. A value that runs on into a
// key further down is not to blame, but that key's colon.
func culprit(tok *token.Token) *token.Token {
	if tok == nil || tok.Next == nil || tok.Next.Type != token.MappingValueType || tok.Next.Position.Line == tok.Position.Line {
		return tok
	}
	return tok.Next
}

func (r reader) node(from ast.Node, depth int) *node {
	at := r.where(from.GetToken())
	if depth > maxDepth {
		r.problems.add(at, "", "values nest more than %d deep", maxDepth)
		return &node{at: at}
	}
	switch from := from.(type) {
	case *ast.NullNode:
		return &node{at: at}
	case *ast.MappingNode:
		return r.mapping(from, depth)
	case *ast.SequenceNode:
		n := &node{kind: list, at: at}
		for _, item := range from.Values {
			n.items = append(n.items, r.node(item, depth+1))
		}
		return n
	case *ast.LiteralNode:
		return &node{kind: scalar, at: at, text: from.Value.Value, quoted: true}
	case *ast.StringNode:
		style := from.Token.Type
		quoted := style == token.SingleQuoteType || style == token.DoubleQuoteType
		return &node{kind: scalar, at: at, text: from.Value, quoted: quoted}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		return &node{kind: scalar, at: at, text: from.GetToken().Value}
	}
	r.problems.add(at, "", "%s are not part of the scenario language", foreign(from))
	return &node{at: at}
}

func (r reader) mapping(from *ast.MappingNode, depth int) *node {
	n := &node{kind: mapping, at: r.where(from.Start)}
	for i, pair := range from.Values {
		at := r.where(pair.Key.GetToken())
		if i == 0 && !from.IsFlowStyle {
			n.at = at
		}
		before := len(r.problems.found)
		key := r.node(pair.Key, depth+1)
		if key.kind != scalar && len(r.problems.found) == before {
			r.problems.add(at, "", "expected a key, found %s", key)
		}
		n.fields = append(n.fields, field{key.text, at, r.node(pair.Value, depth+1)})
	}
	return n
}

// foreign names what YAML has and the scenario language leaves out.
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
