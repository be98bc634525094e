package tokens

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// The patterns by which OpenAI's encodings split texts into words (openai/tiktoken, tiktoken_ext/openai_public.py).
const (
	cl100kPattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	o200kPattern  = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// Named returns a counter of one of OpenAI's encodings, o200k_base or cl100k_base; false for any
// other name. It takes a tenth of a second.
func Named(name string) (c *Counter, known bool, err error) {
	pattern, known := map[string]string{"o200k_base": o200kPattern, "cl100k_base": cl100kPattern}[name]
	if !known {
		return nil, false, nil
	}
	content, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		return nil, true, fmt.Errorf("read the vocabulary of %s: %w", name, err)
	}
	ranks := make(map[string]int, strings.Count(string(content), "\n"))
	for line := range strings.Lines(string(content)) {
		coded, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		token, err := base64.StdEncoding.DecodeString(coded)
		if err != nil {
			return nil, true, fmt.Errorf("read the vocabulary of %s: %w", name, err)
		}
		if ranks[string(token)], err = strconv.Atoi(number); err != nil {
			return nil, true, fmt.Errorf("read the vocabulary of %s: %w", name, err)
		}
	}
	split, err := compile(pattern)
	if err != nil {
		return nil, true, err
	}
	return &Counter{
		split: []*regexp2.Regexp{split},
		rank: func(left, right string) (int, bool) {
			rank, ok := ranks[left+right]
			return rank, ok
		},
		whole: func(word string) bool {
			_, ok := ranks[word]
			return ok
		},
		known: map[string]int{},
	}, true, nil
}

// longestMatch is how long a pattern may look for a match in a text.
const longestMatch = 10 * time.Second

func compile(pattern string) (*regexp2.Regexp, error) {
	re, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("the pattern that splits texts: %w", err)
	}
	re.MatchTimeout = longestMatch
	return re, nil
}
