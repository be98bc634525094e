package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
)

// The bounds of a template. Without them {{range 2000000000}} does not end, and
// {{$x = print $x $x}} doubles its text each time.
const (
	// maxTemplate is the length of the longest template in bytes.
	maxTemplate = 100_000
	// maxWork is how many bytes of text the execution of a template reads and writes. A
	// repetition of a range, a value written and a call count as stepCost of them.
	maxWork  = 128 << 20
	stepCost = 128
)

var errTooMuchWork = fmt.Errorf("expected at most %d repetitions, values and calls, and at most %d bytes of text", maxWork/stepCost, maxWork)

// textTemplate is the template of a text of a request. It is safe for concurrent use.
type textTemplate struct {
	parsed     *template.Template
	executions sync.Pool // of *execution
}

// isTemplate reports whether a text has actions of a template.
func isTemplate(text string) bool { return strings.Contains(text, "{{") }

// newTextTemplate parses the template at a key and executes it once.
func newTextTemplate(key, text string) (*textTemplate, error) {
	return parseTemplate(key, text, func(*template.Template) error { return nil })
}

// parseTemplate parses the template at a key, lets prepare change it and executes it once.
func parseTemplate(key, text string, prepare func(*template.Template) error) (*textTemplate, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("expected at most %d bytes, found %d", maxTemplate, len(text))
	}
	parsed, err := template.New(key).Funcs((&execution{}).functions()).Parse(text)
	if err != nil {
		return nil, plainError(err)
	}
	all := parsed.Templates()
	slices.SortFunc(all, func(a, b *template.Template) int { return strings.Compare(a.Name(), b.Name()) })
	for _, t := range all {
		if callsItself(parsed, t.Name(), map[string]bool{}) {
			return nil, fmt.Errorf("template %q calls itself: expected templates that do not", t.Name())
		}
	}
	if err := prepare(parsed); err != nil {
		return nil, err
	}
	for _, t := range all {
		countSteps(t.Root)
	}
	b := &textTemplate{parsed: parsed}
	_, err = b.execute(templateData{"prompt", []string{"prompt"}, 1})
	return b, err
}

// execute returns the text for the data.
func (b *textTemplate) execute(data templateData) (string, error) {
	x, _ := b.executions.Get().(*execution)
	if x == nil {
		own, err := b.parsed.Clone()
		if err != nil {
			return "", err
		}
		x = &execution{}
		x.template = own.Funcs(x.functions())
	}
	defer b.executions.Put(x)
	x.left, x.body = maxWork, strings.Builder{}
	if err := x.template.Execute(x, data); err != nil {
		return "", plainError(err)
	}
	return x.body.String(), nil
}

// templateFailure is an error of text/template: the line, what was being evaluated, and what is wrong with it.
var templateFailure = regexp.MustCompile(`^template: .*?:([0-9]+)(?::[0-9]+)?: (?:executing ".*?" at <(.*?)>: )?(.*)$`)

// plainError returns an error of text/template without its names of Go, and says which fields there are.
func plainError(err error) error {
	parts := templateFailure.FindStringSubmatch(err.Error())
	if parts == nil || errors.Is(err, errTooMuchWork) {
		return err
	}
	where := "line " + parts[1] + ": "
	if parts[2] != "" {
		where += "{{" + parts[2] + "}}: "
	}
	if strings.HasSuffix(parts[3], " in type dialect.templateData") {
		parts[3] = "unknown field: expected .Prompt, .Prompts or .MaxTokens"
	}
	return errors.New(where + parts[3])
}

// execution is a template being executed, and the work that it may still do.
type execution struct {
	template *template.Template
	body     strings.Builder
	left     int
}

func (x *execution) spend(bytes int) error {
	if x.left -= stepCost + bytes; x.left < 0 || bytes > maxWork {
		x.left = -1
		return errTooMuchWork
	}
	return nil
}

// Write appends to the text. A template writes its text and values by it and, through
// countSteps, nothing at each repetition of a range.
func (x *execution) Write(text []byte) (int, error) {
	if err := x.spend(len(text)); err != nil {
		return 0, err
	}
	return x.body.Write(text)
}

