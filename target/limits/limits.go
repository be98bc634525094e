// Package limits reads what servers say about their rate limits, and holds attempts back so that
// they stay under them.
package limits

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Unit is what a limit counts.
type Unit int

// The units of limits. Other limits are read, but nothing is held back for them.
const (
	Other Unit = iota
	Requests
	InputTokens
	OutputTokens
	// Tokens are input and output tokens together.
	Tokens
)

// Limit is one rate limit, as the headers of an answer tell it.
type Limit struct {
	// Name is the name of the headers in lower case, without limit, remaining and reset:
	// anthropic-ratelimit-input-tokens, x-ratelimit-requests, x-ratelimit; and with the name of its
	// policy in the drafts of the IETF: ratelimit default.
	Name string
	// Counts is what it counts.
	Counts Unit
	// Limit is how many there may be, Remaining how many of them are left; nil if the answer does
	// not tell. Rounding is by how much Remaining may be off: Anthropic rounds tokens to 1000.
	Limit, Remaining *uint64
	Rounding         uint64
	// Reset is how long after the answer the limit is whole again; nil if the answer does not
	// tell. ResetAt is the same as a moment by the server's clock, where the answer has it so.
	Reset   *time.Duration
	ResetAt time.Time
	// Gradual says that the limit refills little by little until its reset, as those of Anthropic
	// and OpenAI do; else all of it comes back at once.
	Gradual bool
}

const (
	// mostLimits is how many limits of an answer are read; Anthropic sends eight.
	mostLimits = 12
	// longestName is how long the name of a limit may be, in bytes.
	longestName = 60
	// mostCount is the largest number that is read; servers say -1 or more for no limit.
	mostCount = 1 << 53
	// longestReset is the longest time to a reset that is read.
	longestReset = 366 * 24 * time.Hour
	// otherClock is the difference of clocks above which a reset is counted from the server's.
	otherClock = 2 * time.Second
)

// Parse returns the limits in the headers of an answer that came at now, by name: those of
// Anthropic (anthropic-ratelimit-NAME-limit), of OpenAI and Azure (x-ratelimit-limit-NAME), of
// GitHub and others (x-ratelimit-limit), and those of the IETF's drafts (RateLimit-Limit; RateLimit
// and RateLimit-Policy). A limit of which neither the number nor what remains is told is left out.
func Parse(h http.Header, now time.Time) []Limit {
	some := false
	for key := range h {
		some = some || mayLimit(key)
	}
	if !some {
		return nil
	}
	return parse(h, now)
}

func parse(h http.Header, now time.Time) []Limit {
	found := map[string]*Limit{}
	of := func(name string) *Limit {
		l := found[name]
		if l == nil {
			l = &Limit{Name: name, Counts: unitOf(name)}
			found[name] = l
		}
		return l
	}
	for key, values := range h {
		if !mayLimit(key) || len(values) == 0 {
			continue
		}
		switch name, field := split(key); {
		case name == "ratelimit" && field == "":
			readFields(strings.Join(values, ","), of)
		case name == "ratelimit-policy":
			readFields(strings.Join(values, ","), of)
		case field != "":
			of(name).read(field, values[0], h, now)
		}
	}
	return known(found)
}

// mayLimit reports whether a header in canonical form may be about a limit.
func mayLimit(key string) bool {
	switch key[:min(len(key), 1)] { // most headers are of no interest, on every answer
	case "A":
		return strings.HasPrefix(key, "Anthropic-")
	case "R":
		return strings.HasPrefix(key, "Ratelimit")
	case "X":
		return strings.HasPrefix(key, "X-Ratelimit-") || strings.HasPrefix(key, "X-Rate-Limit-") || strings.HasPrefix(key, "X-Tokenlimit-")
	}
	return false
}

// split divides the name of a header into that of its limit and limit, remaining or reset; the
// latter is empty if it has none.
func split(key string) (name, field string) {
	parts := strings.Split(strings.ReplaceAll(strings.ToLower(key), "rate-limit", "ratelimit"), "-")
	for i, part := range parts {
		if part == "limit" || part == "remaining" || part == "reset" {
			return strings.Join(slices.Delete(parts, i, i+1), "-"), part
		}
	}
	return strings.Join(parts, "-"), ""
}

// unitOf is what a limit counts, by its name. One without a word for it counts requests.
func unitOf(name string) Unit {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	has := func(word string) bool { return slices.Contains(words, word) }
	switch {
	case has("tokens") && has("input"):
		return InputTokens
	case has("tokens") && has("output"):
		return OutputTokens
	case has("tokens"), has("tokenlimit"):
		return Tokens
	case has("requests"), has("req"), has("ratelimit") && len(words) <= 2:
		return Requests
	}
	return Other
}

// known returns the limits of which something is known, by name.
func known(found map[string]*Limit) []Limit {
	var all []Limit
	for _, name := range slices.Sorted(maps.Keys(found)) {
		l := *found[name]
		if l.Limit == nil && l.Remaining == nil || !plain(name) || len(all) >= mostLimits {
			continue
		}
		if l.Remaining != nil && strings.HasPrefix(name, "anthropic-") && l.Counts != Requests {
			l.Rounding = 500
		}
		if name == "anthropic-ratelimit-tokens" && (found["anthropic-ratelimit-input-tokens"] != nil || found["anthropic-ratelimit-output-tokens"] != nil) {
			l.Counts = Other // it repeats one of these
		}
		all = append(all, l)
	}
	return all
}

// plain reports whether a name is fit to be printed.
func plain(name string) bool {
	return len(name) <= longestName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_. ", r)
	})
}

// read reads the value of one header of a limit.
func (l *Limit) read(field, value string, h http.Header, now time.Time) {
	switch field {
	case "limit":
		l.Limit = count(value)
	case "remaining":
		l.Remaining = count(value)
	case "reset":
		l.readReset(strings.TrimSpace(value), serverNow(h, now))
	}
}

// count reads the first number of a list, without its parameters; nil if there is none.
func count(value string) *uint64 {
	value, _, _ = strings.Cut(value, ",")
	value, _, _ = strings.Cut(value, ";")
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(n >= 0 && n <= mostCount) {
		return nil
	}
	return new(uint64(n))
}
