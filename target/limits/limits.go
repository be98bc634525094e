// Package limits reads what servers say about their rate limits, and holds attempts back so that
// they stay under them.
package limits

import (
	"cmp"
	"maps"
	"math"
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

// serverNow is the time by the server's clock, which has whole seconds, if it is clearly not ours. An answer
// from a cache (Age) was dated before, and does not show it.
func serverNow(h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil && h.Get("Age") == "" && now.Sub(date).Abs() > otherClock {
		return date
	}
	return now
}

// The numbers from which on a reset is a moment, in seconds and in milliseconds since 1970.
const (
	leastSeconds      = 1e9
	leastMilliseconds = 1e11
)

// readReset reads a reset: a moment (RFC 3339, an HTTP date, or seconds or milliseconds since
// 1970), or else the time until it, in seconds or as a duration of Go.
func (l *Limit) readReset(value string, now time.Time) {
	n, err := strconv.ParseFloat(value, 64)
	switch {
	case err == nil && n >= leastMilliseconds:
		l.resetAt(time.UnixMilli(int64(min(n, math.MaxInt64/2))), now)
	case err == nil && n >= leastSeconds:
		l.resetAt(time.UnixMilli(int64(n*1000)), now)
	case err == nil && n >= 0 && n <= longestReset.Seconds():
		l.Reset = new(time.Duration(n * float64(time.Second)))
	case err == nil:
	default:
		l.readTime(value, now)
	}
}

func (l *Limit) readTime(value string, now time.Time) {
	if d, err := time.ParseDuration(value); err == nil {
		if d >= 0 && d <= longestReset {
			l.Reset, l.Gradual = &d, true
		}
		return
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		if at, err = http.ParseTime(value); err != nil {
			return
		}
	}
	l.resetAt(at, now)
	l.Gradual = l.Reset != nil && strings.HasPrefix(l.Name, "anthropic-")
}

func (l *Limit) resetAt(at, now time.Time) {
	if in := at.Sub(now); in <= longestReset {
		l.Reset, l.ResetAt = new(max(in, 0)), at
	}
}

// readFields reads RateLimit or RateLimit-Policy: limit=100, remaining=50, reset=30;
// 100;w=60; "name";q=100;w=60 with "name";r=50;t=30.
func readFields(value string, of func(name string) *Limit) {
	for _, item := range splitQuoted(value, ',') {
		params := splitQuoted(item, ';')
		first := params[0]
		if key, number, ok := strings.Cut(first, "="); ok && len(params) == 1 {
			of("ratelimit").readField(key, number)
			continue
		}
		l := of("ratelimit")
		if name, quoted := strings.CutPrefix(first, `"`); quoted {
			l = of("ratelimit " + strings.ToLower(strings.TrimSuffix(name, `"`)))
		} else if limit := count(first); limit != nil && l.Limit == nil {
			l.Limit = limit
		}
		for _, param := range params[1:] {
			key, number, _ := strings.Cut(param, "=")
			l.readField(key, number)
		}
	}
}

// readField reads a member or a parameter; others, such as the window, say nothing that is needed.
func (l *Limit) readField(key, value string) {
	switch key {
	case "limit", "q":
		l.Limit = count(value)
	case "remaining", "r":
		l.Remaining = count(value)
	case "reset", "t":
		l.readReset(value, time.Time{})
		l.Gradual = false
	case "qu":
		if value = strings.Trim(value, `"`); value != "requests" {
			l.Counts = cmp.Or(unitOf(value), Other)
		}
	}
}

// splitQuoted splits at a separator that stands outside quotes, and trims the pieces.
func splitQuoted(text string, at rune) []string {
	quoted := false
	pieces := strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == at && !quoted
	})
	for i, piece := range pieces {
		pieces[i] = strings.TrimSpace(piece)
	}
	return append(pieces, "")[:max(len(pieces), 1)]
}

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
