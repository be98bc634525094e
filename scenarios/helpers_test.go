package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios/tree"
)

// minimal is the shortest valid scenario.
const minimal = "name: least\ntarget: {dialect: article}\n"

func mustParse(t testing.TB, source string, sets ...string) *Scenario {
	t.Helper()
	s, err := Parse("test.yaml", []byte(source), Changes{Set: sets})
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, source)
	}
	return s
}

// decoded reads and expands a source without validating it, so that it may contain what is not
// built yet.
func decoded(source string) (*Scenario, *tree.Problems) {
	var p tree.Problems
	s := Defaults()
	if root := tree.Parse(tree.Position{File: "test.yaml", Line: 1, Column: 1}, source, &p); root != nil {
		s.decoder(tree.Positions{}, &p).Decode(&s, root)
	}
	s.Expand()
	return &s, &p
}

// valueAt returns the value at a path of the language under root, a pointer to a struct.
func valueAt(root any, path string) (any, error) {
	v := reflect.ValueOf(root)
	for step := range strings.SplitSeq(path, ".") {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil, nil
			}
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.Struct:
			field, _, ok := tree.FieldOf(v, step)
			if !ok {
				return nil, fmt.Errorf("%s: no field %s", path, step)
			}
			v = field
		case reflect.Map:
			key := reflect.ValueOf(step)
			if number, err := strconv.Atoi(step); err == nil && v.Type().Key().Kind() == reflect.Int {
				key = reflect.ValueOf(number)
			}
			if v = v.MapIndex(key); !v.IsValid() {
				return nil, nil
			}
		default:
			return nil, fmt.Errorf("%s: nothing inside %s", path, v.Type())
		}
	}
	switch value := v.Interface().(type) {
	case dist.Duration:
		if reflect.DeepEqual(value, dist.Duration{Constant: value.Constant}) {
			return value.Constant, nil
		}
	case mockserver.Number:
		if reflect.DeepEqual(value, mockserver.Number{Constant: value.Constant}) {
			return value.Constant, nil
		}
	}
	return v.Interface(), nil
}

// leafPaths returns the field at every path of the language that takes a value.
func leafPaths(t reflect.Type, prefix string) map[string]reflect.StructField {
	leaves := map[string]reflect.StructField{}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Tag.Get("yaml") == tree.InlineTag {
			maps.Copy(leaves, leafPaths(field.Type, prefix))
			continue
		}
		name := tree.KeyOf(field)
		if name == "" {
			continue
		}
		path, inner := tree.Join(prefix, name), field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct || isOneOf(inner) {
			leaves[path] = field
			continue
		}
		for leaf, f := range leafPaths(inner, path) {
			leaves[leaf] = f
		}
	}
	return leaves
}

func isOneOf(t reflect.Type) bool {
	_, _, ok := tree.ScalarField(reflect.Zero(t))
	return ok
}
