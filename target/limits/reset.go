package limits

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

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

// serverNow is the time by the server's clock, which has whole seconds, if it is clearly not ours. An answer
// from a cache (Age) was dated before, and does not show it.
func serverNow(h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil && h.Get("Age") == "" && now.Sub(date).Abs() > otherClock {
		return date
	}
	return now
}
