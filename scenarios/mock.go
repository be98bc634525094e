package scenarios

import (
	"errors"
	"reflect"
	"strings"

	"weighbridge/mockserver"
	"weighbridge/scenarios/tree"
)

// PatchMock returns c with the changes in a source, which is a mapping like the mock section of
// a scenario, in YAML or JSON; file names it in errors. A null removes a limit, or the entry of
// a map. An error is of type tree.Errors, and c is returned unchanged.
func PatchMock(file string, source []byte, c mockserver.Config) (mockserver.Config, error) {
	var p tree.Problems
	root := tree.Parse(tree.Position{File: file, Line: 1, Column: 1}, string(source), &p)
	next := tree.Clone(c)
	at := tree.Positions{}
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

// SetMock returns c with fields set, each entry of sets as PATH=VALUE with a path under mock.
// An error is of type tree.Errors, and c is returned unchanged.
func SetMock(c mockserver.Config, sets []string) (mockserver.Config, error) {
	s := Scenario{Mock: tree.Clone(c)}
	var p tree.Problems
	for _, text := range sets {
		patch, err := parseSet(text)
		var wrong tree.Errors
		if errors.As(err, &wrong) {
			p.AddAll(wrong)
			continue
		}
		if err := patch.Check(language(), []string{"mock"}); err != nil {
			p.Add(patch.At, "", "%v", err)
			continue
		}
		patch.Apply(&s, s.decoder(tree.Positions{}, &p))
	}
	if finishMock(&s.Mock, &p, tree.Position{File: "--set"}); p.Len() > 0 {
		return c, p.Sorted()
	}
	return s.Mock, nil
}

// finishMock sets the defaults of a mock that depend on other keys and validates it.
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

// MockJSON returns c with every key as JSON that PatchMock reads.
func MockJSON(c mockserver.Config) []byte {
	return tree.Encode(reflect.ValueOf(c), tree.Check{}).JSON()
}
