package field

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

const completion = `{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`

// refusesAfter answers so many requests, and then refuses all in the same words. It counts those that it
// refused.
func refusesAfter(after int32, status int, body string, refused *atomic.Int32) http.HandlerFunc {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if seen.Add(1) <= after {
			_, _ = io.WriteString(w, completion)
			return
		}
		refused.Add(1)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// What no retry mends ends a run after at most as many refusals as requests are in flight, with the
// words of the server.
func TestWhatNoRetryMendsEndsTheRun(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		words  string
	}{
		{"a bad key", 401, `{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}`, "401 Incorrect API key provided"},
		{"a used-up quota", 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, "429 You exceeded your current quota"},
		{"a spend limit", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"Your spend limit is reached","details":{"error_code":"enforced_spend_limit_reached"}}}`, "429 Your spend limit is reached"},
		{"no such model", 404, `{"error":{"message":"The model m does not exist","type":"invalid_request_error","code":"model_not_found"}}`, "404 The model m does not exist"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			const inFlight = 8
			var refused atomic.Int32
			s := serve(t, refusesAfter(200, row.status, row.body, &refused))
			rec := run(t, `
name: refused
target: {dialect: openai, url: "`+s.URL+`", model: m, auth: {scheme: none}}
client: {in_flight: 8, retry: {policy: exponential, multiplier: 1ms, attempts: 5}}
load: {warmup: 0s, closed: {in_flight: 64, duration: 1h, ramp: 0s}}
`)
			if n := refused.Load(); n < 1 || n > inFlight {
				t.Errorf("the server refused %d requests, with %d in flight", n, inFlight)
			}
			if rec.Complete || !strings.Contains(rec.Stopped, row.words) || !strings.HasPrefix(rec.Stopped, "load.stop.on: arm all: ") {
				t.Errorf("complete: %v, stopped: %q", rec.Complete, rec.Stopped)
			}
		})
	}
}

// A share of failures ends a run where the scenario says so, and an answer that it does not name
// does not.
func TestErrorRateEndsTheRun(t *testing.T) {
	var refused atomic.Int32
	s := serve(t, refusesAfter(100, http.StatusUnauthorized, `{"error":"no"}`, &refused))
	rec := run(t, `
name: failing
target: {dialect: openai, url: "`+s.URL+`", model: m, auth: {scheme: none}}
load: {warmup: 0s, closed: {in_flight: 4, duration: 1h, ramp: 0s}, stop: {error_rate: 0.2, after: 50, on: []}}
`)
	if n := refused.Load(); n < 20 || n > 100 || rec.Complete || !strings.Contains(rec.Stopped, "load.stop.error_rate: arm all: ") || !strings.Contains(rec.Stopped, "over 20%") {
		t.Errorf("%d refused, complete: %v, stopped: %q", n, rec.Complete, rec.Stopped)
	}
}
