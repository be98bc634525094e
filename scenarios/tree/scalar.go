package tree

import (
	"math"
	"reflect"
	"strconv"
	"time"
)

// scalar decodes a scalar into a value of a basic kind and reports whether it could. A text
// field accepts numbers and booleans as written. A quoted value is accepted as text or as a
// duration, for which JSON has no other form.
func (d *Decoder) scalar(v reflect.Value, n *Node, path string, c Check) bool {
	if n.Kind != Scalar || (n.Quoted && v.Kind() != reflect.String && v.Type() != DurationType) || !Set(v, n.Text) {
		hint := ""
		if v.Kind() == reflect.String && (n.Kind == Mapping || n.Kind == List) {
			hint = " (quotes make it text)"
		}
		d.Problems.Add(n.At, path, "expected %s, found %s%s", expected(v.Type()), n, hint)
		return false
	}
	if wrong := c.wrong(v); wrong != "" {
		d.Problems.Add(n.At, path, "%s", wrong)
		return false
	}
	return true
}

// Set parses text as v's type, sets v and reports whether it could.
func Set(v reflect.Value, text string) bool {
	if v.Type() == DurationType {
		duration, err := time.ParseDuration(text)
		v.SetInt(int64(duration))
		return err == nil
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		v.SetBool(text == "true")
		return text == "true" || text == "false"
	case v.CanInt():
		whole, ok := wholeNumber(text)
		v.SetInt(whole)
		return ok && !v.OverflowInt(whole)
	case v.CanUint():
		return setUint(v, text)
	case v.CanFloat():
		number, err := strconv.ParseFloat(text, 64)
		v.SetFloat(number)
		return err == nil && !math.IsNaN(number) && !math.IsInf(number, 0)
	default:
		panic("scenarios: the language has no values of type " + v.Type().String())
	}
	return true
}

// setUint parses digits that an int64 cannot hold, too.
func setUint(v reflect.Value, text string) bool {
	if number, err := strconv.ParseUint(text, 10, 64); err == nil {
		v.SetUint(number)
		return true
	}
	whole, ok := wholeNumber(text)
	v.SetUint(uint64(max(whole, 0)))
	return ok && whole >= 0
}

// wholeNumber parses 1000 and 1e3 alike. Beyond 2⁵³ it accepts only digits, because a float can
// no longer represent every whole number.
func wholeNumber(text string) (int64, bool) {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole, true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return 0, false
	}
	return int64(number), true
}

// expected describes what a type accepts.
func expected(t reflect.Type) string {
	switch {
	case t == DurationType:
		return "a duration such as 500ms or 2s"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case reflect.Zero(t).CanInt():
		return "a whole number"
	case reflect.Zero(t).CanUint():
		return "a whole number of 0 or more"
	}
	return "a number"
}

// String describes a node at the end of a message.
func (n *Node) String() string {
	switch n.Kind {
	case Nothing:
		return "nothing"
	case Mapping:
		return "a mapping"
	case List:
		return "a list"
	}
	text := n.Text
	if short := []rune(text); len(short) > 40 {
		text = string(short[:40]) + "…"
	}
	if n.Quoted || text == "" {
		return "the text " + strconv.Quote(text)
	}
	return text
}
