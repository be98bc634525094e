package transport

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"weighbridge/target"
	"weighbridge/target/limits"
)

// PolicySDK retries as the official SDKs of OpenAI and Anthropic for Go do.
const PolicySDK = "sdk"

// The back-off of the SDKs before the first retry, and the longest.
const (
	sdkFirst = 500 * time.Millisecond
	sdkMax   = 8 * time.Second
)

// advice is what a response says about retrying; zero if there was none.
type advice struct {
	// status is the HTTP status, even if the body was not received whole.
	status int
	// stream says that the response is an event stream.
	stream bool
	// shouldRetry is the header X-Should-Retry: true, false or nothing.
	shouldRetry string
	// after is the wait that the response asks for; asked is false if it asks for none.
	after time.Duration
	asked bool
}

// adviceOf returns what a response says about retrying; resp may be nil.
func adviceOf(resp *http.Response, now time.Time) advice {
	if resp == nil {
		return advice{}
	}
	a := advice{status: resp.StatusCode, stream: isEventStream(resp.Header), shouldRetry: resp.Header.Get("X-Should-Retry")}
	a.after, a.asked = limits.RetryAfter(resp.Header, now)
	return a
}

// nextAttempt returns how long to wait before attempt tried+1, or false if there shall be
// none. A Retry-After over its limit ends the request, and its failure says so. jitter draws
// from [0,1).
func nextAttempt(r target.Retry, x *Exchange, tried int, jitter func() float64) (time.Duration, bool) {
	if r.Policy == "none" || r.Policy == "" || tried >= r.Attempts || !retriable(r.Policy, x.Outcome, x.advice) {
		return 0, false
	}
	honor := x.advice.asked && (r.HonorRetryAfter || r.Policy == PolicySDK)
	if honor && x.advice.after > r.MaxRetryAfter {
		x.Outcome.Detail = withNote(x.Outcome.Detail, fmt.Sprintf("Retry-After %v is over retry.max_retry_after (%v)", x.advice.after, r.MaxRetryAfter))
		return 0, false
	}
	switch {
	case r.Policy == PolicySDK && honor:
		return x.advice.after, true
	case r.Policy == PolicySDK:
		wait := exponential(sdkFirst, sdkMax, tried)
		return wait - time.Duration(jitter()*float64(wait/4)), true
	}
	wait := backOff(r, tried, jitter)
	if honor {
		wait = max(wait, x.advice.after)
	}
	return wait, true
}

// maxDetail is the number of bytes to which a detail is cut to make room for a note.
const maxDetail = 120

// withNote adds a note to the detail of a failure.
func withNote(detail, note string) string {
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "") + "…"
	}
	return detail + "; " + note
}

// retriable reports whether another attempt might succeed. A batch with a result for
// each prompt is not retried: prompts that succeeded would be billed twice.
func retriable(policy string, o target.Outcome, a advice) bool {
	switch {
	case o.Class == target.Success, o.Class.Own(), o.FailedAt != nil, o.Futile:
		return false
	case policy == PolicySDK:
		return sdkRetries(o.Class, a)
	}
	switch o.Class {
	case target.RateLimit, target.Timeout, target.Transport, target.Server:
		return true
	}
	return false
}

// sdkRetries reports whether the SDKs would retry a failure. They hand an event stream to
// their caller as soon as its header has arrived, and retry nothing that happens inside it.
func sdkRetries(class target.Class, a advice) bool {
	unanswered := class == target.Transport || class == target.Timeout && a.status < http.StatusBadRequest
	switch {
	case unanswered && a.stream && a.status < http.StatusBadRequest:
		return false
	case a.shouldRetry == "false":
		return false
	case unanswered:
		return true
	}
	return a.shouldRetry == "true" || a.status == http.StatusRequestTimeout || a.status == http.StatusConflict ||
		a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError
}

// backOff returns the wait after an attempt that a fixed or exponential policy makes.
func backOff(r target.Retry, tried int, jitter func() float64) time.Duration {
	wait := min(r.Multiplier, r.Max)
	if r.Policy == "exponential" {
		wait = exponential(r.Multiplier, r.Max, tried)
	}
	if r.Jitter == "full" {
		wait = time.Duration(jitter() * float64(wait))
	}
	return wait
}

// exponential doubles first with each attempt after the first, up to most.
func exponential(first, most time.Duration, tried int) time.Duration {
	return time.Duration(min(float64(first)*math.Pow(2, float64(tried-1)), float64(most)))
}
