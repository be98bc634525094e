package tree

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

// Encode returns the node of a value, or nil if there is nothing to write: the key is left out
// because it does not accept an empty value.
func Encode(v reflect.Value, c Check) *Node {
	switch {
	case v.Kind() == reflect.Interface:
		return anyNode(v.Interface())
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return Encode(v.Elem(), c)
	case v.Kind() == reflect.Struct:
		return structNode(v)
	case v.Kind() == reflect.Map:
		n := &Node{Kind: Mapping}
		for entry := v.MapRange(); entry.Next(); {
			n.Entries = append(n.Entries, Entry{Key: fmt.Sprint(entry.Key()), Value: Encode(entry.Value(), Check{})})
		}
		slices.SortFunc(n.Entries, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
		return n
	case v.Kind() == reflect.Slice:
		n := &Node{Kind: List}
		for i := range v.Len() {
			n.Items = append(n.Items, Encode(v.Index(i), Check{}))
		}
		return n
	}
	return ScalarNode(v, c)
}

func structNode(v reflect.Value) *Node {
	constant, c, shapes := ScalarField(v)
	n := &Node{Kind: Mapping}
	for _, key := range Keys(v.Type()) {
		f, c, _ := FieldOf(v, key)
		if value := Encode(f, c); value != nil || !shapes {
			n.Entries = append(n.Entries, Entry{Key: key, Value: value})
		}
	}
	if shapes && len(n.Entries) == 0 {
		return ScalarNode(constant, c)
	}
	return n
}

func ScalarNode(v reflect.Value, c Check) *Node {
	_, reads := reflect.New(v.Type()).Interface().(encoding.TextUnmarshaler)
	switch {
	case v.Type() == DurationType:
		return &Node{Kind: Scalar, Text: DurationText(v.Interface().(time.Duration))}
	case v.Kind() == reflect.String && v.String() == "" && (reads || len(c.Enum) > 0):
		return nil
	case v.Kind() == reflect.String:
		return &Node{Kind: Scalar, Text: v.String(), Quoted: true}
	case (v.CanFloat() || v.CanInt()) && v.IsZero() && c.Min != "" && bound(c.Min, v.Type()) > 0:
		return nil
	case v.CanFloat():
		return &Node{Kind: Scalar, Text: strconv.FormatFloat(v.Float(), 'g', -1, 64)}
	}
	return &Node{Kind: Scalar, Text: fmt.Sprint(v.Interface())}
}

// DurationText formats d without trailing zero units: 1h instead of 1h0m0s.
func DurationText(d time.Duration) string {
	text := d.String()
	for _, zero := range []struct{ after, end string }{{"m", "0s"}, {"h", "0m"}} {
		if strings.HasSuffix(text, zero.after+zero.end) {
			text = strings.TrimSuffix(text, zero.end)
		}
	}
	return text
}

// Leaves calls visit for every value in a section with its path. Sections inside it are visited
// value by value.
func Leaves(v reflect.Value, path string, c Check, visit func(path string, n *Node)) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		Leaves(v.Elem(), path, c, visit)
	case IsSection(v):
		for _, key := range Keys(v.Type()) {
			f, c, _ := FieldOf(v, key)
			Leaves(f, Join(path, key), c, visit)
		}
	default:
		if n := Encode(v, c); n != nil {
			visit(path, n)
		}
	}
}

// lineWidth is the longest line that a mapping or list is written on.
const lineWidth = 100

// WriteEntries writes the entries of a mapping, each on a line of its own.
func WriteEntries(b *bytes.Buffer, fields []Entry, indent string) {
	for _, f := range fields {
		key := indent + keyText(f.Key) + ":"
		switch n := f.Value; {
		case n == nil:
			fmt.Fprintf(b, "%s# %s:\n", indent, keyText(f.Key))
		case n.Kind == Nothing:
			fmt.Fprintln(b, key)
		case n.Kind == Mapping && (holdsNil(n) || len(key)+len(n.Flow()) > lineWidth):
			fmt.Fprintln(b, key)
			WriteEntries(b, n.Entries, indent+"  ")
		case n.Kind == List && len(key)+len(n.Flow()) > lineWidth:
			fmt.Fprintln(b, key)
			for _, item := range n.Items {
				fmt.Fprintf(b, "%s  - %s\n", indent, item.Flow())
			}
		case n.Kind == Scalar && isProse(n.Text):
			writeProse(b, key, n.Text, indent+"  ")
		default:
			fmt.Fprintln(b, key, n.Flow())
		}
	}
}

// holdsNil reports whether a key inside a mapping has no value. Such a key is written as a
// comment on its own line.
func holdsNil(n *Node) bool {
	return slices.ContainsFunc(n.Entries, func(f Entry) bool { return f.Value == nil || holdsNil(f.Value) })
}

// isProse reports whether a text can be written as a block of lines.
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

// Flow formats the node on one line. Keys without a value are left out.
func (n *Node) Flow() string {
	var parts []string
	switch n.Kind {
	case Nothing:
		return "null"
	case Scalar:
		return scalarText(n)
	case List:
		for _, item := range n.Items {
			parts = append(parts, item.Flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, f := range n.Entries {
		if f.Value != nil {
			parts = append(parts, keyText(f.Key)+": "+f.Value.Flow())
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Texts that need no quotes in YAML, whatever surrounds them.
var (
	plainText   = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./+-]*$`)
	plainKey    = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./+-]*$`)
	plainScalar = regexp.MustCompile(`^[-+.]?[A-Za-z0-9/][A-Za-z0-9_./+µμ-]*$`)
)

func scalarText(n *Node) string {
	plain := plainScalar
	if n.Quoted {
		plain = plainText
	}
	if n.Quoted && (n.Text == "true" || n.Text == "false") {
		return strconv.Quote(n.Text)
	}
	return quoteUnless(plain, n.Text)
}

func keyText(key string) string { return quoteUnless(plainKey, key) }

// quoteUnless quotes a text that is not plain. YAML's double quotes accept Go's escapes.
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
