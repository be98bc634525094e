package tree

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check is the check tag of a field: what its value, or each value in its map
// or list, must keep to.
type Check struct {
	Min, Max string
	Enum     []string
}

// Worded is a type whose values, or the items of whose list, are each one of some words.
// It is for words that stand in a table of their own; others go into the check tag.
type Worded interface {
	// Words are the words; they are the same for every value of the type.
	Words() []string
}

// CheckOf is the check of a field: what its tag says, and the words of its type.
func CheckOf(field reflect.StructField) Check {
	c := parseCheck(field.Tag.Get("check"))
	if worded, ok := reflect.Zero(field.Type).Interface().(Worded); ok {
		c.Enum = worded.Words()
	}
	return c
}

func parseCheck(tag string) Check {
	var c Check
	for part := range strings.SplitSeq(tag, ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "min":
			c.Min = value
		case "max":
			c.Max = value
		case "enum":
			c.Enum = strings.Split(value, "|")
		}
	}
	return c
}

// wrong says what is wrong with a scalar value, or "".
func (c Check) wrong(v reflect.Value) string {
	if len(c.Enum) > 0 && !slices.Contains(c.Enum, v.String()) {
		return NoneOf(v.String(), c.Enum)
	}
	if (c.Min == "" || number(v) >= bound(c.Min, v.Type())) && (c.Max == "" || number(v) <= bound(c.Max, v.Type())) {
		return ""
	}
	found := fmt.Sprint(v.Interface())
	switch {
	case c.Max == "":
		return fmt.Sprintf("expected at least %s, found %s", c.Min, found)
	case c.Min == "":
		return fmt.Sprintf("expected at most %s, found %s", c.Max, found)
	}
	return fmt.Sprintf("expected %s to %s, found %s", c.Min, c.Max, found)
}

func number(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

// bound reads a limit of a check tag, which the tests hold to be well-formed.
func bound(text string, t reflect.Type) float64 {
	if t == DurationType {
		d, _ := time.ParseDuration(text)
		return float64(d)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// NoneOf says that a word is none of those that may stand there.
func NoneOf(word string, from []string) string {
	return fmt.Sprintf("expected one of %s, found %q", strings.Join(from, ", "), word) + DidYouMean(word, from)
}

func DidYouMean(word string, from []string) string {
	if near, ok := Suggest(word, from); ok {
		return ": did you mean " + near + "?"
	}
	return ""
}
