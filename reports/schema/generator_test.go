package schema_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/invopop/jsonschema"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/seal"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/tree/reference"
)

// generator makes the schema of a Go type as encoding/json writes it.
type generator struct {
	t    *testing.T
	docs map[string]string
	defs jsonschema.Definitions
}

// generated is the schema of a type whose field schema is a constant.
func generated(t *testing.T, of reflect.Type, title, constant string) []byte {
	t.Helper()
	docs, err := reference.Docs("weighbridge", "bench", "reports")
	if err != nil {
		t.Fatal(err)
	}
	g := generator{t, docs, jsonschema.Definitions{}}
	root := g.object(of)
	root.Version, root.Title, root.Description = jsonschema.Version, title, g.doc(of, "")
	root.Definitions = g.defs
	if of == reflect.TypeFor[record.Record]() {
		root.Properties.Set(seal.Key, &jsonschema.Schema{
			Type: "string", Pattern: "^sha256:[0-9a-f]{64}$",
			Description: "The SHA-256 of the object without white space and without this last member; older records lack it.",
		})
	}
	property, _ := root.Properties.Get("schema")
	property.Const, property.Type = constant, ""
	raw, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(raw, '\n')
}

var goNil = regexp.MustCompile(`\bnil\b`)

// doc is the comment of a type, or of a field of it, in one line.
func (g generator) doc(of reflect.Type, field string) string {
	key := of.PkgPath() + "." + of.Name()
	if field != "" {
		key += "." + field
	}
	return goNil.ReplaceAllString(strings.Join(strings.Fields(g.docs[key]), " "), "null")
}

func (g generator) value(of reflect.Type) *jsonschema.Schema {
	kind := of.Kind()
	switch {
	case kind == reflect.Pointer:
		return nullable(g.value(of.Elem()))
	case of == reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case of.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || reflect.PointerTo(of).Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return &jsonschema.Schema{Type: "string", Description: g.doc(of, "")}
	case of == reflect.TypeFor[gate.Verdict](): // which writes null if it is empty
		s := &jsonschema.Schema{Enum: []any{nil}, Description: g.doc(of, "")}
		for _, v := range []gate.Verdict{gate.Pass, gate.Regression, gate.Inconclusive, gate.Invalid, gate.Holds, gate.DoesNotHold, gate.Depends, gate.NotMeasurable} {
			s.Enum = append(s.Enum, string(v))
		}
		return s
	case kind == reflect.Struct:
		name := path.Base(of.PkgPath()) + "." + of.Name()
		if g.defs[name] == nil {
			g.defs[name] = &jsonschema.Schema{} // a type within itself ends here
			*g.defs[name] = *g.object(of)
			g.defs[name].Description = g.doc(of, "")
		}
		return &jsonschema.Schema{Ref: "#/$defs/" + name}
	case kind == reflect.Slice:
		return nullable(&jsonschema.Schema{Type: "array", Items: g.value(of.Elem())})
	case kind == reflect.Map:
		return nullable(&jsonschema.Schema{Type: "object", AdditionalProperties: g.value(of.Elem())})
	case kind == reflect.String:
		return &jsonschema.Schema{Type: "string"}
	case kind == reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case of.Kind() >= reflect.Uint && kind <= reflect.Uint64:
		return &jsonschema.Schema{Type: "integer", Minimum: "0"}
	case kind >= reflect.Int && kind <= reflect.Int64:
		return &jsonschema.Schema{Type: "integer"}
	case kind == reflect.Float64:
		return &jsonschema.Schema{Type: "number"}
	}
	g.t.Fatalf("no schema for %v", of)
	return nil
}

// nullable is a schema that null meets too.
func nullable(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Type == "" {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
	}
	s.Extras, s.Type = map[string]any{"type": []string{s.Type, "null"}}, ""
	return s
}

// object is a struct, with the keys of the structs embedded in it, and no others.
func (g generator) object(of reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	g.fields(s, of)
	if of == reflect.TypeFor[summary.Arm]() { // which writes them after its fields
		for _, m := range summary.FurtherMetrics() {
			property := nullable(&jsonschema.Schema{Type: "number"})
			property.Description = fmt.Sprintf("%s Unit: %s.", m.Meaning, m.Unit)
			s.Properties.Set(m.Expr(), property)
			s.Required = append(s.Required, m.Expr())
		}
	} else if of.Implements(reflect.TypeFor[json.Marshaler]()) {
		g.t.Errorf("%v writes its JSON itself: say here what it writes", of)
	}
	return s
}

func (g generator) fields(s *jsonschema.Schema, of reflect.Type) {
	for field := range of.Fields() {
		tag, tagged := field.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case field.Anonymous && !tagged:
			g.fields(s, field.Type)
		case name == "-" || !field.IsExported():
		case name == "":
			g.t.Errorf("%v.%s has no key", of, field.Name)
		default:
			property := g.value(field.Type)
			if strings.Contains(options, "omit") {
				property = present(property)
			} else {
				s.Required = append(s.Required, name)
			}
			if doc := g.doc(of, field.Name); doc != "" {
				property.Description = doc
			}
			s.Properties.Set(name, property)
		}
	}
}

// present is the schema of a value that is left out if it would be null.
func present(s *jsonschema.Schema) *jsonschema.Schema {
	if len(s.AnyOf) > 0 {
		return s.AnyOf[0]
	}
	if kinds, ok := s.Extras["type"].([]string); ok {
		s.Type, s.Extras = kinds[0], nil
	}
	return s
}
