package retry

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"weighbridge/target"
)

func TestBackOff(t *testing.T) {
	exponential := target.Retry{Policy: "exponential", Multiplier: time.Second, Max: 10 * time.Second, Attempts: 6, Jitter: "none", MaxRetryAfter: time.Hour}
	fixed := exponential
	fixed.Policy = "fixed"
	full := exponential
	full.Jitter = "full"
	equal := exponential
	equal.Jitter = "equal"
	fixedFull := full
	fixedFull.Policy = "fixed"
	honor := full
	honor.HonorRetryAfter = true
	sdk := target.Retry{Policy: "sdk", Multiplier: time.Hour, Max: time.Hour, Attempts: 3, Jitter: "full", MaxRetryAfter: time.Hour}
	sdkLong := sdk
	sdkLong.Attempts = 10
	const none = -1 // no Retry-After
	for _, c := range []struct {
		name       string
		retry      target.Retry
		tried      int
		retryAfter time.Duration
		u          float64
		want       time.Duration
		again      bool
	}{
		{"none", target.Retry{Policy: "none", Attempts: 6}, 1, none, 0, 0, false},
		{"fixed, first", fixed, 1, none, 0, time.Second, true},
		{"fixed, fifth", fixed, 5, none, 0, time.Second, true},
		{"exponential, first", exponential, 1, none, 0, time.Second, true},
		{"exponential, third", exponential, 3, none, 0, 4 * time.Second, true},
		{"exponential, bounded", exponential, 5, none, 0, 10 * time.Second, true},
		{"no attempt left", exponential, 6, none, 0, 0, false},
		{"full jitter, low", full, 3, none, 0, 0, true},
		{"full jitter, half", full, 3, none, 0.5, 2 * time.Second, true},
		{"equal jitter, low", equal, 3, none, 0, 2 * time.Second, true},
		{"equal jitter, half", equal, 3, none, 0.5, 3 * time.Second, true},
		{"equal jitter, bounded", equal, 5, none, 0, 5 * time.Second, true},
		{"fixed, full jitter", fixedFull, 3, none, 0.25, 250 * time.Millisecond, true},
		{"Retry-After is ignored", full, 1, time.Minute, 0.5, time.Second / 2, true},
		{"Retry-After is a lower bound", honor, 1, 3 * time.Second, 0.5, 3 * time.Second, true},
		{"a longer back-off is kept", honor, 4, time.Second, 0.5, 4 * time.Second, true},
		{"Retry-After may exceed the maximum back-off", honor, 1, time.Minute, 0.5, time.Minute, true},
		{"Retry-After may be as long as its limit", honor, 1, time.Hour, 0.5, time.Hour, true},
		{"Retry-After is over its limit", honor, 1, time.Hour + 1, 0.5, 0, false},
		{"an ignored Retry-After has no limit", full, 1, 2 * time.Hour, 0.5, time.Second / 2, true},
		{"a huge exponent does not overflow", target.Retry{Policy: "exponential", Multiplier: time.Hour, Max: 2 * time.Hour, Attempts: 5000}, 4000, none, 0, 2 * time.Hour, true},
		{"sdk, first", sdk, 1, none, 0, 500 * time.Millisecond, true},
		{"sdk, first, with jitter", sdk, 1, none, 0.5, 437500 * time.Microsecond, true},
		{"sdk, second, with jitter", sdk, 2, none, 0.999, 750250 * time.Microsecond, true},
		{"sdk, third attempt", sdk, 3, none, 0, 0, false},
		{"sdk, bounded", sdkLong, 9, none, 0, 8 * time.Second, true},
		{"sdk, Retry-After is exact", sdk, 1, 100 * time.Millisecond, 0.5, 100 * time.Millisecond, true},
		{"sdk, Retry-After 0", sdk, 1, 0, 0.5, 0, true},
		{"sdk, Retry-After over its limit", sdk, 1, 61 * time.Minute, 0.5, 0, false},
	} {
		course := Course{Policy: c.retry, tried: c.tried - 1}
		a := Advice{Status: 429, After: c.retryAfter, AfterByOwnClock: c.retryAfter, Asked: c.retryAfter >= 0}
		got, again, note := course.Failed(target.Outcome{Class: target.RateLimit}, a, func() float64 { return c.u })
		if got != c.want || again != c.again {
			t.Errorf("%s: wait %v, retry %v; want %v, %v", c.name, got, again, c.want, c.again)
		}
		if told := note != ""; told != strings.Contains(c.name, "over its limit") {
			t.Errorf("%s: the note says %q", c.name, note)
		}
	}
}

