package scenarios

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decoder writes the nodes of a source onto Go values, led by their yaml tags.
// It goes on after an error, so that all errors of a source are found at once.
//
// A struct keeps what a mapping does not name, and so does a map; a list is
// replaced whole. A struct with a ",scalar" field, which may be written as a
// scalar or as one of several shapes, is replaced whole too, and its own Validate
// says whether it is one.
type decoder struct {
	problems *problems
	// at remembers where each value stands, by dotted path.
	at places
	// merge takes away what a null names: a pointer's target, an entry of a map.
	merge bool
	// optional holds the value that a pointer's target starts from.
	optional []any
}

func (s *Scenario) decoder(at places, p *problems) *decoder {
	open, closed, capacity := s.loads()
	return &decoder{problems: p, at: at, optional: []any{open, closed, capacity, defaultNoRegression()}}
}

// places maps dotted paths to where their values stand.
type places map[string]position

// of is where the path stands, or the nearest mapping around it.
func (p places) of(path string) position {
	for path != "" {
		if at, ok := p[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return p[""]
}

// fromNode is a type that reads its own nodes.
type fromNode interface {
	fromNode(d *decoder, n *node, path string)
}

var durationType = reflect.TypeFor[time.Duration]()

// value decodes n onto v, which is settable.
func (d *decoder) value(v reflect.Value, n *node, path string, c check) {
	if _, known := d.at[path]; !n.step || !known {
		d.at[path] = n.at
	}
	switch own := v.Addr().Interface().(type) {
	case fromNode:
		own.fromNode(d, n, path)
	case encoding.TextUnmarshaler:
		d.text(own, n, path)
	default:
		d.byKind(v, n, path, c)
	}
}

func (d *decoder) byKind(v reflect.Value, n *node, path string, c check) {
	switch v.Kind() {
	case reflect.Pointer:
		if d.merge && n.kind == nothing {
			v.SetZero()
			return
		}
		if v.IsNil() {
			v.Set(d.fresh(v.Type().Elem()))
		}
		d.value(v.Elem(), n, path, c)
	case reflect.Struct:
		if constant, c, ok := scalarField(v); ok {
			d.oneOf(v, constant, n, path, c)
			return
		}
		if key := shorthand(v.Type()); key != "" && n.kind != mapping {
			d.brief(v, key, n, path)
			return
		}
		d.structure(v, n, path)
	case reflect.Map:
		d.entries(v, n, path, c)
	case reflect.Slice:
		d.elements(v, n, path, c)
	default:
		d.scalar(v, n, path, c)
	}
}

// fresh is a pointer to what a value of type t is before its keys are read.
func (d *decoder) fresh(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	for _, start := range d.optional {
		if reflect.TypeOf(start) == t {
			p.Elem().Set(reflect.ValueOf(start))
		}
	}
	return p
}

// oneOf decodes a value that is a scalar, its constant, or a mapping of one shape.
func (d *decoder) oneOf(v reflect.Value, constant reflect.Value, n *node, path string, c check) {
	before := len(d.problems.found)
	switch {
	case n.kind == mapping && len(n.fields) == 0:
		d.problems.add(n.at, path, "expected one of %s, found none", strings.Join(keys(v.Type()), ", "))
	case n.kind == mapping:
		replaceShape(v, n)
		d.structure(v, n, path)
	case len(c.enum) > 0 && (n.kind != scalar || !slices.Contains(c.enum, n.text)):
		d.problems.add(n.at, path, "expected %s, or a mapping of one of %s, found %s", strings.Join(c.enum, ", "), strings.Join(keys(v.Type()), ", "), n)
	default:
		v.SetZero()
		d.value(constant, n, path, c)
	}
	checked, ok := v.Interface().(interface{ Validate() error })
	if !ok || len(d.problems.found) > before {
		return
	}
	if err := checked.Validate(); err != nil {
		d.problems.add(n.at, path, "%v", err)
	}
}

func (d *decoder) structure(v reflect.Value, n *node, path string) {
	if n.kind != mapping && n.kind != nothing {
		d.problems.add(n.at, path, "expected a mapping of %s, found %s", strings.Join(keys(v.Type()), ", "), n)
		return
	}
	for _, f := range d.unique(n, path) {
		field, c, ok := fieldOf(v, f.key)
		if !ok {
			d.problems.add(f.at, path, "%s", unknownKey(f.key, keys(v.Type())))
			continue
		}
		d.value(field, f.value, join(path, f.key), c)
	}
}

// brief decodes what stands for the one key of a mapping that has a shorthand.
func (d *decoder) brief(v reflect.Value, key string, n *node, path string) {
	if n.kind != scalar {
		d.problems.add(n.at, path, "expected %s by itself, or a mapping of %s, found %s", key, strings.Join(keys(v.Type()), ", "), n)
		return
	}
	field, c, _ := fieldOf(v, key)
	d.value(field, n, path, c)
}

// replaceShape empties a one-of value before a mapping is read onto it. Only
// the shape that a patch's path leads through keeps what the patch does not set.
func replaceShape(v reflect.Value, n *node) {
	kept := reflect.New(v.Type()).Elem()
	if n.step {
		if field, _, ok := fieldOf(v, n.fields[0].key); ok {
			same, _, _ := fieldOf(kept, n.fields[0].key)
			same.Set(field)
		}
	}
	v.Set(kept)
}

func (d *decoder) entries(v reflect.Value, n *node, path string, c check) {
	if n.kind != mapping && n.kind != nothing {
		d.problems.add(n.at, path, "expected a mapping, found %s", n)
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, f := range d.unique(n, path) {
		key := reflect.New(v.Type().Key()).Elem()
		if !d.scalar(key, &node{kind: scalar, at: f.at, text: f.key}, join(path, f.key), check{}) {
			continue
		}
		if d.merge && f.value.kind == nothing {
			v.SetMapIndex(key, reflect.Value{})
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if given := v.MapIndex(key); (n.step || d.merge) && given.IsValid() {
			value.Set(given)
		}
		d.value(value, f.value, join(path, f.key), c)
		v.SetMapIndex(key, value)
	}
}

func (d *decoder) elements(v reflect.Value, n *node, path string, c check) {
	if n.kind != list && n.kind != nothing {
		d.problems.add(n.at, path, "expected a list, found %s", n)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(v.Index(i), item, join(path, strconv.Itoa(i)), c)
	}
}

// unique is the fields of a mapping, each repeated key refused.
func (d *decoder) unique(n *node, path string) []field {
	first := map[string]position{}
	var fields []field
	for _, f := range n.fields {
		if at, given := first[f.key]; given {
			d.problems.add(f.at, path, "the key %q is given twice, first on line %d", f.key, at.line)
			continue
		}
		first[f.key] = f.at
		fields = append(fields, f)
	}
	return fields
}

func (d *decoder) text(v encoding.TextUnmarshaler, n *node, path string) {
	if n.kind != scalar {
		d.problems.add(n.at, path, "expected text, found %s", n)
		return
	}
	if err := v.UnmarshalText([]byte(n.text)); err != nil {
		d.problems.add(n.at, path, "%v", err)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
