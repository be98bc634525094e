package limits

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// longestWait is the longest wait that a header is read as.
const longestWait = 365 * 24 * time.Hour

// RetryAfter returns the wait from now that an answer asks for, by Retry-After-Ms, or else by Retry-After, in
// seconds or as an HTTP date (RFC 9110 §10.2.3); false if neither is valid. A date is counted from the
// header Date of the answer, whose header came at heard, if that is clearly not our clock: both are the
// server's. A date before Date, or over a year after it, is from another clock, and counted from now. A date that is
// past is a wait of 0, and a longer wait than a year is a year.
func RetryAfter(h http.Header, heard, now time.Time) (time.Duration, bool) {
	if server := serverNow(h, heard); !server.Equal(heard) {
		if told, ok := retryAfter(h, server); ok && told.dated && told.in >= 0 && told.in <= longestWait {
			return max(told.in-now.Sub(heard), 0), true
		}
	}
	return RetryAfterByOwnClock(h, now)
}

// RetryAfterByOwnClock is RetryAfter for clients that compare a date with their own clock, as the official
// SDKs do.
func RetryAfterByOwnClock(h http.Header, now time.Time) (time.Duration, bool) {
	told, ok := retryAfter(h, now)
	return max(told.in, 0), ok
}

// retryWait is the time to wait from now; negative if it was told as a date that is past.
type retryWait struct {
	in    time.Duration
	dated bool
}

func retryAfter(h http.Header, now time.Time) (told retryWait, ok bool) {
	if d, ok := wait(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return retryWait{in: d}, true
	}
	text := h.Get("Retry-After")
	if d, ok := wait(text, time.Second); ok {
		return retryWait{in: d}, true
	}
	if date, err := http.ParseTime(text); err == nil {
		return retryWait{in: date.Sub(now), dated: true}, true
	}
	return retryWait{}, false
}

// wait reads a number of units.
func wait(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(text, 64) // an error with a number says that it is out of range
	if !(n >= 0) || err != nil && n == 0 || err == nil && math.IsInf(n, 1) {
		return 0, false
	}
	return time.Duration(min(n, float64(longestWait/unit)) * float64(unit)), true
}
