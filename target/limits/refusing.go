package limits

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// unitWords are words by which messages name a limit.
var unitWords = []struct {
	counts Unit
	words  []string
}{
	{InputTokens, []string{"input tokens", "input_tokens", "input-tokens"}},
	{OutputTokens, []string{"output tokens", "output_tokens", "output-tokens"}},
	{Tokens, []string{"tokens", "tpm"}},
	{Requests, []string{"requests", "rpm"}},
}

// Refusing returns the name of the limit that refused a request with status 429: the limit of which nothing
// remains or, if there are several or none, the one that the message names; "" if that is not known.
func Refusing(all []Limit, message string) string {
	empty := slices.DeleteFunc(slices.Clone(all), func(l Limit) bool { return l.Remaining == nil || *l.Remaining > 0 })
	if len(empty) == 1 {
		return empty[0].Name
	}
	among := all
	if len(empty) > 0 {
		among = empty
	}
	message = strings.ReplaceAll(strings.ToLower(message), "too many requests", "")
	for _, unit := range unitWords {
		if !slices.ContainsFunc(unit.words, func(word string) bool { return strings.Contains(message, word) }) {
			continue
		}
		if i := slices.IndexFunc(among, func(l Limit) bool { return l.Counts == unit.counts }); i >= 0 {
			return among[i].Name
		}
	}
	if len(empty) == 0 {
		return ""
	}
	return slices.MaxFunc(empty, func(a, b Limit) int { return cmp.Compare(resetOf(a), resetOf(b)) }).Name
}

// resetOf is the time until a limit's reset; 0 if it is not known.
func resetOf(l Limit) time.Duration {
	if l.Reset == nil {
		return 0
	}
	return *l.Reset
}
