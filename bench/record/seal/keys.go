package seal

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Error is what is wrong with one key or value. Path says where it is, such as
// arms[0].totals.attempts.
type Error struct{ Path, Problem string }

// Error is the path and the problem.
func (e *Error) Error() string { return e.Path + " " + e.Problem }

// within adds the step that leads to the place of err.
func within(step string, err error) error {
	if wrong, ok := err.(*Error); ok {
		if wrong.Path != "" && wrong.Path[0] != '[' {
			step += "."
		}
		return &Error{step + wrong.Path, wrong.Problem}
	}
	return err
}

// CheckKeys checks that a JSON value has the shape of t: every key of an object is that of
// a field, in the same case and once; a field is missing only if its tag says omitempty or
// omitzero; null stands only for a pointer, a slice or a map; and a fraction is at most
// maxNumber, or as far below 0. Deviations are an *Error.
func CheckKeys(raw []byte, t reflect.Type) error {
	c := checker{tokens: json.NewDecoder(bytes.NewReader(raw)), known: shapes{}}
	c.tokens.UseNumber()
	return c.value(t)
}

// checker reads a JSON value token by token.
type checker struct {
	tokens *json.Decoder
	known  shapes
}

// shape is the keys of a struct.
type shape struct {
	fields map[string]reflect.Type
	// order are all keys, in the order of the fields.
	order []string
	// required are the keys that are always written, in the order of the fields.
	required []string
}

func (c *checker) value(t reflect.Type) error {
	token, err := c.tokens.Token()
	if err != nil {
		return err
	}
	if token == nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			return nil
		}
		return &Error{Problem: "is null: expected " + kindOf(t)}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if found := kindOfToken(token); found != kindOf(t) {
		return &Error{Problem: "is " + found + ": expected " + kindOf(t)}
	}
	switch kindOf(t) {
	case anObject:
		return c.object(t)
	case aList:
		return c.list(t)
	case aNumber:
		return checkNumber(fmt.Sprint(token), t)
	}
	return nil
}

// maxNumber is the most that a fraction may be, such as a time in ms. It is more than any run
// measures, and little enough to add up and multiply without overflow.
const maxNumber = 1e18

func checkNumber(text string, t reflect.Type) error {
	if t.Kind() != reflect.Float64 {
		return nil // decoding it refuses what is out of range
	}
	if v, err := strconv.ParseFloat(text, 64); err != nil || math.Abs(v) > maxNumber {
		return &Error{Problem: fmt.Sprintf("is %.20s: expected a number from %g to %g", text, -maxNumber, maxNumber)}
	}
	return nil
}

func (c *checker) list(t reflect.Type) error {
	for i := 0; c.tokens.More(); i++ {
		if err := c.value(t.Elem()); err != nil {
			return within("["+strconv.Itoa(i)+"]", err)
		}
	}
	_, err := c.tokens.Token()
	return err
}

// object checks the members of an object, which is a struct or a map.
func (c *checker) object(t reflect.Type) error {
	var keys shape
	if t.Kind() == reflect.Struct {
		keys = c.known.of(t)
	}
	seen := map[string]bool{}
	for c.tokens.More() {
		token, err := c.tokens.Token()
		if err != nil {
			return err
		}
		key := fmt.Sprint(token) // always a string
		member, known := keys.fields[key]
		switch {
		case seen[key]:
			return &Error{key, "is there twice"}
		case t.Kind() == reflect.Map:
			member = t.Elem()
		case !known:
			return &Error{key, "is an unknown key"}
		}
		seen[key] = true
		if err := c.value(member); err != nil {
			return within(key, err)
		}
	}
	for _, key := range keys.required {
		if !seen[key] {
			return &Error{key, "is missing"}
		}
	}
	_, err := c.tokens.Token()
	return err
}

// shapes are those of the structs seen so far.
type shapes map[reflect.Type]shape

// of reads the tags of a struct's fields. Those of an embedded struct count as its own.
func (all shapes) of(t reflect.Type) shape {
	if known, ok := all[t]; ok {
		return known
	}
	s := shape{fields: map[string]reflect.Type{}}
	for field := range t.Fields() {
		tag, tagged := field.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case field.Anonymous && !tagged:
			inner := all.of(field.Type)
			for key, of := range inner.fields {
				s.fields[key] = of
			}
			s.order, s.required = append(s.order, inner.order...), append(s.required, inner.required...)
		case name != "-" && field.IsExported():
			s.fields[name], s.order = field.Type, append(s.order, name)
			if !strings.Contains(options, "omit") {
				s.required = append(s.required, name)
			}
		}
	}
	all[t] = s
	return s
}

// The kinds of JSON values.
const (
	aBool, aNumber, aString = "true or false", "a number", "a string"
	aList, anObject         = "a list", "an object"
)

// kindOf is the kind of value that is decoded into t.
func kindOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return aString
	}
	switch t.Kind() {
	case reflect.Bool:
		return aBool
	case reflect.String:
		return aString
	case reflect.Slice:
		return aList
	case reflect.Struct, reflect.Map:
		return anObject
	}
	return aNumber
}

func kindOfToken(token json.Token) string {
	switch token := token.(type) {
	case bool:
		return aBool
	case string:
		return aString
	case json.Delim:
		if token == '[' {
			return aList
		}
		return anObject
	}
	return aNumber
}
