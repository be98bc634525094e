package tree

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check holds the conditions that a value must meet, from the check tag of its field. They apply
// to each item of a list or map.
type Check struct {
	Min, Max string
	Enum     []string
}

// Worded is a type whose values, or whose items in a list, are words of a fixed set. It replaces
// an enum in the check tag if the words come from elsewhere.
type Worded interface {
	// Words returns the words, the same for every value of the type.
	Words() []string
}

// CheckOf returns the check of a field, from its tag and the words of its type.
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

// wrong returns what is wrong with a scalar value, or "".
func (c Check) wrong(v reflect.Value) string {
	if len(c.Enum) > 0 && !slices.Contains(c.Enum, v.String()) {
		return UnknownWord(v.String(), c.Enum)
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

// bound parses a limit of a check tag. Tests check that all limits can be parsed.
func bound(text string, t reflect.Type) float64 {
	if t == DurationType {
		d, _ := time.ParseDuration(text)
		return float64(d)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// UnknownWord is the message for a word that is not one of the known words.
func UnknownWord(word string, from []string) string {
	return fmt.Sprintf("expected one of %s, found %q", strings.Join(from, ", "), word) + DidYouMean(word, from)
}

// DidYouMean returns ": did you mean …?" with the nearest of the known words; "" if none is near.
func DidYouMean(word string, from []string) string {
	if near, ok := Suggest(word, from); ok {
		return ": did you mean " + near + "?"
	}
	return ""
}
