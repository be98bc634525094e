package scenarios

import (
	"fmt"
	"reflect"
	"strings"
)

// The options of a yaml tag: a struct whose keys stand among those of the one it
// is embedded in, and the field that takes a scalar written where a mapping is
// expected. A struct with a ",scalar" field that has no name is one of several
// shapes; with a name it is a key like any other, and the scalar sets it alone.
const (
	inlineTag = ",inline"
	scalarTag = ",scalar"
)

// fieldOf is the field of a struct that a key names, and its check.
func fieldOf(v reflect.Value, key string) (reflect.Value, check, bool) {
	if key == "" {
		return reflect.Value{}, check{}, false
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if keyOf(field) == key {
			return v.Field(i), parseCheck(field.Tag.Get("check")), true
		}
		if field.Tag.Get("yaml") != inlineTag {
			continue
		}
		if inner, c, ok := fieldOf(v.Field(i), key); ok {
			return inner, c, true
		}
	}
	return reflect.Value{}, check{}, false
}

// keyOf is the key of a field; "" is none.
func keyOf(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return key
}

// scalarField is the constant of a struct that is one of several shapes.
func scalarField(v reflect.Value) (reflect.Value, check, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag; tag.Get("yaml") == scalarTag {
			return v.Field(i), parseCheck(tag.Get("check")), true
		}
	}
	return reflect.Value{}, check{}, false
}

// shorthand is the key that a scalar in place of a mapping sets; "" is none.
func shorthand(t reflect.Type) string {
	for i := range t.NumField() {
		field := t.Field(i)
		key := keyOf(field)
		if field.Tag.Get("yaml") == inlineTag {
			key = shorthand(field.Type)
		} else if key+scalarTag != field.Tag.Get("yaml") {
			continue
		}
		if key != "" {
			return key
		}
	}
	return ""
}

// keys is what a mapping onto a struct may hold, in the order of its fields.
func keys(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Tag.Get("yaml") == inlineTag {
			names = append(names, keys(field.Type)...)
		} else if key := keyOf(field); key != "" {
			names = append(names, key)
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
		if field, _, ok := fieldOf(reflect.Zero(t), steps[0]); ok {
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
