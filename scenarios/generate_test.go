package scenarios

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// generator makes the JSON Schema of the language from what leads the decoder,
// the yaml and check tags of the types, and from their docs and the defaults.
type generator struct {
	t    *testing.T
	docs map[string]string
	// spots are what the paths of the language lead to, in its order.
	spots []spot
}

// spot is a place in the language and in its schema.
type spot struct {
	path, pointer string
	// key is a pattern of the keys that may stand behind the path, of a map.
	key string
	// bare says that what is left out has no default of its own: it is part of a
	// shape or of a list.
	bare bool
}

// step leads to a key; an empty one leaves the path open behind its dot.
func (s spot) step(key, pointer string) spot {
	return spot{path: tree.Join(s.path, key), pointer: s.pointer + "/" + pointer, bare: s.bare}
}

// generated is the schema as it is to be committed.
func generated(t *testing.T) []byte {
	t.Helper()
	var docs jsonschema.Reflector
	for _, folder := range []string{"./scenarios", "./target", "./mockserver"} {
		if err := docs.AddGoComments("weighbridge", folder, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	g := &generator{t: t, docs: docs.CommentMap}
	root := g.section(reflect.ValueOf(Defaults()), spot{pointer: "#"})
	root.Version, root.Title = jsonschema.Version, "A scenario of weighbridge"
	root.Extras, root.Type = nil, "object"
	root.Required = []string{"name", "target"}
	root.AllOf = []*jsonschema.Schema{{Properties: jsonschema.NewProperties()}}
	root.AllOf[0].Properties.Set("target", &jsonschema.Schema{Required: []string{"dialect"}})
	text, err := json.MarshalIndent(root, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func (g *generator) value(v reflect.Value, c tree.Check, at spot) *jsonschema.Schema {
	g.spots = append(g.spots, at)
	switch {
	case v.Type() == reflect.TypeFor[Matrix]():
		return g.matrix()
	case v.Kind() == reflect.Pointer:
		g.spots = g.spots[:len(g.spots)-1]
		s := Defaults()
		return g.value(s.decoder(tree.Places{}, &tree.Problems{}).Fresh(v.Type().Elem()).Elem(), c, at)
	case tree.IsSection(v):
		return g.section(v, at)
	case v.Kind() == reflect.Struct:
		return g.shapes(v, at)
	case v.Kind() == reflect.Map:
		return g.mapping(v, c, at)
	case v.Kind() == reflect.Slice:
		items := at.step("", "items")
		items.bare = true
		s := optional("array")
		s.Items = g.value(reflect.New(v.Type().Elem()).Elem(), c, items)
		return s
	}
	s := scalarSchema(v, c)
	if !at.bare {
		s.Default = literal(v, c)
	}
	return s
}

// section is a mapping with a key for each field.
func (g *generator) section(v reflect.Value, at spot) *jsonschema.Schema {
	s := optional("object")
	s.Properties, s.AdditionalProperties = jsonschema.NewProperties(), jsonschema.FalseSchema
	if key := tree.Shorthand(v.Type()); key != "" {
		field, c, _ := tree.FieldOf(v, key)
		at.pointer += "/anyOf/1"
		g.properties(s, v, at)
		s.Type, s.Extras = "object", nil // nothing is no shorthand
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{scalarSchema(field, c), s}}
	}
	g.properties(s, v, at)
	if name := s.Properties.Value("name"); at.path == "" && name != nil {
		name.Pattern = namePattern.String()
	}
	return s
}

// properties are the keys of a struct, those of the structs embedded in it among them.
func (g *generator) properties(s *jsonschema.Schema, v reflect.Value, at spot) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("yaml") == tree.InlineTag {
			g.properties(s, v.Field(i), at)
			continue
		}
		key := tree.KeyOf(field)
		if key == "" {
			continue
		}
		property := g.value(v.Field(i), tree.CheckOf(field), at.step(key, "properties/"+key))
		property.Description = g.doc(v.Type(), field.Name)
		s.Properties.Set(key, property)
	}
}

// doc is what the source says of a field, in one line.
func (g *generator) doc(t reflect.Type, field string) string {
	name, _, _ := strings.Cut(t.Name(), "[") // a generic type is documented once
	doc := strings.Join(strings.Fields(g.docs[t.PkgPath()+"."+name+"."+field]), " ")
	if doc == "" {
		g.t.Errorf("%s.%s has no doc", name, field)
	}
	return doc
}

// shapes is a scalar, or a mapping that names one of several shapes.
func (g *generator) shapes(v reflect.Value, at spot) *jsonschema.Schema {
	constant, c, _ := tree.ScalarField(v)
	s := scalarSchema(constant, c)
	if len(s.AnyOf) == 0 {
		s = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s}}
	}
	if !at.bare {
		s.Default = literal(constant, c)
	}
	at.pointer += "/anyOf/" + strconv.Itoa(len(s.AnyOf))
	at.bare = true
	one := g.section(v, at)
	one.Type, one.Extras = "object", nil
	one.MinProperties, one.MaxProperties = new(uint64(1)), new(uint64(1))
	s.AnyOf = append(s.AnyOf, one)
	return s
}