// The SDKs compare a date with their own clock (openai-go and anthropic-sdk-go, internal/requestconfig).
func TestDatedRetryAfterOfAnotherClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	resp := &http.Response{StatusCode: 429, Header: http.Header{
		"Date": {"Sun, 22 Nov 2026 13:00:00 GMT"}, "Retry-After": {"Sun, 22 Nov 2026 13:00:02 GMT"},
	}}
	const over = "Retry-After 1h0m2s is over retry.max_retry_after (1m0s): SDKs compare its date with this machine's clock; by the server's it asks for 2s"
	for _, c := range []struct {
		policy string
		limit  time.Duration
		asked  string // Retry-After; nothing leaves the date
		want   string
	}{
		{"fixed", time.Minute, "", "2s"},
		{"fixed", time.Second, "", "Retry-After 2s is over retry.max_retry_after (1s)"},
		{"sdk-openai", time.Minute, "", over},
		{"sdk-anthropic", time.Minute, "", over},
		{"sdk-anthropic", time.Minute, "120", "Retry-After 2m0s is over retry.max_retry_after (1m0s)"},
	} {
		course := Course{Policy: target.Retry{Policy: c.policy, Attempts: 3, HonorRetryAfter: true, MaxRetryAfter: c.limit}}
		resp := &http.Response{StatusCode: 429, Header: resp.Header.Clone()}
		if c.asked != "" {
			resp.Header.Set("Retry-After", c.asked)
		}
		wait, again, got := course.Failed(target.Outcome{Class: target.RateLimit}, AdviceOf(resp, now, now, false), func() float64 { return 0 })
		if again {
			got = wait.String()
		}
		if got != c.want {
			t.Errorf("%s within %v: %s, want %s", c.policy, c.limit, got, c.want)
		}
	}
}

// Decorrelated back-offs grow from the wait before: Brooker, "Exponential Backoff And Jitter", AWS
// Architecture Blog, 2015.
func TestDecorrelatedBackOff(t *testing.T) {
	policy := target.Retry{Policy: "exponential", Multiplier: 100 * time.Millisecond, Max: 2 * time.Second, Attempts: 10, Jitter: "decorrelated"}
	for _, c := range []struct {
		name  string
		draws []float64
		want  []time.Duration // in ms
	}{
		{"the least each time", []float64{0, 0, 0}, []time.Duration{100, 100, 100}},
		{"half each time", []float64{0.5, 0.5, 0.5, 0.5}, []time.Duration{200, 350, 575, 912}},
		{"the most each time, up to the longest", []float64{1, 1, 1, 1}, []time.Duration{300, 900, 2000, 2000}},
		{"a short wait is followed by short ones", []float64{1, 0, 1}, []time.Duration{300, 100, 300}},
	} {
		course := Course{Policy: policy}
		for i, u := range c.draws {
			got, again, _ := course.Failed(target.Outcome{Class: target.Server}, Advice{Status: 503}, func() float64 { return u })
			if want := c.want[i] * time.Millisecond; !again || got.Truncate(time.Millisecond) != want {
				t.Errorf("%s, wait %d: %v, %v, want %v", c.name, i+1, got, again, want)
			}
		}
	}
}

func TestRetriable(t *testing.T) {
	for class, want := range map[target.Class]bool{
		target.Success: false, target.AuthError: false, target.ClientErr: false, target.Contract: false, target.Budget: false,
		target.RateLimit: true, target.Timeout: true, target.Transport: true, target.Server: true,
		target.CutOff: false, target.Generator: false,
	} {
		if got := retriable("fixed", target.Outcome{Class: class}, Advice{}); got != want {
			t.Errorf("%q: retriable = %v", class, got)
		}
	}
	for _, policy := range []string{"exponential", "sdk"} {
		if retriable(policy, target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{3}}, Advice{Status: 500}) {
			t.Errorf("%s: a partly successful batch is retriable", policy)
		}
		if retriable(policy, target.Outcome{Class: target.RateLimit, Failed: 1, Futile: true}, Advice{Status: 429, ShouldRetry: "true"}) {
			t.Errorf("%s: a used-up quota is retriable", policy)
		}
	}
}

