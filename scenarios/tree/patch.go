package tree

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Patch is a dotted path and the value it sets: a single field, or several fields as a mapping.
type Patch struct {
	// Path is the path of the field, such as target.batch.size.
	Path string
	// Value is the new value at the path.
	Value *Node
	// At is the position of the path.
	At Position
}

// Overlap reports whether two paths are the same, or one leads to the other.
func Overlap(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}

// Apply sets the field under root, a pointer to a struct. A patch is decoded like the nested
// mappings that its path stands for.
func (p Patch) Apply(root any, d *Decoder) {
	nested := p.Value
	steps := strings.Split(p.Path, ".")
	for _, step := range slices.Backward(steps) {
		nested = &Node{Kind: Mapping, At: p.At, step: true, Entries: []Entry{{step, p.At, nested}}}
	}
	d.Decode(root, nested)
}

// Check returns what is wrong with the path of a patch. language is the type that paths start
// from; sections are its keys that a path may begin with.
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

// nearestPath suggests a path, preferring one that ends with the given path: its first keys
// were left out.
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

// Leaves calls visit for every value that the patch sets, mappings key by key.
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
