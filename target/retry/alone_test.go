package retry

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
	"weighbridge/target"
)

// A client that is alone at a limit, and waits as long as a truthful Retry-After says, is never
// refused twice in a row: what it waits for is there. One that does not wait as long is.
func TestAloneNoSecondRefusal(t *testing.T) {
	honoring := target.Retry{Policy: "exponential", Multiplier: 10 * time.Millisecond, Max: 100 * time.Millisecond, Attempts: 10, Jitter: "full", HonorRetryAfter: true, MaxRetryAfter: time.Hour}
	fixed := honoring
	fixed.Policy, fixed.Jitter = "fixed", "none"
	decorrelated := honoring
	decorrelated.Jitter = "decorrelated"
	ignoring := honoring
	ignoring.HonorRetryAfter = false
	for name, c := range map[string]struct {
		policy target.Retry
		second bool // whether there are second refusals
	}{
		"exponential": {honoring, false}, "fixed": {fixed, false}, "decorrelated": {decorrelated, false},
		"sdk":                         {target.Retry{Policy: "sdk", Attempts: 3, MaxRetryAfter: time.Hour}, false},
		"Retry-After is not honoured": {ignoring, true},
	} {
		for _, inSeconds := range []bool{false, true} {
			first, second := refusals(c.policy, inSeconds)
			if first < 100 || (second > 0) != c.second {
				t.Errorf("%s (in seconds: %v): %d requests were refused, %d more than once", name, inSeconds, first, second)
			}
		}
	}
}

// refusals sends requests one after another to a limit, and counts those that were refused once and
// more than once. The clock is the loop's.
func refusals(policy target.Retry, inSeconds bool) (first, second int) {
	random := rand.New(rand.NewPCG(7, 11))
	now := time.Unix(1_000_000, 0)
	for range 40 {
		limit := fault.Bucket{Rate: 0.3 + 30*random.Float64(), Burst: 1 + float64(random.IntN(3))}
		limiter := fault.NewLimiter(fault.Limit{Requests: &limit}, now)
		for range 20 {
			course, refused := Course{Policy: policy}, 0
			for {
				now = now.Add(time.Duration(random.IntN(int(3 * time.Millisecond))))
				ok, wait, _ := limiter.Take(now, 0, 0)
				if ok {
					break
				}
				if refused++; refused > 1 {
					second++
				} else {
					first++
				}
				pause, again, _ := course.Failed(target.Outcome{Class: target.RateLimit}, AdviceOf(refusal(wait, inSeconds), now, now, false), random.Float64)
				if !again {
					break
				}
				now = now.Add(pause)
			}
		}
	}
	return first, second
}

// refusal is a response of status 429 that tells the wait, in seconds or in milliseconds.
func refusal(wait time.Duration, inSeconds bool) *http.Response {
	seconds, ms := fault.RetryAfter(wait)
	h := http.Header{}
	h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	if !inSeconds {
		h.Set("Retry-After-Ms", strconv.FormatInt(ms, 10))
	}
	return &http.Response{StatusCode: http.StatusTooManyRequests, Header: h}
}
