package tree

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Options of a yaml tag. InlineTag embeds a struct, whose keys become those of the struct
// around it. ScalarTag marks the field that a scalar sets where a mapping is expected: without a
// name, the struct is a scalar or one of several shapes; with a name, the field is a key like
// any other, and a scalar sets it alone.
const (
	InlineTag = ",inline"
	ScalarTag = ",scalar"
)

// FieldOf returns the field of a struct that a key names, and its check; false for an unknown
// key.
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

// KeyOf returns the key of a field; "" if it has none.
func KeyOf(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return key
}

// ScalarField returns the constant of a struct that is written as a scalar or one of several
// shapes; false for any other struct.
func ScalarField(v reflect.Value) (reflect.Value, Check, bool) {
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Tag.Get("yaml") == ScalarTag {
			return v.Field(i), CheckOf(field), true
		}
	}
	return reflect.Value{}, Check{}, false
}

// Shorthand returns the key that a scalar in place of the mapping sets; "" if there is none.
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

// Keys returns the keys of a mapping for a struct type, in the order of the fields.
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

// unknownKey is the message for a key that is not one of the known keys.
func unknownKey(key string, known []string) string {
	if near, ok := Suggest(key, known); ok {
		return fmt.Sprintf("unknown key %q: did you mean %s?", key, near)
	}
	return fmt.Sprintf("unknown key %q: expected one of %s", key, strings.Join(known, ", "))
}

// Paths returns every dotted path under a struct type, each section before its keys. Keys of
// maps are not included.
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

// TypeAt returns the type at the end of a path from t, following pointers and lists; nil if the
// path leads nowhere.
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
	case reflect.Interface: // any value, with any keys
		if !slices.Contains(steps, "") {
			return t
		}
	}
	return nil
}

// Steps splits a dotted path into keys.
func Steps(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}

// IsSection reports whether a value is a mapping with fixed keys: a struct, but not one that is
// written as a scalar or one of several shapes.
func IsSection(v reflect.Value) bool {
	if v.Kind() != reflect.Struct {
		return false
	}
	_, _, shapes := ScalarField(v)
	return !shapes
}
