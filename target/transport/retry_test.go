package transport

import (
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
		x := &Exchange{Outcome: target.Outcome{Class: target.RateLimit, Detail: "429"}, advice: advice{status: 429, after: c.retryAfter, asked: c.retryAfter >= 0}}
		got, again := nextAttempt(c.retry, x, c.tried, func() float64 { return c.u })
		if got != c.want || again != c.again {
			t.Errorf("%s: wait %v, retry %v; want %v, %v", c.name, got, again, c.want, c.again)
		}
		if told := x.Outcome.Detail != "429"; told != strings.Contains(c.name, "over its limit") {
			t.Errorf("%s: the failure says %q", c.name, x.Outcome.Detail)
		}
	}
}

func TestFailureNamesALongRetryAfter(t *testing.T) {
	x := &Exchange{
		Outcome: target.Outcome{Class: target.RateLimit, Detail: "429 " + strings.Repeat("é", 100)},
		advice:  advice{status: 429, after: time.Hour, asked: true},
	}
	nextAttempt(target.Retry{Policy: "sdk", Attempts: 3, MaxRetryAfter: time.Minute}, x, 1, func() float64 { return 0 })
	want := "429 " + strings.Repeat("é", 58) + "…; Retry-After 1h0m0s is over retry.max_retry_after (1m0s)"
	if x.Outcome.Detail != want || x.Outcome.Class != target.RateLimit {
		t.Errorf("%q of class %s, expected %q", x.Outcome.Detail, x.Outcome.Class, want)
	}
}

func TestRetriable(t *testing.T) {
	for class, want := range map[target.Class]bool{
		target.Success: false, target.AuthError: false, target.ClientErr: false, target.Contract: false, target.Budget: false,
		target.RateLimit: true, target.Timeout: true, target.Transport: true, target.Server: true,
		target.CutOff: false, target.Generator: false,
	} {
		if got := retriable("fixed", target.Outcome{Class: class}, advice{}); got != want {
			t.Errorf("%q: retriable = %v", class, got)
		}
	}
	for _, policy := range []string{"exponential", "sdk"} {
		if retriable(policy, target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{3}}, advice{status: 500}) {
			t.Errorf("%s: a partly successful batch is retriable", policy)
		}
		if retriable(policy, target.Outcome{Class: target.RateLimit, Failed: 1, Futile: true}, advice{status: 429, shouldRetry: "true"}) {
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
		a     advice
		want  bool
	}{
		{"connection refused", target.Transport, advice{}, true},
		{"timeout before the header", target.Timeout, advice{}, true},
		{"timeout in a JSON body", target.Timeout, advice{status: 200}, true},
		{"a JSON body that broke off", target.Transport, advice{status: 200}, true},
		{"a JSON body that broke off, x-should-retry false", target.Transport, advice{status: 200, shouldRetry: "false"}, false},
		{"a stream that broke off", target.Transport, advice{status: 200, stream: true}, false},
		{"timeout inside a stream", target.Timeout, advice{status: 200, stream: true}, false},
		{"an error inside a stream", target.Server, advice{status: 200, stream: true}, false},
		{"a response that violates the dialect", target.Contract, advice{status: 200}, false},
		{"400", target.ClientErr, advice{status: 400}, false},
		{"401", target.AuthError, advice{status: 401}, false},
		{"404", target.ClientErr, advice{status: 404}, false},
		{"408", target.Timeout, advice{status: 408}, true},
		{"409", target.ClientErr, advice{status: 409}, true},
		{"429", target.RateLimit, advice{status: 429}, true},
		{"500", target.Server, advice{status: 500}, true},
		{"504", target.Timeout, advice{status: 504}, true},
		{"504, x-should-retry false", target.Timeout, advice{status: 504, shouldRetry: "false"}, false},
		{"529", target.Server, advice{status: 529}, true},
		{"503, x-should-retry false", target.Server, advice{status: 503, shouldRetry: "false"}, false},
		{"400, x-should-retry true", target.ClientErr, advice{status: 400, shouldRetry: "true"}, true},
		{"400, x-should-retry yes", target.ClientErr, advice{status: 400, shouldRetry: "yes"}, false},
		{"cut off by the harness", target.CutOff, advice{}, false},
		{"no file left", target.Generator, advice{}, false},
	} {
		if got := retriable("sdk", target.Outcome{Class: c.class, Failed: 1}, c.a); got != c.want {
			t.Errorf("%s: retriable = %v", c.name, got)
		}
	}
}
