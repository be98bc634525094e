package scenarios

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// nodeOf is a value of the language as it is written; nil where there is nothing
// to write, which is so of what a key does not take in its empty form.
func nodeOf(v reflect.Value, c check) *node {
	switch {
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return nodeOf(v.Elem(), c)
	case v.Kind() == reflect.Struct:
		return structNode(v)
	case v.Kind() == reflect.Map:
		n := &node{kind: mapping}
		for entry := v.MapRange(); entry.Next(); {
			n.fields = append(n.fields, field{key: fmt.Sprint(entry.Key()), value: nodeOf(entry.Value(), check{})})
		}
		slices.SortFunc(n.fields, func(a, b field) int { return strings.Compare(a.key, b.key) })
		return n
	case v.Kind() == reflect.Slice:
		n := &node{kind: list}
		for i := range v.Len() {
			n.items = append(n.items, nodeOf(v.Index(i), check{}))
		}
		return n
	}
	return scalarNode(v, c)
}

func structNode(v reflect.Value) *node {
	constant, c, shapes := scalarField(v)
	n := &node{kind: mapping}
	for _, key := range keys(v.Type()) {
		f, c, _ := fieldOf(v, key)
		if value := nodeOf(f, c); value != nil || !shapes {
			n.fields = append(n.fields, field{key: key, value: value})
		}
	}
	if shapes && len(n.fields) == 0 {
		return scalarNode(constant, c)
	}
	return n
}

func scalarNode(v reflect.Value, c check) *node {
	_, reads := reflect.New(v.Type()).Interface().(encoding.TextUnmarshaler)
	switch {
	case v.Type() == durationType:
		return &node{kind: scalar, text: durationText(v.Interface().(time.Duration))}
	case v.Kind() == reflect.String && v.String() == "" && (reads || len(c.enum) > 0):
		return nil
	case v.Kind() == reflect.String:
		return &node{kind: scalar, text: v.String(), quoted: true}
	case v.CanFloat() && v.IsZero() && c.min != "" && bound(c.min, v.Type()) > 0:
		return nil
	case v.CanFloat():
		return &node{kind: scalar, text: strconv.FormatFloat(v.Float(), 'g', -1, 64)}
	}
	return &node{kind: scalar, text: fmt.Sprint(v.Interface())}
}

// durationText is d without the zeros that end it: 1h rather than 1h0m0s.
func durationText(d time.Duration) string {
	text := d.String()
	for _, zero := range []struct{ after, end string }{{"m", "0s"}, {"h", "0m"}} {
		if strings.HasSuffix(text, zero.after+zero.end) {
			text = strings.TrimSuffix(text, zero.end)
		}
	}
	return text
}

// leafNodes visits each value of a section by its path, sections taken apart.
func leafNodes(v reflect.Value, path string, c check, visit func(path string, n *node)) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		leafNodes(v.Elem(), path, c, visit)
	case isSection(v):
		for _, key := range keys(v.Type()) {
			f, c, _ := fieldOf(v, key)
			leafNodes(f, join(path, key), c, visit)
		}
	default:
		if n := nodeOf(v, c); n != nil {
			visit(path, n)
		}
	}
}

// lineWidth is how long a mapping on one line may be.
const lineWidth = 100

// writeFields writes the fields of a mapping, each from a line of its own.
func writeFields(b *bytes.Buffer, fields []field, indent string) {
	for _, f := range fields {
		key := indent + keyText(f.key) + ":"
		switch n := f.value; {
		case n == nil:
			fmt.Fprintf(b, "%s# %s:\n", indent, keyText(f.key))
		case n.kind == nothing:
			fmt.Fprintln(b, key)
		case n.kind == mapping && (holdsNil(n) || len(key)+len(flow(n)) > lineWidth):
			fmt.Fprintln(b, key)
			writeFields(b, n.fields, indent+"  ")
		case n.kind == list && len(key)+len(flow(n)) > lineWidth:
			fmt.Fprintln(b, key)
			for _, item := range n.items {
				fmt.Fprintf(b, "%s  - %s\n", indent, flow(item))
			}
		case n.kind == scalar && isProse(n.text):
			writeProse(b, key, n.text, indent+"  ")
		default:
			fmt.Fprintln(b, key, flow(n))
		}
	}
}

// holdsNil reports whether a key in a mapping has no value, which is said in a
// line of its own.
func holdsNil(n *node) bool {
	return slices.ContainsFunc(n.fields, func(f field) bool { return f.value == nil || holdsNil(f.value) })
}

// isProse reports whether a text can be written as its lines.
func isProse(text string) bool {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines {
		if line == "" || line != strings.TrimSpace(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return false
		}
	}
	return strings.Contains(text, "\n")
}

func writeProse(b *bytes.Buffer, key, text, indent string) {
	style := "|"
	if !strings.HasSuffix(text, "\n") {
		style = "|-"
	}
	fmt.Fprintln(b, key, style)
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "%s%s\n", indent, strings.TrimSuffix(line, "\n"))
	}
}

// flow is a value on one line; keys without a value are left out.
func flow(n *node) string {
	var parts []string
	switch n.kind {
	case nothing:
		return "null"
	case scalar:
		return scalarText(n)
	case list:
		for _, item := range n.items {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, f := range n.fields {
		if f.value != nil {
			parts = append(parts, keyText(f.key)+": "+flow(f.value))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// These are the texts that YAML takes as they stand wherever they stand.
var (
	plainText   = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./+-]*$`)
	plainKey    = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./+-]*$`)
	plainScalar = regexp.MustCompile(`^[-+.]?[A-Za-z0-9/][A-Za-z0-9_./+µμ-]*$`)
)

func scalarText(n *node) string {
	plain := plainScalar
	if n.quoted {
		plain = plainText
	}
	return quoteUnless(plain, n.text)
}

func keyText(key string) string { return quoteUnless(plainKey, key) }

// quoteUnless quotes a text that is not plain. Go's escapes are YAML's.
func quoteUnless(plain *regexp.Regexp, text string) string {
	quoted := strconv.Quote(text)
	switch {
	case plain.MatchString(text) && !strings.EqualFold(text, "null"):
		return text
	case strings.Contains(text, `"`) && !strings.Contains(text, `'`) && strings.ReplaceAll(quoted, `\"`, `"`) == `"`+text+`"`:
		return "'" + text + "'"
	}
	return quoted
}
