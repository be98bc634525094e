package transport

import (
	"math"
	"net/http"
	"time"

	"weighbridge/target"
)

// retriable says whether another attempt may end better. A batch that was
// answered prompt by prompt is not sent again: most of it would be billed twice.
func retriable(o target.Outcome) bool {
	if o.FailedAt != nil {
		return false
	}
	switch o.Class {
	case target.RateLimit, target.Timeout, target.Transport, target.Server:
		return true
	}
	return false
}

// wait is how long to wait before attempt tried+1, and whether there is one.
// A Retry-After that is honoured is a floor; u in [0,1) draws the jitter.
func wait(r target.Retry, tried int, retryAfter time.Duration, u float64) (time.Duration, bool) {
	if r.Policy == "none" || r.Policy == "" || tried >= r.Attempts {
		return 0, false
	}
	bound := r.Multiplier
	if r.Policy == "exponential" {
		bound = time.Duration(min(float64(r.Multiplier)*math.Pow(2, float64(tried-1)), float64(r.Max)))
	}
	bound = min(bound, r.Max)
	if r.Jitter == "full" {
		bound = time.Duration(u * float64(bound))
	}
	if r.HonorRetryAfter {
		bound = max(bound, retryAfter)
	}
	return bound, true
}

// retryAfter reads retry-after-ms, else Retry-After in seconds or as an HTTP
// date (RFC 9110 §10.2.3); 0 when neither says anything usable.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := parseDuration(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	text := h.Get("Retry-After")
	if d, ok := parseDuration(text, time.Second); ok {
		return d
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
