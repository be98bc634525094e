package scenarios

import (
	"errors"
	"reflect"
	"strings"

	"weighbridge/mockserver"
	"weighbridge/scenarios/tree"
)

// PatchMock is c with what the source of file sets of it: a mapping like the
// mock section of a scenario, in YAML or JSON. A null takes a limit, or the entry
// of a map, away. What is wrong comes back as Errors, and nothing is set then.
func PatchMock(file string, source []byte, c mockserver.Config) (mockserver.Config, error) {
	var p tree.Problems
	root := tree.Parse(tree.Position{File: file, Line: 1, Column: 1}, string(source), &p)
	next := tree.Clone(c)
	at := tree.Places{}
	if root != nil {
		d := &tree.Decoder{Problems: &p, At: at, Merge: true}
		d.Decode(&next, root)
	}
	if finishMock(&next, &p, tree.Position{File: file, Line: 1, Column: 1}); p.Len() == 0 {
		return next, nil
	}
	all := p.Sorted()
	explain(all, string(source), nil)
	return c, all
}

// SetMock is c with the fields that sets names, each as PATH=VALUE with a path
// under mock. What is wrong comes back as Errors, and nothing is set then.
func SetMock(c mockserver.Config, sets []string) (mockserver.Config, error) {
	s := Scenario{Mock: tree.Clone(c)}
	var p tree.Problems
	for _, text := range sets {
		patch, err := ParseSet(text)
		var wrong tree.Errors
		if errors.As(err, &wrong) {
			p.AddAll(wrong)
			continue
		}
		if err := patch.Check(language(), []string{"mock"}); err != nil {
			p.Add(patch.At, "", "%v", err)
			continue
		}
		patch.Apply(&s, s.decoder(tree.Places{}, &p))
	}
	if finishMock(&s.Mock, &p, tree.Position{File: "--set"}); p.Len() > 0 {
		return c, p.Sorted()
	}
	return s.Mock, nil
}

// finishMock gives a mock what derives from its other keys, and checks it as a whole.
func finishMock(c *mockserver.Config, p *tree.Problems, at tree.Position) {
	fillBursts(c.Limit)
	if p.Len() > 0 {
		return
	}
	if err := c.Validate(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			p.Add(at, "", "%s", line)
		}
	}
}

// MockJSON is c as PatchMock reads it, with every key.
func MockJSON(c mockserver.Config) []byte {
	return tree.Encode(reflect.ValueOf(c), tree.Check{}).JSON()
}
