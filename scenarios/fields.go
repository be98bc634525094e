package scenarios

import (
	"fmt"
	"reflect"
	"strings"
)

// fieldOf is the field of a struct that a key names, and its check.
func fieldOf(v reflect.Value, key string) (reflect.Value, check, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag; key != "" && tag.Get("yaml") == key {
			return v.Field(i), parseCheck(tag.Get("check")), true
		}
	}
	return reflect.Value{}, check{}, false
}

// scalarField is the field that takes a scalar written where a struct is expected.
func scalarField(v reflect.Value) (reflect.Value, check, bool) { return fieldOf(v, ",scalar") }

// keys is what a mapping onto a struct may hold, in the order of its fields.
func keys(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && !strings.HasPrefix(name, ",") {
			names = append(names, name)
		}
	}
	return names
}

// unknownKey says that a key is none of those known.
func unknownKey(key string, known []string) string {
	if near, ok := Suggest(key, known); ok {
		return fmt.Sprintf("unknown key %q: did you mean %s?", key, near)
	}
	return fmt.Sprintf("unknown key %q: expected one of %s", key, strings.Join(known, ", "))
}

// paths is every dotted path under a struct type, sections before what they
// hold. The keys of a map are anybody's and not among them.
func paths(t reflect.Type, prefix string) []string {
	var all []string
	for _, name := range keys(t) {
		path := join(prefix, name)
		all = append(all, path)
		if inner := typeAt(t, []string{name}); inner.Kind() == reflect.Struct {
			all = append(all, paths(inner, path)...)
		}
	}
	return all
}

// typeAt is the type that the steps lead to from t, pointers and lists followed; nil where they lead nowhere.
func typeAt(t reflect.Type, steps []string) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(steps) == 0 {
		return t
	}
	switch t.Kind() {
	case reflect.Struct:
		if field, _, ok := fieldOf(reflect.Zero(t), steps[0]); ok && !strings.HasPrefix(steps[0], ",") {
			return typeAt(field.Type(), steps[1:])
		}
	case reflect.Map:
		if steps[0] != "" {
			return typeAt(t.Elem(), steps[1:])
		}
	case reflect.Slice:
		return typeAt(t.Elem(), steps)
	}
	return nil
}

// steps are the keys that a dotted path leads through.
func steps(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}
