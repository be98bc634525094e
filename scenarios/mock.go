package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"weighbridge/mockserver"
)

// PatchMock is c with what the source of file sets of it: a mapping like the
// mock section of a scenario, in YAML or JSON. A null takes a limit, or the entry
// of a map, away. What is wrong comes back as Errors, and nothing is set then.
func PatchMock(file string, source []byte, c mockserver.Config) (mockserver.Config, error) {
	var p problems
	root := parseYAML(position{file: file, line: 1, column: 1}, string(source), &p)
	next := clone(c)
	at := places{}
	if root != nil {
		d := &decoder{problems: &p, at: at, merge: true}
		d.value(reflect.ValueOf(&next).Elem(), root, "", check{})
	}
	if p.finish(&next, position{file: file, line: 1, column: 1}); len(p.found) == 0 {
		return next, nil
	}
	all := p.sorted()
	newExcerpts(string(source), nil).explain(all)
	return c, all
}

// SetMock is c with the fields that sets names, each as PATH=VALUE with a path
// under mock. What is wrong comes back as Errors, and nothing is set then.
func SetMock(c mockserver.Config, sets []string) (mockserver.Config, error) {
	s := Scenario{Mock: clone(c)}
	var p problems
	for _, text := range sets {
		patch, err := ParseSet(text)
		var wrong Errors
		if errors.As(err, &wrong) {
			p.found = append(p.found, wrong...)
			continue
		}
		if err := patch.check([]string{"mock"}); err != nil {
			p.add(patch.at, "", "%v", err)
			continue
		}
		patch.apply(&s, s.decoder(places{}, &p))
	}
	if p.finish(&s.Mock, position{file: "--set"}); len(p.found) > 0 {
		return c, p.sorted()
	}
	return s.Mock, nil
}

// finish gives a mock what derives from its other keys, and checks it as a whole.
func (p *problems) finish(c *mockserver.Config, at position) {
	fillBursts(c.Limit)
	if len(p.found) > 0 {
		return
	}
	if err := c.Validate(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			p.add(at, "", "%s", line)
		}
	}
}

// MockJSON is c as PatchMock reads it, with every key.
func MockJSON(c mockserver.Config) []byte {
	var b bytes.Buffer
	writeJSON(&b, nodeOf(reflect.ValueOf(c), check{}))
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, n *node) {
	switch {
	case n == nil || n.kind == nothing:
		b.WriteString("null")
	case n.kind == scalar:
		b.WriteString(scalarJSON(n))
	case n.kind == list:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for i, f := range n.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteJSON(f.key) + ":")
			writeJSON(b, f.value)
		}
		b.WriteByte('}')
	}
}

// scalarJSON is a number or a boolean as it stands, and anything else as text.
func scalarJSON(n *node) string {
	_, err := strconv.ParseFloat(n.text, 64)
	if !n.quoted && (err == nil && json.Valid([]byte(n.text)) || n.text == "true" || n.text == "false") {
		return n.text
	}
	return quoteJSON(n.text)
}

func quoteJSON(text string) string {
	raw, err := json.Marshal(text)
	if err != nil { // text always marshals
		panic(errors.Join(errors.New("quote for JSON"), err))
	}
	return string(raw)
}
