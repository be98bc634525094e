package dialect

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"weighbridge/target"
)

// The functions that the actions of a path's template end in; no template can name them.
const (
	pathEscape  = "_pathEscape"
	queryEscape = "_queryEscape"
)

// pathTemplate makes the path and query of a request. Values are escaped as one segment of
// the path, or as one value of the query, so that none changes which server or which other
// parameters a request has.
type pathTemplate struct {
	fixed target.Path
	// made is nil if the path has no actions.
	made *textTemplate
}

func newPathTemplate(text string) (p pathTemplate, err error) {
	if !isTemplate(text) {
		p.fixed, err = target.ParsePath(text)
		return p, err
	}
	p.made, err = parseTemplate("target.http.path", text, escapeValues)
	if err == nil {
		_, err = p.path(templateData{"prompt", []string{"prompt"}, 1})
	}
	return p, err
}

// path returns the path for the data.
func (p pathTemplate) path(data templateData) (target.Path, error) {
	if p.made == nil {
		return p.fixed, nil
	}
	text, err := p.made.execute(data)
	if err != nil {
		return target.Path{}, err
	}
	return target.ParsePath(text)
}

// escapeValues makes each action of a template that writes a value end in an escape: for the
// path until the first question mark in the text, then for the query.
func escapeValues(t *template.Template) error {
	if len(t.Templates()) > 1 {
		return errors.New("expected no templates inside a path")
	}
	inQuery := false
	visitInOrder(t.Root, func(n parse.Node) {
		switch n := n.(type) {
		case *parse.TextNode:
			inQuery = inQuery || strings.Contains(string(n.Text), "?")
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 || endsInEscape(n.Pipe) {
				return
			}
			escape := pathEscape
			if inQuery {
				escape = queryEscape
			}
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{
				NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{parse.NewIdentifier(escape).SetPos(n.Pos)},
			})
		}
	})
	return nil
}

// endsInEscape reports whether a pipeline escapes its value itself.
func endsInEscape(p *parse.PipeNode) bool {
	last, ok := p.Cmds[len(p.Cmds)-1].Args[0].(*parse.IdentifierNode)
	return ok && last.Ident == "urlquery"
}

// visitInOrder visits the texts and actions of a template in the order of the source.
func visitInOrder(n parse.Node, visit func(parse.Node)) {
	branch := func(b *parse.BranchNode) {
		visitInOrder(b.List, visit)
		if b.ElseList != nil {
			visitInOrder(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range slices.Clone(n.Nodes) {
			visitInOrder(inner, visit)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	default:
		visit(n)
	}
}

// escapeSegment escapes a value for one segment of a path. A segment of dots would name
// another path.
func escapeSegment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}
