package limits

import (
	"cmp"
	"strings"
	"time"
)

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
