// Package tokens counts the tokens of texts as models do: with the vocabularies of OpenAI, which are
// part of the program, and with those of files in the format of Hugging Face's tokenizers.
package tokens

import (
	"fmt"
	"math"
	"slices"

	"github.com/dlclark/regexp2/v2"
)

// Counter counts the tokens of texts by byte-level byte-pair encoding: the text is split into words,
// and of each word the pairs of parts are merged that come first in the vocabulary. It is not safe
// for concurrent use.
type Counter struct {
	split []*regexp2.Regexp
	// rank is the rank of a pair that is merged, the lowest first; false if it is not.
	rank func(left, right string) (int, bool)
	// whole reports whether a word is a token without any merge.
	whole func(word string) bool
	// spaced says that a space is put before a text that does not begin with one.
	spaced bool
	// known holds the counts of words.
	known map[string]int
}

// Count returns the number of tokens of a text, without those that a chat adds around it.
func (c *Counter) Count(text string) (int, error) {
	if c.spaced && text != "" && text[0] != ' ' {
		text = " " + text
	}
	words := []string{text}
	for _, pattern := range c.split {
		var next []string
		for _, word := range words {
			parts, err := isolated(pattern, word)
			if err != nil {
				return 0, fmt.Errorf("split a text: %w", err)
			}
			next = append(next, parts...)
		}
		words = next
	}
	sum := 0
	for _, word := range words {
		sum += c.word(word)
	}
	return sum, nil
}

// isolated divides a text into what matches a pattern, and what lies between.
func isolated(pattern *regexp2.Regexp, text string) (parts []string, err error) {
	runes, at := []rune(text), 0
	m, err := pattern.FindRunesMatch(runes)
	for ; m != nil && err == nil; m, err = pattern.FindNextMatch(m) {
		if m.RuneIndex > at {
			parts = append(parts, string(runes[at:m.RuneIndex]))
		}
		if at = m.RuneIndex + m.RuneLength; m.RuneLength > 0 {
			parts = append(parts, m.String())
		}
	}
	if at < len(runes) {
		parts = append(parts, string(runes[at:]))
	}
	return parts, err
}

// maxKnown is how many words the counts of are kept.
const maxKnown = 100_000

// word counts the tokens of a word.
func (c *Counter) word(word string) int {
	if n, ok := c.known[word]; ok {
		return n
	}
	n := 1
	if !c.whole(word) {
		n = c.merged(word)
	}
	if len(c.known) < maxKnown {
		c.known[word] = n
	}
	return n
}

// merged is the number of parts of a word after all merges.
func (c *Counter) merged(word string) int {
	parts := make([]string, len(word))
	for i := range parts {
		parts[i] = word[i : i+1]
	}
	for {
		best, at := math.MaxInt, -1
		for i := range len(parts) - 1 {
			if rank, ok := c.rank(parts[i], parts[i+1]); ok && rank < best {
				best, at = rank, i
			}
		}
		if at < 0 {
			return len(parts)
		}
		parts[at] += parts[at+1]
		parts = slices.Delete(parts, at+1, at+2)
	}
}
