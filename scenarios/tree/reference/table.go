package reference

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weighbridge/scenarios/tree"
)

// Row is one key of the language in a table of the manual.
type Row struct {
	// Key is its dotted path.
	Key string
	// Type describes the values it accepts, with their range, in Markdown; "section" for a mapping
	// whose keys have rows of their own.
	Type string
	// Default is its default, or required; empty for a section that is always there.
	Default string
	// Meaning is its doc without the range and the default.
	Meaning string
}

// Rows are the keys from a path of the language on, the path's own first, in the order
// of their fields. An error says that the path leads nowhere, or names a field without a doc.
func (l *Language) Rows(path string) ([]Row, error) {
	t := tabler{language: l}
	t.section(reflect.ValueOf(l.Defaults), "")
	rows := []Row{}
	for _, row := range t.rows {
		if row.Key == path || strings.HasPrefix(row.Key, path+".") {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.wrong = append(t.wrong, fmt.Errorf("%s names no key", path))
	}
	return rows, errors.Join(t.wrong...)
}

// RowsOf are the keys of a struct that several keys of the language take.
func (l *Language) RowsOf(shared any) ([]Row, error) {
	t := tabler{language: l}
	t.section(reflect.ValueOf(shared), "")
	return t.rows, errors.Join(t.wrong...)
}

// tabler collects the rows of the language.
type tabler struct {
	language *Language
	rows     []Row
	wrong    []error
}

func (t *tabler) section(v reflect.Value, path string) {
	fields(v, func(owner reflect.Type, field reflect.StructField, value reflect.Value) {
		if _, shared := t.language.Words[owner]; shared && owner != v.Type() {
			return // its keys stand in a table of their own
		}
		t.row(owner, field, value, tree.Join(path, tree.KeyOf(field)))
	})
}

// row adds the row of a field, and those of the keys under it.
func (t *tabler) row(owner reflect.Type, field reflect.StructField, v reflect.Value, path string) {
	doc, err := t.language.doc(owner, field.Name)
	if err != nil {
		t.wrong = append(t.wrong, err)
	}
	c := tree.CheckOf(field)
	if v.CanUint() {
		c.Min = "0"
	}
	if v.Kind() == reflect.Pointer {
		v = t.language.Optional(v.Type().Elem()).Elem()
		if !strings.Contains(doc, "; default ") {
			doc = strings.TrimSuffix(doc, ".") + "; default none."
		}
	}
	limits := c
	if v.Kind() == reflect.Struct {
		_, limits, _ = tree.ScalarField(v) // of each shape
	}
	meaning, def := split(doc, field.Name, limits)
	t.rows = append(t.rows, Row{Key: path, Type: t.typeOf(v, c), Default: def, Meaning: meaning})
	switch {
	case v.Kind() == reflect.Struct:
		if t.language.Words[v.Type()] == "" {
			t.section(v, path)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		t.section(reflect.New(v.Type().Elem()).Elem(), path)
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Struct:
		t.section(reflect.New(v.Type().Elem()).Elem(), path+".*")
	}
}

// typeOf says what a value may be.
func (t *tabler) typeOf(v reflect.Value, c tree.Check) string {
	if words := t.language.Words[v.Type()]; words != "" {
		return words
	}
	switch v.Kind() {
	case reflect.Struct:
		if key := tree.Shorthand(v.Type()); key != "" {
			return "section, or its `" + key + "` alone"
		}
		if constant, c, ok := tree.ScalarField(v); ok {
			return t.typeOf(constant, c) + ", or one of the keys below"
		}
		return "section"
	case reflect.Slice:
		return "list of: " + t.typeOf(reflect.New(v.Type().Elem()).Elem(), c)
	case reflect.Interface:
		return "any value"
	case reflect.Map:
		return "mapping to: " + t.typeOf(reflect.New(v.Type().Elem()).Elem(), c)
	}
	if len(c.Enum) > 0 {
		return "`" + strings.Join(c.Enum, "`, `") + "`"
	}
	name := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "`true`, `false`", reflect.Float64: "number"}[v.Kind()]
	switch {
	case v.Type() == tree.DurationType:
		name = "duration"
	case name == "":
		name = "whole number"
	}
	return name + bounds(c)
}

// bounds are the limits of a check after a comma; empty if there are none.
func bounds(c tree.Check) string {
	switch {
	case c.Min != "" && c.Max != "":
		return ", " + c.Min + "…" + c.Max
	case c.Min != "":
		return ", at least " + c.Min
	case c.Max != "":
		return ", at most " + c.Max
	}
	return ""
}

// split takes a doc apart, as "Rate is prompts per second, 0…10; default 5. It counts …",
// into its meaning without the limits of the check, and its default.
func split(doc, name string, c tree.Check) (meaning, def string) {
	meaning = strings.TrimPrefix(doc, name+" ")
	for _, verb := range []string{"is ", "are "} {
		meaning = strings.TrimPrefix(meaning, verb)
	}
	if limits := bounds(c); limits != "" {
		meaning = strings.Replace(meaning, limits, "", 1)
	}
	before, rest, ok := strings.Cut(meaning, "; default ")
	if !ok {
		if before, rest, ok = strings.Cut(meaning, "; required"); ok {
			rest = "required" + rest
		}
	}
	if ok {
		def, rest, _ = strings.Cut(strings.TrimSuffix(rest, "."), ". ")
		meaning = before + "."
		if rest != "" {
			meaning += " " + rest + "."
		}
	}
	if first, _, _ := strings.Cut(strings.ReplaceAll(meaning, ",", " "), " "); slices.Contains(c.Enum, first) {
		return meaning, def // words of the language stay as they are
	}
	first, size := utf8.DecodeRuneInString(meaning)
	return string(unicode.ToUpper(first)) + meaning[size:], def
}

// Markdown is the rows as those of a table, without its head.
func Markdown(rows []Row) string {
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range []string{"`" + row.Key + "`", row.Type, row.Default, row.Meaning} {
			if i == 0 {
				b.WriteString("|")
			}
			b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
