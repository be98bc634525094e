package field

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// limited answers as many requests as its limit has, and refuses the others. If tell, its answers
// have OpenAI's headers about limits; those about tokens say only the limit.
func limited(limit int32, tell bool) http.HandlerFunc {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		left := limit - seen.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if tell {
			w.Header().Set("x-ratelimit-limit-requests", fmt.Sprint(limit))
			w.Header().Set("x-ratelimit-remaining-requests", fmt.Sprint(max(left, 0)))
			w.Header().Set("x-ratelimit-reset-requests", "6m0s")
			w.Header().Set("x-ratelimit-limit-tokens", "90000")
		}
		if left < 0 {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error":{"message":"Too many requests","type":"requests"}}`)
			return
		}
		_, _ = io.WriteString(w, completion)
	}
}

// What answers tell of rate limits is recorded, with the limit that refused requests, and nothing
// where they do not tell.
func TestRateLimitsAreRecorded(t *testing.T) {
	for _, tell := range []bool{true, false} {
		s := serve(t, limited(31, tell)) // one for the warm-up
		rec := run(t, `
name: limited
target: {dialect: openai, url: "`+s.URL+`", model: m, auth: {scheme: none}}
load: {warmup: 0s, open: {rate: 200, arrivals: constant, duration: 200ms}}
experiment: {blocks: 1}
`)
		got, open := summarize(t, rec), rec.Arms[0].Blocks[0].Open
		limits, warnings := got.Arms[0].RateLimits, strings.Join(got.Warnings, "\n")
		if !tell {
			if len(limits) != 0 || len(open.RateLimits) != 0 || rec.Arms[0].LimitsOverTime != nil || strings.Contains(warnings, "rate limit") || open.Refused["unknown"] != 10 {
				t.Errorf("limits %+v, refused %v, warnings:\n%s", limits, open.Refused, warnings)
			}
			continue
		}
		if len(limits) != 2 || open.Refused["x-ratelimit-requests"] != 10 || !strings.Contains(warnings, "the rate limit x-ratelimit-requests refused 10 attempts (429)") {
			t.Fatalf("%d limits, refused %v, warnings:\n%s", len(limits), open.Refused, warnings)
		}
		requests, tokens := limits[0], limits[1]
		if *requests.Limit != 31 || *requests.LeastRemaining != 0 || *requests.Headroom != 0 || requests.Refused != 10 || *requests.ResetMS != 360_000 || *requests.LeastAtMS <= 0 {
			t.Errorf("requests: %+v", requests)
		}
		if *tokens.Limit != 90_000 || tokens.LeastRemaining != nil || tokens.Headroom != nil || tokens.LeastAtMS != nil || tokens.ResetMS != nil {
			t.Errorf("tokens: %+v", tokens)
		}
		if points := rec.Arms[0].LimitsOverTime.Points; len(points) == 0 || points[len(points)-1].Remaining["x-ratelimit-requests"] != 0 {
			t.Errorf("over time: %+v", points)
		}
	}
}
