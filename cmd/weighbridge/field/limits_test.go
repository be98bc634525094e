package field

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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

// What answers say about rate limits is recorded, with the limit that refused requests, and nothing
// where they do not say.
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

// load.batch keeps to rate limits too: each of its requests counts as one, polls as well. The tokens of
// a batch count in limits of its own, which no header tells, and never in those of requests.
func TestBatchesKeepToRateLimits(t *testing.T) {
	const limit, perSecond, share = 10.0, 50.0, 0.5
	for _, dialect := range []string{"anthropic", "openai"} {
		level, least, at, asked := limit, limit, time.Now(), 0
		s := serveBatches(t, &batchServer{unfinished: 25, status: "completed", errors: "null", output: each(doneLine), answer: func(w http.ResponseWriter, kind string, _ int) bool {
			asked++
			now := time.Now()
			level = min(level+perSecond*now.Sub(at).Seconds(), limit) - 1
			at, least = now, min(least, level)
			w.Header().Set("x-ratelimit-limit-requests", fmt.Sprint(limit))
			w.Header().Set("x-ratelimit-remaining-requests", fmt.Sprint(int(max(level, 0))))
			w.Header().Set("x-ratelimit-reset-requests", time.Duration((limit-level)/perSecond*1e9).String())
			w.Header().Set("x-ratelimit-limit-tokens", "100")
			w.Header().Set("x-ratelimit-remaining-tokens", "100")
			w.Header().Set("x-ratelimit-reset-tokens", "0s")
			return false
		}})
		if dialect == "anthropic" {
			s.output = each(messageLine)
		}
		rec := run(t, `
name: held
target: {dialect: `+dialect+`, url: "`+s.url+`", model: m, auth: {scheme: none}}
prompts: {length: 1000}
load: {batch: {size: 20, poll: 10ms, wait: 60s}, respect_limits: {share: `+fmt.Sprint(share)+`}}
experiment: {blocks: 1}
`)
		slice := rec.Arms[0].Blocks[0].Batch
		if slice.Answered != 20 || asked < 25 || least < share*limit-1 {
			t.Errorf("%s: %d of 20 answered in %d requests, which left %.2f of %v", dialect, slice.Answered, asked, least, limit)
		}
		if slice.HeldBy["x-ratelimit-requests"] == 0 || len(slice.HeldBy) != 1 || slice.LimitWait == nil || slice.LimitWait.Count() != slice.Requests {
			t.Errorf("%s: held by %v, %d requests, waits %v", dialect, slice.HeldBy, slice.Requests, slice.LimitWait)
		}
	}
}
