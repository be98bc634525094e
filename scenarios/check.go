package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check is the check tag of a field: what its value, or each value in its map
// or list, must keep to.
type check struct {
	min, max string
	enum     []string
}

func parseCheck(tag string) check {
	var c check
	for part := range strings.SplitSeq(tag, ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "min":
			c.min = value
		case "max":
			c.max = value
		case "enum":
			c.enum = strings.Split(value, "|")
		}
	}
	return c
}

// wrong says what is wrong with a scalar value, or "".
func (c check) wrong(v reflect.Value) string {
	if len(c.enum) > 0 && !slices.Contains(c.enum, v.String()) {
		return noneOf(v.String(), c.enum)
	}
	if (c.min == "" || number(v) >= bound(c.min, v.Type())) && (c.max == "" || number(v) <= bound(c.max, v.Type())) {
		return ""
	}
	found := fmt.Sprint(v.Interface())
	switch {
	case c.max == "":
		return fmt.Sprintf("expected at least %s, found %s", c.min, found)
	case c.min == "":
		return fmt.Sprintf("expected at most %s, found %s", c.max, found)
	}
	return fmt.Sprintf("expected %s to %s, found %s", c.min, c.max, found)
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
	if t == durationType {
		d, _ := time.ParseDuration(text)
		return float64(d)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// noneOf says that a word is none of those that may stand there.
func noneOf(word string, from []string) string {
	return fmt.Sprintf("expected one of %s, found %q", strings.Join(from, ", "), word) + didYouMean(word, from)
}

func didYouMean(word string, from []string) string {
	if near, ok := Suggest(word, from); ok {
		return ": did you mean " + near + "?"
	}
	return ""
}
