package format

import (
	"maps"
	"reflect"
	"slices"
)

// WithTexts returns a copy of v in which every text, in fields, lists and maps and as a key, is replaced by
// what print returns for it. Values that hold no text, such as histograms, are shared with v.
func WithTexts[T any](v T, print func(string) string) T {
	c := copier{print, map[reflect.Type]bool{}}
	return c.copied(reflect.ValueOf(&v).Elem()).Interface().(T)
}

// copier copies values with their texts printed.
type copier struct {
	print func(string) string
	// holds is whether values of a type can hold text.
	holds map[reflect.Type]bool
}

// copied is WithTexts of a value. It visits maps in the order of their keys, so that print is called in the
// same order every time.
func (c copier) copied(v reflect.Value) reflect.Value {
	holds, known := c.holds[v.Type()]
	if !known {
		holds = holdsText(v.Type(), nil)
		c.holds[v.Type()] = holds
	}
	if !holds {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(c.print(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(c.copied(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(c.copied(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			keys := map[string]reflect.Value{}
			for _, key := range v.MapKeys() {
				keys[key.String()] = key
			}
			for _, name := range slices.Sorted(maps.Keys(keys)) {
				out.SetMapIndex(c.copied(keys[name]), c.copied(v.MapIndex(keys[name])))
			}
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(c.copied(v.Field(i)))
			}
		}
	default:
		return v
	}
	return out
}

// holdsText reports whether values of a type can hold text that may be changed: in exported fields,
// of a type that is not within itself. Maps have texts as keys.
func holdsText(t reflect.Type, within []reflect.Type) bool {
	if slices.Contains(within, t) {
		return false
	}
	within = append(within, t)
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Pointer, reflect.Slice:
		return holdsText(t.Elem(), within)
	case reflect.Map:
		return t.Key().Kind() == reflect.String
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && holdsText(f.Type, within) {
				return true
			}
		}
	}
	return false
}
