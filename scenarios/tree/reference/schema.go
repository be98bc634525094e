package reference

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"weighbridge/scenarios/tree"
)

// Place is a place in the language and in its schema.
type Place struct {
	// Path is the dotted path that leads there, and Pointer the JSON pointer of its schema.
	Path, Pointer string
	// Key is a pattern of the keys that may stand behind the path of a map; empty for the rest.
	Key string
	// Item says that it is one item of a list.
	Item bool
	// bare says that its value has no default: it is part of a shape, a map or a list.
	bare bool
}

// step leads to a key; an empty one leaves the path open behind its dot.
func (p Place) step(key, pointer string) Place {
	return Place{Path: tree.Join(p.Path, key), Pointer: p.Pointer + "/" + pointer, bare: p.bare}
}

// Schema is the JSON Schema (draft 2020-12) of the language; an error names the fields
// that have no doc.
func (l *Language) Schema() (*jsonschema.Schema, error) {
	g := &generator{language: l}
	root := g.section(reflect.ValueOf(l.Defaults), Place{Pointer: "#"})
	root.Version = jsonschema.Version
	root.Extras, root.Type = nil, "object"
	return root, errors.Join(g.wrong...)
}

// generator makes the schema and notes the places it describes, in the order of the language.
type generator struct {
	language *Language
	places   []Place
	wrong    []error
}

func (g *generator) value(v reflect.Value, c tree.Check, at Place) *jsonschema.Schema {
	if v.Kind() == reflect.Pointer {
		return g.value(g.language.Optional(v.Type().Elem()).Elem(), c, at)
	}
	g.places = append(g.places, at)
	if own, ok := g.language.Own[v.Type()]; ok {
		return own(g.places)
	}
	switch {
	case v.Kind() == reflect.Interface:
		return &jsonschema.Schema{}
	case tree.IsSection(v):
		return g.section(v, at)
	case v.Kind() == reflect.Struct:
		return g.shapes(v, at)
	case v.Kind() == reflect.Map:
		return g.mapping(v, c, at)
	case v.Kind() == reflect.Slice:
		items := at.step("", "items")
		items.bare, items.Item = true, true
		s := Optional("array")
		s.Items = g.value(reflect.New(v.Type().Elem()).Elem(), c, items)
		return s
	}
	s := g.scalar(v, c)
	if !at.bare {
		s.Default = literal(v, c)
	}
	return s
}

// section is a mapping with a key for each field.
func (g *generator) section(v reflect.Value, at Place) *jsonschema.Schema {
	s := Optional("object")
	s.Properties, s.AdditionalProperties = jsonschema.NewProperties(), jsonschema.FalseSchema
	key := tree.Shorthand(v.Type())
	if key == "" {
		g.properties(s, v, at)
		return s
	}
	field, c, _ := tree.FieldOf(v, key)
	at.Pointer += "/anyOf/1"
	g.properties(s, v, at)
	s.Type, s.Extras = "object", nil // null does not stand for the scalar
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{g.scalar(field, c), s}}
}

// properties are the keys of a struct, those of the structs embedded in it among them.
func (g *generator) properties(s *jsonschema.Schema, v reflect.Value, at Place) {
	fields(v, func(owner reflect.Type, field reflect.StructField, value reflect.Value) {
		key := tree.KeyOf(field)
		property := g.value(value, tree.CheckOf(field), at.step(key, "properties/"+key))
		doc, err := g.language.doc(owner, field.Name)
		if err != nil {
			g.wrong = append(g.wrong, err)
		}
		property.Description = doc
		s.Properties.Set(key, property)
	})
}

// shapes is a scalar, or a mapping that names one of several shapes.
func (g *generator) shapes(v reflect.Value, at Place) *jsonschema.Schema {
	constant, c, _ := tree.ScalarField(v)
	s := g.scalar(constant, c)
	if len(s.AnyOf) == 0 {
		s = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s}}
	}
	if !at.bare {
		s.Default = literal(constant, c)
	}
	at.Pointer += "/anyOf/" + strconv.Itoa(len(s.AnyOf))
	at.bare = true
	one := g.section(v, at)
	one.Type, one.Extras = "object", nil
	one.MinProperties, one.MaxProperties = new(uint64(1)), new(uint64(1))
	s.AnyOf = append(s.AnyOf, one)
	return s
}

// mapping has any keys, or those that its type allows.
func (g *generator) mapping(v reflect.Value, c tree.Check, at Place) *jsonschema.Schema {
	s := Optional("object")
	entry := at.step("", "additionalProperties")
	entry.bare, entry.Key = true, `[^.]+`
	if v.Type().Elem().Kind() == reflect.Interface {
		entry.Key = `[^.]+(\.[^.]+)*` // a path into the value
	}
	if keys, ok := g.language.Keys[v.Type()]; ok {
		entry.Key = keys
		s.PropertyNames = &jsonschema.Schema{Pattern: "^" + keys + "$"}
	}
	s.AdditionalProperties = g.value(reflect.New(v.Type().Elem()).Elem(), c, entry)
	return s
}

// Optional is the schema of a value that may be left empty.
func Optional(kind string) *jsonschema.Schema {
	return &jsonschema.Schema{Extras: map[string]any{"type": []string{kind, "null"}}}
}

func (g *generator) scalar(v reflect.Value, c tree.Check) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	pattern, text := g.language.Text[v.Type()]
	for _, word := range c.Enum {
		s.Enum = append(s.Enum, word)
	}
	switch {
	case len(c.Enum) > 0:
	case v.Type() == tree.DurationType:
		return durationSchema(c)
	case text:
		s.Type, s.Pattern = "string", pattern
	case v.Kind() == reflect.String:
		s.Extras = map[string]any{"type": []string{"string", "number", "boolean"}} // text takes them as written
	case v.Kind() == reflect.Bool:
		s.Type = "boolean"
	case v.CanFloat():
		s.Type = "number"
	default:
		s.Type = "integer"
	}
	if v.CanUint() {
		c.Min = "0"
	}
	s.Minimum, s.Maximum = json.Number(c.Min), json.Number(c.Max)
	return s
}

// durationSchema is a Go duration with its units, or a bare 0.
func durationSchema(c tree.Check) *jsonschema.Schema {
	sign, zero := `[+-]?`, &jsonschema.Schema{Const: 0}
	negative := c.Min == "" || strings.HasPrefix(c.Min, "-")
	if !negative {
		sign = `\+?`
	}
	text := &jsonschema.Schema{Type: "string", Pattern: `^` + sign + `(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`}
	if !negative && c.Min != "0" {
		return text
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text, zero}}
}

// literal returns a value as it is written in JSON, or nil if it is empty.
func literal(v reflect.Value, c tree.Check) any {
	switch n := tree.ScalarNode(v, c); {
	case n == nil || n.Text == "":
		return nil
	case v.Kind() == reflect.String || v.Type() == tree.DurationType:
		return n.Text
	default:
		return json.RawMessage(n.Text)
	}
}