// What the SDKs retry: shouldRetry in the request configuration of openai-go v3.96.0 and
// anthropic-sdk-go v2.13.0.
func TestSDKRetries(t *testing.T) {
	for _, c := range []struct {
		name  string
		class target.Class
		a     Advice
		want  bool
	}{
		{"connection refused", target.Transport, Advice{}, true},
		{"timeout before the header", target.Timeout, Advice{}, true},
		{"timeout in a JSON body", target.Timeout, Advice{Status: 200}, true},
		{"a JSON body that broke off", target.Transport, Advice{Status: 200}, true},
		{"a JSON body that broke off, x-should-retry false", target.Transport, Advice{Status: 200, ShouldRetry: "false"}, false},
		{"408 whose body broke off", target.Transport, Advice{Status: 408}, true},
		{"400 whose body broke off", target.Transport, Advice{Status: 400}, true},
		{"a stream of status 503 that broke off", target.Transport, Advice{Status: 503, Stream: true}, true},
		{"a stream of status 400 that broke off", target.Transport, Advice{Status: 400, Stream: true}, true},
		{"a stream that broke off", target.Transport, Advice{Status: 200, Stream: true}, false},
		{"timeout inside a stream", target.Timeout, Advice{Status: 200, Stream: true}, false},
		{"an error inside a stream", target.Server, Advice{Status: 200, Stream: true}, false},
		{"a response that violates the dialect", target.Contract, Advice{Status: 200}, false},
		{"400", target.ClientErr, Advice{Status: 400}, false},
		{"401", target.AuthError, Advice{Status: 401}, false},
		{"404", target.ClientErr, Advice{Status: 404}, false},
		{"408", target.Timeout, Advice{Status: 408}, true},
		{"409", target.ClientErr, Advice{Status: 409}, true},
		{"429", target.RateLimit, Advice{Status: 429}, true},
		{"500", target.Server, Advice{Status: 500}, true},
		{"504", target.Timeout, Advice{Status: 504}, true},
		{"504, x-should-retry false", target.Timeout, Advice{Status: 504, ShouldRetry: "false"}, false},
		{"529", target.Server, Advice{Status: 529}, true},
		{"503, x-should-retry false", target.Server, Advice{Status: 503, ShouldRetry: "false"}, false},
		{"400, x-should-retry true", target.ClientErr, Advice{Status: 400, ShouldRetry: "true"}, true},
		{"400, x-should-retry yes", target.ClientErr, Advice{Status: 400, ShouldRetry: "yes"}, false},
		{"cut off by the harness", target.CutOff, Advice{}, false},
		{"cut off by the harness in the body of a 503", target.CutOff, Advice{Status: 503}, false},
		{"answered, x-should-retry true", target.Success, Advice{Status: 200, ShouldRetry: "true"}, false},
		{"no file left", target.Generator, Advice{}, false},
	} {
		for _, policy := range []string{"sdk", "sdk-anthropic"} {
			if got := retriable(policy, target.Outcome{Class: c.class, Failed: 1}, c.a); got != c.want {
				t.Errorf("%s, %s: retriable = %v", policy, c.name, got)
			}
		}
		// That of OpenAI ends at its own timeout, and when a body breaks off.
		want := c.want && !strings.HasPrefix(c.name, "timeout") && !strings.HasPrefix(c.name, "a JSON body")
		if got := retriable("sdk-openai", target.Outcome{Class: c.class, Failed: 1}, c.a); got != want {
			t.Errorf("sdk-openai, %s: retriable = %v", c.name, got)
		}
	}
}

// The SDK of OpenAI waits under the timeout of the attempt that failed, and gives up at its end.
func TestAWaitUnderTheTimeout(t *testing.T) {
	for _, c := range []struct {
		policy              string
		timeout, took, wait time.Duration
		again               bool
	}{
		{"sdk-openai", 10 * time.Second, 2 * time.Second, 7 * time.Second, true},
		{"sdk-openai", 10 * time.Second, 3 * time.Second, 7 * time.Second, false},
		{"sdk-openai", 10 * time.Second, 4 * time.Second, 7 * time.Second, false},
		{"sdk-openai", 0, 4 * time.Second, 7 * time.Second, true},
		{"sdk-anthropic", 10 * time.Second, 4 * time.Second, 7 * time.Second, true},
		{"fixed", 10 * time.Second, 4 * time.Second, 7 * time.Second, true},
	} {
		course := Course{Policy: target.Retry{Policy: c.policy, Attempts: 3, HonorRetryAfter: true, MaxRetryAfter: time.Minute}, Timeout: c.timeout}
		_, again, note := course.Failed(target.Outcome{Class: target.RateLimit}, Advice{Status: 429, Asked: true, After: c.wait, AfterByOwnClock: c.wait, Took: c.took}, func() float64 { return 0 })
		if again != c.again || (note == "") != c.again || !again && !strings.Contains(note, "client.timeout (10s)") {
			t.Errorf("%+v: again %v, %q", c, again, note)
		}
	}
}
