package limits

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const none = -1
	for _, c := range []struct {
		ms, after string
		want      time.Duration
	}{
		{"", "", none},
		{"", "3", 3 * time.Second},
		{"", "0.5", time.Second / 2},
		{"", "0", 0},
		{"250", "3", 250 * time.Millisecond},
		{"soon", "3", 3 * time.Second},
		{"", "-3", none},
		{"", "later", none},
		{"", "NaN", none},
		{"Inf", "", none},
		{"", "99999999999", longestWait},
		{"", "1e999", longestWait},
		{"", strings.Repeat("9", 400), longestWait},
		{"", "Sun, 22 Nov 2026 12:00:07 GMT", 7 * time.Second},
		{"", "Sun, 22 Nov 2026 11:00:00 GMT", 0},
	} {
		h := http.Header{}
		h.Set("Retry-After-Ms", c.ms)
		h.Set("Retry-After", c.after)
		for _, read := range []func() (time.Duration, bool){
			func() (time.Duration, bool) { return RetryAfter(h, noon, noon) },
			func() (time.Duration, bool) { return RetryAfterByOwnClock(h, noon) },
		} {
			got, ok := read()
			if !ok {
				got = none
			}
			if got != c.want {
				t.Errorf("retry-after-ms %q, Retry-After %q: %v, want %v", c.ms, c.after, got, c.want)
			}
		}
	}
}

// Date and Retry-After are by the same clock, which need not be ours. RFC 9110 §10.2.3 and §6.6.1.
func TestRetryAfterByTheServersClock(t *testing.T) {
	const (
		ahead  = "Sun, 22 Nov 2026 13:00:00 GMT"
		behind = "Sun, 22 Nov 2026 11:00:00 GMT"
	)
	for _, c := range []struct {
		name, date, age, after string
		body                   time.Duration // from the header to the end of the body
		want                   time.Duration
	}{
		{"an hour ahead", ahead, "", "Sun, 22 Nov 2026 13:00:02 GMT", 0, 2 * time.Second},
		{"an hour behind", behind, "", "Sun, 22 Nov 2026 11:00:02 GMT", 0, 2 * time.Second},
		{"an hour ahead, a slow body", ahead, "", "Sun, 22 Nov 2026 13:00:05 GMT", 3 * time.Second, 2 * time.Second},
		{"an hour ahead, a body slower than the wait", ahead, "", "Sun, 22 Nov 2026 13:00:02 GMT", 3 * time.Second, 0},
		{"our clock, but for the fraction of a second", "Sun, 22 Nov 2026 11:59:59 GMT", "", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"our clock, a slow body", "Sun, 22 Nov 2026 12:00:00 GMT", "", "Sun, 22 Nov 2026 12:00:07 GMT", 5 * time.Second, 2 * time.Second},
		{"since 1970", "Thu, 01 Jan 1970 00:00:10 GMT", "", "Thu, 01 Jan 1970 00:00:12 GMT", 0, 2 * time.Second},
		{"no Date", "", "", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"no date in Date", "noon", "", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"Date from another clock, ahead", ahead, "", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"Date from another clock, since 1970", "Thu, 01 Jan 1970 00:00:10 GMT", "", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"from a cache", behind, "3600", "Sun, 22 Nov 2026 12:00:07 GMT", 0, 7 * time.Second},
		{"seconds have no clock", ahead, "", "3", 0, 3 * time.Second},
	} {
		h := http.Header{}
		for name, value := range map[string]string{"Date": c.date, "Age": c.age, "Retry-After": c.after} {
			if value != "" {
				h.Set(name, value)
			}
		}
		if got, ok := RetryAfter(h, noon, noon.Add(c.body)); !ok || got != c.want {
			t.Errorf("%s: %v, %v, want %v", c.name, got, ok, c.want)
		}
	}
	h := headers("Date: " + ahead + "\nRetry-After: Sun, 22 Nov 2026 13:00:02 GMT")
	if got, _ := RetryAfterByOwnClock(h, noon); got != time.Hour+2*time.Second {
		t.Errorf("by our own clock: %v", got)
	}
}
