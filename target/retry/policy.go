package retry

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"weighbridge/target"
)

// The back-off of the SDKs before the first retry, and the longest.
const (
	sdkFirst = 500 * time.Millisecond
	sdkMax   = 8 * time.Second
)

// Course is one request's attempts so far.
type Course struct {
	Policy target.Retry
	// Timeout is the time limit of each attempt (client.timeout); 0 is none.
	Timeout time.Duration
	// tried counts the attempts, and backedOff is the back-off after the last but one.
	tried     int
	backedOff time.Duration
}

// Failed returns how long to wait before the next attempt after one that ended as told, or false if
// there shall be none. note then says why, where that is the wait; else it is empty. random draws
// from [0,1). Call it after each attempt, also after one that succeeded.
func (c *Course) Failed(o target.Outcome, a Advice, random func() float64) (wait time.Duration, again bool, note string) {
	p := c.Policy
	c.tried++
	if p.Policy == target.RetryNone || p.Policy == "" || c.tried >= p.Attempts || !retriable(p.Policy, o, a) {
		return 0, false, ""
	}
	honor, meant := a.Asked && (p.HonorRetryAfter || p.SDK()), ""
	if p.SDK() && a.After < a.AfterByOwnClock {
		meant = fmt.Sprintf(": SDKs compare its date with this machine's clock; by the server's it asks for %v", a.After)
	}
	if p.SDK() {
		a.After = a.AfterByOwnClock
	}
	if honor && a.After > p.MaxRetryAfter {
		return 0, false, fmt.Sprintf("Retry-After %v is over retry.max_retry_after (%v)%s", a.After.Round(time.Millisecond), p.MaxRetryAfter, meant)
	}
	if p.SDK() {
		return c.sdkWait(honor, a, random)
	}
	wait = c.backOff(random)
	if honor {
		wait = max(wait, a.After)
	}
	return wait, true, ""
}

// sdkWait is how long an SDK waits. That of OpenAI waits under the timeout of the attempt that failed.
func (c *Course) sdkWait(honor bool, a Advice, random func() float64) (wait time.Duration, again bool, note string) {
	if wait = a.After; !honor {
		wait = doubled(sdkFirst, sdkMax, c.tried)
		wait -= time.Duration(random() * float64(wait/4))
	}
	if c.Policy.Policy == target.RetrySDKOpenAI && c.Timeout > 0 && a.Took+wait >= c.Timeout {
		return 0, false, fmt.Sprintf("a wait of %v outlasts client.timeout (%v), under which OpenAI's SDK waits too", wait, c.Timeout)
	}
	return wait, true, ""
}

// retriable reports whether another attempt might succeed. A batch with a result for
// each prompt is not retried: prompts that succeeded would be billed twice.
func retriable(policy string, o target.Outcome, a Advice) bool {
	switch {
	case o.Class == target.Success, o.Class.Own(), o.FailedAt != nil, o.Futile:
		return false
	case target.Retry{Policy: policy}.SDK():
		return sdkRetries(policy, o.Class, a)
	}
	return Passing(o.Class)
}

// Passing reports whether a failure of the class may pass by itself: the server was overloaded or out
// of reach.
func Passing(class target.Class) bool {
	switch class {
	case target.RateLimit, target.Timeout, target.Transport, target.Server:
		return true
	}
	return false
}

// sdkRetries reports whether the SDKs would retry a failure. They hand an event stream to
// their caller as soon as its header has arrived, and retry nothing that happens inside it. That of
// OpenAI ends at its own timeout, and reads a body only once it has decided not to retry.
func sdkRetries(policy string, class target.Class, a Advice) bool {
	ownTimeout := class == target.Timeout && a.Status < http.StatusBadRequest
	unanswered := class == target.Transport || ownTimeout
	switch {
	case policy == target.RetrySDKOpenAI && (ownTimeout || a.Status > 0 && a.Status < http.StatusBadRequest && a.ShouldRetry != "true"):
		return false
	case unanswered && a.Stream && a.Status < http.StatusBadRequest:
		return false
	case a.ShouldRetry == "false":
		return false
	case unanswered:
		return true
	}
	return a.ShouldRetry == "true" || a.Status == http.StatusRequestTimeout || a.Status == http.StatusConflict ||
		a.Status == http.StatusTooManyRequests || a.Status >= http.StatusInternalServerError
}

// backOff draws the wait that a fixed or exponential policy makes after the last attempt.
func (c *Course) backOff(random func() float64) time.Duration {
	p := c.Policy
	if p.Jitter == target.JitterDecorrelated {
		first := min(p.Multiplier, p.Max)
		longest := 3 * float64(max(c.backedOff, first))
		c.backedOff = between(float64(first), min(longest, float64(p.Max)), random)
		return c.backedOff
	}
	wait := float64(min(p.Multiplier, p.Max))
	if p.Policy == target.RetryExponential {
		wait = float64(doubled(p.Multiplier, p.Max, c.tried))
	}
	switch p.Jitter {
	case target.JitterFull:
		return between(0, wait, random)
	case target.JitterEqual:
		return between(wait/2, wait, random)
	}
	return time.Duration(wait)
}

// between draws uniformly from two durations.
func between(least, most float64, random func() float64) time.Duration {
	return time.Duration(least + random()*(most-least))
}

// doubled doubles first with each attempt after the first, up to most.
func doubled(first, most time.Duration, tried int) time.Duration {
	return time.Duration(min(float64(first)*math.Pow(2, float64(tried-1)), float64(most)))
}
