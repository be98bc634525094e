// Package tree reads and writes typed YAML: Go types whose tags name the keys and their limits.
// It keeps the position of every value, checks values, patches them by dotted path and shows
// the source line of an error. It does not depend on any particular language.
package tree

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decoder decodes nodes into Go values as their yaml tags say. It continues after an error, so
// that all errors in a source are found at once.
//
// Structs and maps keep what a mapping does not name; a list is replaced as a whole. So is a
// struct with a ",scalar" field, which is written as a scalar or as one of several shapes; its
// Validate method checks the result.
type Decoder struct {
	Problems *Problems
	// At records the position of each value by its dotted path.
	At Positions
	// Merge makes a null remove what it names: an optional section, or an entry of a map.
	Merge bool
	// Optional holds the initial values of optional sections, which are pointers: one value for
	// each type.
	Optional []any
}

// Positions maps dotted paths to the positions of their values.
type Positions map[string]Position

// Of returns the position of a path, or of the nearest mapping around it.
func (p Positions) Of(path string) Position {
	for path != "" {
		if at, ok := p[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return p[""]
}

// FromNode is implemented by types that decode their own nodes.
type FromNode interface {
	FromNode(d *Decoder, n *Node, path string)
}

// FromText is implemented by lists that may also be written as a text.
type FromText interface{ SetText(text string) }

// Decode decodes n into the value that into points to.
func (d *Decoder) Decode(into any, n *Node) { d.value(reflect.ValueOf(into).Elem(), n, "", Check{}) }

var DurationType = reflect.TypeFor[time.Duration]()

// value decodes n into v, which must be settable.
func (d *Decoder) value(v reflect.Value, n *Node, path string, c Check) {
	if _, known := d.At[path]; !n.step || !known {
		d.At[path] = n.At
	}
	switch own := v.Addr().Interface().(type) {
	case FromNode:
		own.FromNode(d, n, path)
	case encoding.TextUnmarshaler:
		d.text(own, n, path)
	default:
		d.byKind(v, n, path, c)
	}
}

func (d *Decoder) byKind(v reflect.Value, n *Node, path string, c Check) {
	switch v.Kind() {
	case reflect.Pointer:
		if d.Merge && n.Kind == Nothing {
			v.SetZero()
			return
		}
		if v.IsNil() {
			v.Set(d.Fresh(v.Type().Elem()))
		}
		d.value(v.Elem(), n, path, c)
	case reflect.Struct:
		if constant, c, ok := ScalarField(v); ok {
			d.oneOf(v, constant, n, path, c)
			return
		}
		if key := Shorthand(v.Type()); key != "" && n.Kind != Mapping {
			d.shorthand(v, key, n, path)
			return
		}
		d.structure(v, n, path)
	case reflect.Map:
		d.entries(v, n, path, c)
	case reflect.Slice:
		d.elements(v, n, path, c)
	case reflect.Interface:
		d.anything(v, n, path)
	default:
		d.scalar(v, n, path, c)
	}
}

// Fresh returns a pointer to the initial value of type t: of an optional section, or of a list's element.
func (d *Decoder) Fresh(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	for _, start := range d.Optional {
		if reflect.TypeOf(start) == t {
			p.Elem().Set(reflect.ValueOf(start))
		}
	}
	return p
}

// oneOf decodes a value that is either a scalar, its constant, or a mapping with a single key,
// its shape.
func (d *Decoder) oneOf(v reflect.Value, constant reflect.Value, n *Node, path string, c Check) {
	before := d.Problems.Len()
	switch {
	case n.Kind == Mapping && len(n.Entries) == 0:
		d.Problems.Add(n.At, path, "expected one of %s, found an empty mapping", strings.Join(Keys(v.Type()), ", "))
	case n.Kind == Mapping:
		replaceShape(v, n)
		d.structure(v, n, path)
	case len(c.Enum) > 0 && (n.Kind != Scalar || !slices.Contains(c.Enum, n.Text)):
		d.Problems.Add(n.At, path, "expected %s, or a mapping with one of %s, found %s", strings.Join(c.Enum, ", "), strings.Join(Keys(v.Type()), ", "), n)
	default:
		v.SetZero()
		d.value(constant, n, path, c)
	}
	checked, ok := v.Interface().(interface{ Validate() error })
	if !ok || d.Problems.Len() > before {
		return
	}
	if err := checked.Validate(); err != nil {
		d.Problems.Add(n.At, path, "%v", err)
	}
}

func (d *Decoder) structure(v reflect.Value, n *Node, path string) {
	if n.Kind != Mapping && n.Kind != Nothing {
		d.Problems.Add(n.At, path, "expected a mapping with the keys %s, found %s", strings.Join(Keys(v.Type()), ", "), n)
		return
	}
	for _, f := range d.Unique(n, path) {
		field, c, ok := FieldOf(v, f.Key)
		if !ok {
			d.Problems.Add(f.At, path, "%s", unknownKey(f.Key, Keys(v.Type())))
			continue
		}
		d.value(field, f.Value, Join(path, f.Key), c)
	}
}

// shorthand decodes a scalar that stands for a mapping with one key.
func (d *Decoder) shorthand(v reflect.Value, key string, n *Node, path string) {
	if n.Kind != Scalar {
		d.Problems.Add(n.At, path, "expected the %s alone, or a mapping with the keys %s, found %s", key, strings.Join(Keys(v.Type()), ", "), n)
		return
	}
	field, c, _ := FieldOf(v, key)
	d.value(field, n, path, c)
}

// replaceShape clears a one-of value before a mapping is decoded into it. If the mapping is a
// step of a patch path, the shape on that path keeps the fields that the patch does not set.
func replaceShape(v reflect.Value, n *Node) {
	kept := reflect.New(v.Type()).Elem()
	if n.step {
		if field, _, ok := FieldOf(v, n.Entries[0].Key); ok {
			same, _, _ := FieldOf(kept, n.Entries[0].Key)
			same.Set(field)
		}
	}
	v.Set(kept)
}

func (d *Decoder) entries(v reflect.Value, n *Node, path string, c Check) {
	if n.Kind != Mapping && n.Kind != Nothing {
		d.Problems.Add(n.At, path, "expected a mapping, found %s", n)
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, f := range d.Unique(n, path) {
		key := reflect.New(v.Type().Key()).Elem()
		if !d.scalar(key, &Node{Kind: Scalar, At: f.At, Text: f.Key}, Join(path, f.Key), Check{}) {
			continue
		}
		if d.Merge && f.Value.Kind == Nothing {
			v.SetMapIndex(key, reflect.Value{})
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if given := v.MapIndex(key); (n.step || d.Merge) && given.IsValid() {
			value.Set(given)
		}
		d.value(value, f.Value, Join(path, f.Key), c)
		v.SetMapIndex(key, value)
	}
}

func (d *Decoder) elements(v reflect.Value, n *Node, path string, c Check) {
	switch short, ok := v.Addr().Interface().(FromText); {
	case ok && n.Kind == Scalar:
		short.SetText(n.Text)
		return
	case ok && n.Kind == Mapping:
		d.Problems.Add(n.At, path, "expected a list or a text, found %s", n)
		return
	case n.Kind != List && n.Kind != Nothing:
		d.Problems.Add(n.At, path, "expected a list, found %s", n)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		v.Index(i).Set(d.Fresh(v.Type().Elem()).Elem())
		d.value(v.Index(i), item, Join(path, strconv.Itoa(i)), c)
	}
}

// Unique returns the entries of a mapping and reports repeated keys.
func (d *Decoder) Unique(n *Node, path string) []Entry {
	first := map[string]Position{}
	var fields []Entry
	for _, f := range n.Entries {
		if at, given := first[f.Key]; given {
			where := ""
			if at.Line > 0 {
				where = fmt.Sprintf(": already given on line %d", at.Line)
			}
			d.Problems.Add(f.At, path, "duplicate key %q%s", f.Key, where)
			continue
		}
		first[f.Key] = f.At
		fields = append(fields, f)
	}
	return fields
}

func (d *Decoder) text(v encoding.TextUnmarshaler, n *Node, path string) {
	if n.Kind != Scalar {
		d.Problems.Add(n.At, path, "expected text, found %s", n)
		return
	}
	if err := v.UnmarshalText([]byte(n.Text)); err != nil {
		d.Problems.Add(n.At, path, "%v", err)
	}
}

func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
