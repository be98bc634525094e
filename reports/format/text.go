package format

import (
	"fmt"
	"strings"
	"unicode"
)

// Plural is a number of things.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Part is a part of the response latency in words, from its name in the record.
func Part(name string) string {
	switch name {
	case "fill":
		return "batch filling"
	case "earlier", "between":
		return name + " attempts"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// OneLine turns each run of white space and control characters into one space.
// What is no character of XML 1.0 (https://www.w3.org/TR/xml/#charsets) goes with them.
func OneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF
	}), " ")
}

// OneLines does the same to each text.
func OneLines(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, OneLine(text))
	}
	return out
}
