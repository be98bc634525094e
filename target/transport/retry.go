package transport

import (
	"math"
	"net/http"
	"time"

	"weighbridge/target"
)

// retriable reports whether another attempt might succeed. A batch with a result for
// each prompt is not retried: prompts that succeeded would be billed twice.
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

// backOff returns how long to wait before attempt tried+1, or false if no attempts are left.
// Retry-After, if honored, is a lower bound. u in [0,1) decides the jitter.
func backOff(r target.Retry, tried int, retryAfter time.Duration, u float64) (time.Duration, bool) {
	if r.Policy == "none" || r.Policy == "" || tried >= r.Attempts {
		return 0, false
	}
	wait := r.Multiplier
	if r.Policy == "exponential" {
		wait = time.Duration(min(float64(r.Multiplier)*math.Pow(2, float64(tried-1)), float64(r.Max)))
	}
	wait = min(wait, r.Max)
	if r.Jitter == "full" {
		wait = time.Duration(u * float64(wait))
	}
	if r.HonorRetryAfter {
		wait = max(wait, retryAfter)
	}
	return wait, true
}

// retryAfter returns the wait given by Retry-After-Ms, or else by Retry-After, in
// seconds or as an HTTP date (RFC 9110 §10.2.3); 0 if neither is valid.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := parseDuration(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	text := h.Get("Retry-After")
	if d, ok := parseDuration(text, time.Second); ok {
		return d
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
