package scenarios

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
	value *node
	at    position
}

// secretive reports whether a value at the path may hold a credential that
// somebody typed by mistake; it is not repeated.
func secretive(path string) bool {
	for _, holder := range []string{
		"target.url", "target.headers", "target.http", "target.auth.key", "target.auth.client_id", "target.auth.client_secret",
		"target.auth.token_path", "target.auth.jwt.issuer", "target.auth.jwt.secret", "mock.auth.keys", "mock.auth.jwt.secret",
	} {
		if overlap(path, holder) {
			return true
		}
	}
	return false
}

// public reports whether a path names a field whose value may be repeated:
// under a misspelt path anything may stand.
func public(path string) bool {
	return path != "" && typeAt(reflect.TypeFor[Scenario](), steps(path)) != nil && !secretive(path)
}

// overlap reports whether one path is the other, or leads to it.
func overlap(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}

// apply sets the patch's field under root, a pointer to a struct. The path is
// read as the mappings it stands for, so that a patch is decoded as a file is.
func (p Patch) apply(root any, d *decoder) {
	nested := p.value
	steps := strings.Split(p.Path, ".")
	for _, step := range slices.Backward(steps) {
		nested = &node{kind: mapping, at: p.at, step: true, fields: []field{{step, p.at, nested}}}
	}
	d.value(reflect.ValueOf(root).Elem(), nested, "", check{})
}

// armSections is where the paths of levels begin.
func armSections() []string { return keys(reflect.TypeFor[Arm]()) }

// check says what is wrong with the path of a patch that may begin with one of the sections.
func (p Patch) check(sections []string) error {
	language := reflect.TypeFor[Scenario]()
	steps := strings.Split(p.Path, ".")
	inside := slices.Contains(sections, steps[0])
	if inside && typeAt(language, steps) != nil {
		return nil
	}
	if near, ok := nearestPath(p.Path, sections); ok {
		return fmt.Errorf("%q names no field: did you mean %s?", p.Path, near)
	}
	if !inside {
		return fmt.Errorf("%q names no field here: expected a path into %s", p.Path, strings.Join(sections, ", "))
	}
	known := len(steps) - 1
	for typeAt(language, steps[:known]) == nil {
		known--
	}
	holder := typeAt(language, steps[:known])
	if holder.Kind() != reflect.Struct {
		return fmt.Errorf("%q names no field: %s holds no keys", p.Path, strings.Join(steps[:known], "."))
	}
	return fmt.Errorf("%q names no field: expected one of %s in %s", p.Path, strings.Join(keys(holder), ", "), strings.Join(steps[:known], "."))
}

// nearestPath prefers a path that ends as the mistaken one does, which is one
// whose section was forgotten.
func nearestPath(path string, sections []string) (string, bool) {
	known := slices.DeleteFunc(paths(reflect.TypeFor[Scenario](), ""), func(path string) bool {
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

// leaves visits every value that the patch sets, mappings taken apart.
func (p Patch) leaves(visit func(path string, value *node)) { leavesOf(p.Path, p.value, visit) }

func leavesOf(path string, n *node, visit func(path string, value *node)) {
	if n.kind != mapping {
		visit(path, n)
		return
	}
	for _, f := range n.fields {
		leavesOf(join(path, f.key), f.value, visit)
	}
}
