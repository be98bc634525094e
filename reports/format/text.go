package format

import (
	"fmt"
	"strings"
	"unicode"
)

// Plural prints a count with its noun.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// PartName returns the words for a part of the response latency, from its name in the record.
func PartName(name string) string {
	switch name {
	case "fill":
		return "batch filling"
	case "earlier", "between":
		return name + " attempts"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// OneLine replaces each run of white space, control characters and characters that XML 1.0
// does not allow (https://www.w3.org/TR/xml/#charsets) by one space.
func OneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF
	}), " ")
}

// OneLines applies OneLine to each text.
func OneLines(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, OneLine(text))
	}
	return out
}
