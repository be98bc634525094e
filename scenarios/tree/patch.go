package tree

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Patch sets one field, or several of a mapping: a dotted path and the value it takes.
type Patch struct {
	// Path leads to the field by the keys of the language, as in target.batch.size.
	Path  string
	Value *Node
	At    Position
}

// Overlap reports whether one path is the other, or leads to it.
func Overlap(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}

// Apply sets the patch's field under root, a pointer to a struct. The path is
// read as the mappings it stands for, so that a patch is decoded as a file is.
func (p Patch) Apply(root any, d *Decoder) {
	nested := p.Value
	steps := strings.Split(p.Path, ".")
	for _, step := range slices.Backward(steps) {
		nested = &Node{Kind: Mapping, At: p.At, step: true, Entries: []Entry{{step, p.At, nested}}}
	}
	d.Decode(root, nested)
}

// Check says what is wrong with the path of a patch in a language, whose type it
// gives, that may begin with one of the sections.
func (p Patch) Check(language reflect.Type, sections []string) error {
	steps := strings.Split(p.Path, ".")
	inside := slices.Contains(sections, steps[0])
	if inside && TypeAt(language, steps) != nil {
		return nil
	}
	if near, ok := nearestPath(p.Path, language, sections); ok {
		return fmt.Errorf("unknown path %q: did you mean %s?", p.Path, near)
	}
	if !inside {
		return fmt.Errorf("unknown path %q: expected a path into %s", p.Path, strings.Join(sections, ", "))
	}
	known := len(steps) - 1
	for TypeAt(language, steps[:known]) == nil {
		known--
	}
	holder := TypeAt(language, steps[:known])
	if holder.Kind() != reflect.Struct {
		return fmt.Errorf("unknown path %q: %s has no keys", p.Path, strings.Join(steps[:known], "."))
	}
	return fmt.Errorf("unknown path %q: expected one of %s in %s", p.Path, strings.Join(Keys(holder), ", "), strings.Join(steps[:known], "."))
}

// nearestPath prefers a path that ends as the mistaken one does, which is one
// whose section was forgotten.
func nearestPath(path string, language reflect.Type, sections []string) (string, bool) {
	known := slices.DeleteFunc(Paths(language, ""), func(path string) bool {
		section, _, _ := strings.Cut(path, ".")
		return !slices.Contains(sections, section)
	})
	for _, candidate := range known {
		if strings.HasSuffix(candidate, "."+path) {
			return candidate, true
		}
	}
	return Suggest(path, known)
}

// Leaves visits every value that the patch sets, mappings taken apart.
func (p Patch) Leaves(visit func(path string, value *Node)) { leavesOf(p.Path, p.Value, visit) }

func leavesOf(path string, n *Node, visit func(path string, value *Node)) {
	if n.Kind != Mapping {
		visit(path, n)
		return
	}
	for _, f := range n.Entries {
		leavesOf(Join(path, f.Key), f.Value, visit)
	}
}
