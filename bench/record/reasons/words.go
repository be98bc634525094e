package reasons

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the number of characters of a text that are kept.
const maxText = 200

// varying matches what differs between failures of one kind: words that have a digit, such as
// numbers, times, addresses with their ports, and ids; and the id after such words as request id.
var (
	varying  = regexp.MustCompile(`[\p{L}\p{M}_.,:/+…-]*[\p{N}][\p{L}\p{M}\p{N}_.,:/+…-]*`)
	namedIDs = regexp.MustCompile(`(?i)\b((?:request|trace|correlation|req|span)[ _-]?id["']?[ :=#]+["']?)[^\s"',;)\]}]+`)
	many     = regexp.MustCompile(`…+`)
)

// withoutNumbers returns a text with "…" for each number and id in it, so that texts of failures that
// differ in nothing else become equal. It leaves its own results unchanged.
func withoutNumbers(text string) string {
	text = namedIDs.ReplaceAllString(text, "${1}…")
	text = varying.ReplaceAllStringFunc(text, func(word string) string {
		// Punctuation at the end belongs to the sentence.
		kept := strings.TrimRight(word, ".,:/")
		return "…" + word[len(kept):]
	})
	return many.ReplaceAllString(text, "…")
}

// OneLine returns a text on one line: each run of white space as one space, and what is not
// printable escaped as in Go.
func OneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), unicode.IsSpace), " ")
	if strings.IndexFunc(text, unprintable) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !unprintable(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// shorten cuts a text to maxText characters, an ellipsis included.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText-1]) + "…"
}
