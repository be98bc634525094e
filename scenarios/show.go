package scenarios

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
)

// Show is the scenario as YAML with every key and the value it has, defaults
// filled in; keys without a value are comments. Parse reads a scenario of it that
// means the same, and whose Show is the same. The arms follow as comments, each
// with what differs between them. Secrets stay references.
func (s *Scenario) Show() []byte {
	arms := s.Arms()
	shown := *s
	shown.agree(arms)
	var b bytes.Buffer
	writeFields(&b, shown.node().fields, "")
	writeArms(&b, arms)
	return b.Bytes()
}

// node is the scenario as it is written.
func (s *Scenario) node() *node {
	all := nodeOf(reflect.ValueOf(*s), check{})
	for i, f := range all.fields {
		if f.key == "matrix" {
			all.fields[i].value = s.Matrix.node()
			continue
		}
		all.fields[i].value = absolute(f.value, f.key)
	}
	return all
}

func (m Matrix) node() *node {
	axes := &node{kind: mapping}
	for _, axis := range m {
		levels := &node{kind: mapping}
		for _, level := range axis.Levels {
			patches := &node{kind: mapping}
			for _, p := range level.Patches {
				patches.fields = append(patches.fields, field{key: p.Path, value: absolute(p.value, p.Path)})
			}
			levels.fields = append(levels.fields, field{key: level.Name, value: patches})
		}
		axes.fields = append(axes.fields, field{key: axis.Name, value: levels})
	}
	return axes
}

// absolute is n with the names of files in it that hold wherever the scenario is
// written to.
func absolute(n *node, path string) *node {
	switch {
	case n == nil:
	case n.kind == mapping:
		same := *n
		same.fields = nil
		for _, f := range n.fields {
			f.value = absolute(f.value, join(path, f.key))
			same.fields = append(same.fields, f)
		}
		return &same
	case isFile(path) && n.text != "":
		if file, err := filepath.Abs(n.text); err == nil {
			return &node{kind: scalar, text: file, quoted: true}
		}
	}
	return n
}

// agree gives the scenario the values that all its arms have, so that what they
// derive from other keys is said. A value that differs between arms stays as it is.
func (s *Scenario) agree(arms []Arm) {
	own := Arm{Target: clone(s.Target), Prompts: clone(s.Prompts), Client: clone(s.Client), Load: clone(s.Load), Mock: clone(s.Mock)}
	var all []reflect.Value
	for i := range arms {
		all = append(all, reflect.ValueOf(&arms[i]).Elem())
	}
	agree(reflect.ValueOf(&own).Elem(), all, s.decoder(places{}, &problems{}))
	s.Target, s.Prompts, s.Client, s.Load, s.Mock = own.Target, own.Prompts, own.Client, own.Load, own.Mock
}

// agree sets v to what the others have in common; d makes what v lacks.
func agree(v reflect.Value, others []reflect.Value, d *decoder) {
	switch {
	case v.Kind() == reflect.Pointer:
		var inner []reflect.Value
		for _, other := range others {
			if other.IsNil() {
				return
			}
			inner = append(inner, other.Elem())
		}
		if v.IsNil() {
			v.Set(d.fresh(v.Type().Elem()))
		}
		agree(v.Elem(), inner, d)
	case isSection(v):
		for _, key := range keys(v.Type()) {
			own, _, _ := fieldOf(v, key)
			var inner []reflect.Value
			for _, other := range others {
				same, _, _ := fieldOf(other, key)
				inner = append(inner, same)
			}
			agree(own, inner, d)
		}
	default:
		for _, other := range others {
			if !reflect.DeepEqual(other.Interface(), others[0].Interface()) {
				return
			}
		}
		v.Set(others[0])
	}
}

// isSection reports whether a value is taken apart by its keys: a struct, but
// not one that is written as one of several shapes.
func isSection(v reflect.Value) bool {
	if v.Kind() != reflect.Struct {
		return false
	}
	_, _, shapes := scalarField(v)
	return !shapes
}

// writeArms writes the arms as comments, each with the values that not all have.
func writeArms(b *bytes.Buffer, arms []Arm) {
	if len(arms) == 1 {
		fmt.Fprintf(b, "\n# One arm: %s\n", arms[0].Name)
		return
	}
	fmt.Fprintf(b, "\n# %d arms, and what differs between them:\n", len(arms))
	type value struct{ path, text string }
	having := map[value]int{}
	for _, arm := range arms {
		arm.values(func(path string, n *node) { having[value{path, flow(n)}]++ })
	}
	for _, arm := range arms {
		own := &node{kind: mapping}
		arm.values(func(path string, n *node) {
			if having[value{path, flow(n)}] < len(arms) {
				own.fields = append(own.fields, field{key: path, value: n})
			}
		})
		fmt.Fprintf(b, "#   %s: %s\n", arm.Name, flow(own))
	}
}

// values visits each value of an arm by its path, as Show writes it.
func (a Arm) values(visit func(path string, n *node)) {
	leafNodes(reflect.ValueOf(a), "", check{}, func(path string, n *node) { visit(path, absolute(n, path)) })
}
