package transport

import (
	"net/http"
	"testing"
	"time"

	"weighbridge/target"
)

func TestBackOff(t *testing.T) {
	exponential := target.Retry{Policy: "exponential", Multiplier: time.Second, Max: 10 * time.Second, Attempts: 6, Jitter: "none"}
	fixed := exponential
	fixed.Policy = "fixed"
	full := exponential
	full.Jitter = "full"
	honor := full
	honor.HonorRetryAfter = true
	for _, c := range []struct {
		name       string
		retry      target.Retry
		tried      int
		retryAfter time.Duration
		u          float64
		want       time.Duration
		again      bool
	}{
		{"none", target.Retry{Policy: "none", Attempts: 6}, 1, 0, 0, 0, false},
		{"fixed, first", fixed, 1, 0, 0, time.Second, true},
		{"fixed, fifth", fixed, 5, 0, 0, time.Second, true},
		{"exponential, first", exponential, 1, 0, 0, time.Second, true},
		{"exponential, third", exponential, 3, 0, 0, 4 * time.Second, true},
		{"exponential, bounded", exponential, 5, 0, 0, 10 * time.Second, true},
		{"no attempt left", exponential, 6, 0, 0, 0, false},
		{"full jitter, low", full, 3, 0, 0, 0, true},
		{"full jitter, half", full, 3, 0, 0.5, 2 * time.Second, true},
		{"Retry-After is ignored", full, 1, time.Minute, 0.5, time.Second / 2, true},
		{"Retry-After is a lower bound", honor, 1, 3 * time.Second, 0.5, 3 * time.Second, true},
		{"a longer back-off is kept", honor, 4, time.Second, 0.5, 4 * time.Second, true},
		{"Retry-After may exceed the maximum back-off", honor, 1, time.Minute, 0.5, time.Minute, true},
		{"a huge exponent does not overflow", target.Retry{Policy: "exponential", Multiplier: time.Hour, Max: 2 * time.Hour, Attempts: 5000}, 4000, 0, 0, 2 * time.Hour, true},
	} {
		if got, again := backOff(c.retry, c.tried, c.retryAfter, c.u); got != c.want || again != c.again {
			t.Errorf("%s: wait %v, retry %v; want %v, %v", c.name, got, again, c.want, c.again)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ms, after string
		want      time.Duration
	}{
		{"", "", 0},
		{"", "3", 3 * time.Second},
		{"", "0.5", time.Second / 2},
		{"250", "3", 250 * time.Millisecond},
		{"soon", "3", 3 * time.Second},
		{"", "-3", 0},
		{"", "later", 0},
		{"", "NaN", 0},
		{"Inf", "", 0},
		{"", "Sun, 22 Nov 2026 12:00:07 GMT", 7 * time.Second},
		{"", "Sun, 22 Nov 2026 11:00:00 GMT", 0},
	} {
		h := http.Header{}
		h.Set("Retry-After-Ms", c.ms)
		h.Set("Retry-After", c.after)
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("retry-after-ms %q, Retry-After %q: %v, want %v", c.ms, c.after, got, c.want)
		}
	}
}

func TestRetriable(t *testing.T) {
	for class, want := range map[target.Class]bool{
		target.Success: false, target.AuthError: false, target.ClientErr: false, target.Contract: false, target.Budget: false,
		target.RateLimit: true, target.Timeout: true, target.Transport: true, target.Server: true,
	} {
		if got := retriable(target.Outcome{Class: class}); got != want {
			t.Errorf("%q: retriable = %v", class, got)
		}
	}
	if retriable(target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{3}}) {
		t.Error("a partly successful batch is retriable")
	}
}
