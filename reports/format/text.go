package format

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

// OneLine returns a text from outside as it may be printed: on one line, each run of white
// space one space, and what is not printable (control characters, overrides of the direction
// of writing, characters that XML 1.0 does not allow) escaped as in Go. It also escapes what a
// CI service would take for a command to itself: :: at the start of a word, and ##[.
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)
func OneLine(text string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), unicode.IsSpace)
	for i, word := range words {
		if strings.HasPrefix(word, "::") {
			word = `\` + word
		}
		words[i] = escaped(strings.ReplaceAll(word, "##[", `##\[`))
	}
	return strings.Join(words, " ")
}

// escaped escapes the characters of a word that are not printable.
func escaped(word string) string {
	var b strings.Builder
	for _, r := range word {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// OneLines applies OneLine to each text.
func OneLines(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, OneLine(text))
	}
	return out
}

// Cut returns a text of at most so many characters: a longer one without its middle.
func Cut(text string, longest int) string {
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	runes := []rune(text)
	head := (longest - 1) / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(longest-1-head):])
}