// countSteps puts an empty text in front of a template and of each of its ranges.
func countSteps(root parse.Node) {
	step := func(list *parse.ListNode) {
		list.Nodes = append([]parse.Node{&parse.TextNode{NodeType: parse.NodeText}}, list.Nodes...)
	}
	visitNodes(root, func(n parse.Node) {
		if r, ok := n.(*parse.RangeNode); ok {
			step(r.List)
		}
	})
	if list, ok := root.(*parse.ListNode); ok && list != nil {
		step(list)
	}
}

// callsItself reports whether the template of a name leads back to one that is being called.
func callsItself(t *template.Template, name string, calling map[string]bool) bool {
	if calling[name] {
		return true
	}
	called := t.Lookup(name)
	if called == nil || called.Tree == nil {
		return false
	}
	calling[name] = true
	defer delete(calling, name)
	found := false
	seen := map[string]bool{}
	visitNodes(called.Root, func(n parse.Node) {
		if call, ok := n.(*parse.TemplateNode); ok && !found && !seen[call.Name] {
			seen[call.Name] = true
			found = callsItself(t, call.Name, calling)
		}
	})
	return found
}

// visitNodes visits the nodes of a template that hold others, and the calls of templates.
func visitNodes(n parse.Node, visit func(parse.Node)) {
	branch := func(b parse.BranchNode) {
		visitNodes(b.List, visit)
		if b.ElseList != nil {
			visitNodes(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			visitNodes(inner, visit)
		}
	case *parse.IfNode:
		branch(n.BranchNode)
	case *parse.WithNode:
		branch(n.BranchNode)
	case *parse.RangeNode:
		branch(n.BranchNode)
	}
	visit(n)
}

// functions are json, and the built-in functions that make text, each within the bounds.
func (x *execution) functions() template.FuncMap {
	within := func(growth int, f func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			if err := x.spend(growth * sizeOf(args...)); err != nil {
				return "", err
			}
			return f(args...), nil
		}
	}
	return template.FuncMap{
		"print":    within(1, fmt.Sprint),
		"println":  within(1, fmt.Sprintln),
		"html":     within(6, template.HTMLEscaper),
		"js":       within(6, template.JSEscaper),
		"urlquery": within(3, template.URLQueryEscaper),
		"printf": func(format string, args ...any) (string, error) {
			size, err := formattedSize(format, args)
			if err == nil {
				err = x.spend(size)
			}
			if err != nil {
				return "", err
			}
			return fmt.Sprintf(format, args...), nil
		},
		pathEscape:  within(3, func(args ...any) string { return escapeSegment(fmt.Sprint(args...)) }),
		queryEscape: within(3, func(args ...any) string { return url.QueryEscape(fmt.Sprint(args...)) }),
		"json": func(v any) (string, error) {
			if err := x.spend(6 * sizeOf(v)); err != nil {
				return "", err
			}
			text, err := json.Marshal(v)
			return string(text), err
		},
	}
}

// sizeOf is at least the number of characters that values print as, without escapes.
func sizeOf(values ...any) int {
	size := 0
	for _, v := range values {
		size += 64
		switch v := v.(type) {
		case string:
			size += len(v)
		case []string:
			for _, text := range v {
				size += 16 + len(text)
			}
		case templateData:
			size += sizeOf(v.Prompt, v.Prompts)
		}
	}
	return size
}

var wideVerb = regexp.MustCompile(`[0-9]{5}|\*`)

// formattedSize is at least the size of a formatted text. Each verb may name any argument.
func formattedSize(format string, args []any) (int, error) {
	if wideVerb.MatchString(format) {
		return 0, errors.New("expected widths of at most 9999, without *")
	}
	growth := 1
	if strings.ContainsAny(format, "qxX#+") {
		growth = 12
	}
	verbs := strings.Count(format, "%")
	perVerb := 10_000 + growth*sizeOf(args...)
	if !strings.ContainsAny(format, "0123456789") {
		return len(format) + min(verbs, 1)*growth*sizeOf(args...) + 64*verbs, nil // each argument once
	}
	if verbs > maxWork/perVerb {
		return 0, errTooMuchWork
	}
	return len(format) + verbs*perVerb, nil
}
