package tree

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPositionWithinAnyText writes any text of one line, in quotes of both kinds,
// and finds each of its characters again.
func TestPositionWithinAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~µ°'"\\]*`).Draw(t, "text")
		before := rapid.StringMatching(`[ -~µ]*`).Draw(t, "before")
		written := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		if rapid.Bool().Draw(t, "double") {
			written = strconv.QuoteToASCII(text)
		}
		at := Position{Line: 1, Column: len([]rune(before)) + 1, Source: before + written + rapid.StringMatching(`[ -~µ]*`).Draw(t, "after")}
		for i, r := range []rune(text + "\n") {
			got, ok := at.Within(text, i+1)
			if !ok {
				t.Fatalf("%s: not found", written)
			}
			rest := string([]rune(at.Source)[got.Column-1:])
			if end := i == len([]rune(text)); end && rest[0] != written[0] || !end && !begins(rest, r, written[0]) {
				t.Fatalf("%s: character %d is %q, found %s", written, i+1, r, rest)
			}
		}
	})
}

// begins reports whether what is written in quotes goes on with r.
func begins(rest string, r rune, quote byte) bool {
	if quote == '\'' {
		return strings.HasPrefix(rest, strings.ReplaceAll(string(r), "'", "''"))
	}
	return strings.HasPrefix(rest, strings.Trim(strconv.QuoteToASCII(string(r)), `"`)) || r == '"' && strings.HasPrefix(rest, `\"`)
}
