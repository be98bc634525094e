package tree

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
	InlineTag = ",inline"
	ScalarTag = ",scalar"
)

// FieldOf is the field of a struct that a key names, and its check.
func FieldOf(v reflect.Value, key string) (reflect.Value, Check, bool) {
	if key == "" {
		return reflect.Value{}, Check{}, false
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if KeyOf(field) == key {
			return v.Field(i), CheckOf(field), true
		}
		if field.Tag.Get("yaml") != InlineTag {
			continue
		}
		if inner, c, ok := FieldOf(v.Field(i), key); ok {
			return inner, c, true
		}
	}
	return reflect.Value{}, Check{}, false
}

// KeyOf is the key of a field; "" is none.
func KeyOf(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return key
}

// ScalarField is the constant of a struct that is one of several shapes.
func ScalarField(v reflect.Value) (reflect.Value, Check, bool) {
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Tag.Get("yaml") == ScalarTag {
			return v.Field(i), CheckOf(field), true
		}
	}
	return reflect.Value{}, Check{}, false
}

// Shorthand is the key that a scalar in place of a mapping sets; "" is none.
func Shorthand(t reflect.Type) string {
	for i := range t.NumField() {
		field := t.Field(i)
		key := KeyOf(field)
		if field.Tag.Get("yaml") == InlineTag {
			key = Shorthand(field.Type)
		} else if key+ScalarTag != field.Tag.Get("yaml") {
			continue
		}
		if key != "" {
			return key
		}
	}
	return ""
}

// Keys is what a mapping onto a struct may hold, in the order of its fields.
func Keys(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Tag.Get("yaml") == InlineTag {
			names = append(names, Keys(field.Type)...)
		} else if key := KeyOf(field); key != "" {
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

// Paths is every dotted path under a struct type, sections before what they
// hold. The keys of a map are anybody's and not among them.
func Paths(t reflect.Type, prefix string) []string {
	var all []string
	for _, name := range Keys(t) {
		path := Join(prefix, name)
		all = append(all, path)
		if inner := TypeAt(t, []string{name}); inner.Kind() == reflect.Struct {
			all = append(all, Paths(inner, path)...)
		}
	}
	return all
}

// TypeAt is the type that the steps lead to from t, pointers and lists followed; nil where they lead nowhere.
func TypeAt(t reflect.Type, steps []string) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(steps) == 0 {
		return t
	}
	switch t.Kind() {
	case reflect.Struct:
		if field, _, ok := FieldOf(reflect.Zero(t), steps[0]); ok {
			return TypeAt(field.Type(), steps[1:])
		}
	case reflect.Map:
		if steps[0] != "" {
			return TypeAt(t.Elem(), steps[1:])
		}
	case reflect.Slice:
		return TypeAt(t.Elem(), steps)
	}
	return nil
}

// Steps are the keys that a dotted path leads through.
func Steps(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}

// IsSection reports whether a value is taken apart by its keys: a struct, but
// not one that is written as one of several shapes.
func IsSection(v reflect.Value) bool {
	if v.Kind() != reflect.Struct {
		return false
	}
	_, _, shapes := ScalarField(v)
	return !shapes
}
