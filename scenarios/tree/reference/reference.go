// Package reference describes a language of typed YAML from what its Go types say of
// themselves: their yaml and check tags, the docs of their fields and their defaults.
// It makes the JSON Schema that editors check files with, and the tables of a manual.
package reference

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"weighbridge/scenarios/tree"
)

// Language holds what the Go types alone do not say.
type Language struct {
	// Defaults is a struct of the language in which every key has its default.
	Defaults any
	// Optional gives what a section that may be left out holds before its keys are read:
	// a pointer to a value of the type.
	Optional func(t reflect.Type) reflect.Value
	// Docs are the docs of fields, as Docs reads them.
	Docs map[string]string
	// Own are the schemas of types that read their nodes themselves. Each gets the
	// places of the language that were described before it.
	Own map[reflect.Type]func(places []Place) *jsonschema.Schema
	// Text has the pattern of each text type, and Keys the pattern of each map's keys.
	Text, Keys map[reflect.Type]string
	// Words gives the words by which tables name a type. The keys of such a type are not listed.
	Words map[reflect.Type]string
}

// Docs reads the docs of all fields in the packages in and below the folders, given from
// the folder of the module, in which the process runs.
func Docs(module string, folders ...string) (map[string]string, error) {
	var reader jsonschema.Reflector
	for _, folder := range folders {
		if err := reader.AddGoComments(module, folder, jsonschema.WithFullComment()); err != nil {
			return nil, fmt.Errorf("read the docs in %s: %w", folder, err)
		}
	}
	return reader.CommentMap, nil
}

// doc returns a field's doc comment in one line, or an error if the field has none.
func (l *Language) doc(t reflect.Type, field string) (string, error) {
	name, _, _ := strings.Cut(t.Name(), "[") // a generic type is documented once
	doc := strings.Join(strings.Fields(l.Docs[t.PkgPath()+"."+name+"."+field]), " ")
	if doc == "" {
		return "", fmt.Errorf("%s.%s has no doc", name, field)
	}
	return doc, nil
}

// fields visits every field of a section that has a key, those of embedded structs
// among them, with the struct that declares it.
func fields(v reflect.Value, visit func(owner reflect.Type, field reflect.StructField, value reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case field.Tag.Get("yaml") == tree.InlineTag:
			fields(v.Field(i), visit)
		case tree.KeyOf(field) != "":
			visit(v.Type(), field, v.Field(i))
		}
	}
}