// mapping has any keys, or statuses.
func (g *generator) mapping(v reflect.Value, c tree.Check, at spot) *jsonschema.Schema {
	s := optional("object")
	entry := at.step("", "additionalProperties")
	entry.bare, entry.key = true, `[^.]+`
	if v.Type().Key().Kind() == reflect.Int {
		entry.key = `[45][0-9][0-9]`
		s.PropertyNames = &jsonschema.Schema{Pattern: "^" + entry.key + "$"}
	}
	s.AdditionalProperties = g.value(reflect.New(v.Type().Elem()).Elem(), c, entry)
	return s
}

// matrix is axis → level → path: the value of each path has the schema of its field.
func (g *generator) matrix() *jsonschema.Schema {
	level := &jsonschema.Schema{
		Type: "object", MinProperties: new(uint64(1)), Properties: jsonschema.NewProperties(),
		PatternProperties: map[string]*jsonschema.Schema{}, AdditionalProperties: jsonschema.FalseSchema,
	}
	for _, at := range g.spots {
		section, _, _ := strings.Cut(at.path, ".")
		switch ref := (&jsonschema.Schema{Ref: at.pointer}); {
		case !slices.Contains(armSections(), section) || strings.HasSuffix(at.pointer, "/items"):
		case at.key != "":
			level.PatternProperties["^"+regexp.QuoteMeta(at.path)+at.key+"$"] = ref
		default:
			level.Properties.Set(at.path, ref)
		}
	}
	axis := &jsonschema.Schema{Type: "object", MinProperties: new(uint64(1)), AdditionalProperties: jsonschema.FalseSchema}
	axis.PatternProperties = map[string]*jsonschema.Schema{label.String(): level}
	s := optional("object")
	s.PatternProperties = map[string]*jsonschema.Schema{label.String(): axis}
	s.AdditionalProperties = jsonschema.FalseSchema
	return s
}

// optional may be left empty.
func optional(kind string) *jsonschema.Schema {
	return &jsonschema.Schema{Extras: map[string]any{"type": []string{kind, "null"}}}
}

func scalarSchema(v reflect.Value, c tree.Check) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, word := range c.Enum {
		s.Enum = append(s.Enum, word)
	}
	switch {
	case len(c.Enum) > 0:
	case v.Type() == tree.DurationType:
		return durationSchema(c)
	case v.Type() == reflect.TypeFor[target.Secret]():
		s.Type, s.Pattern = "string", `^\$\{(env|file):[^}]+\}$`
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
	if c.Min != "" {
		sign = `\+?`
	}
	text := &jsonschema.Schema{Type: "string", Pattern: `^` + sign + `(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`}
	if c.Min != "" && c.Min != "0" {
		return text
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text, zero}}
}

// literal is a value as it is written, nil where it is empty.
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
