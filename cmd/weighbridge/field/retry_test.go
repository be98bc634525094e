package field

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// retryAnswer is an answer, and how many attempts policy sdk makes of one request that gets it.
type retryAnswer struct {
	status       int
	header, body string
	attempts     int
}

// retryAnswers are the answers of a server by path.
func retryAnswers() map[string]retryAnswer {
	return map[string]retryAnswer{
		"/400":      {400, "", `{"error":{"message":"m","type":"invalid_request_error"}}`, 1},
		"/408":      {408, "", "", 3},
		"/409":      {409, "", "", 3},
		"/429":      {429, "", `{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}`, 3},
		"/529":      {529, "", "", 3},
		"/told-to":  {400, "X-Should-Retry: true", "", 3},
		"/told-not": {503, "X-Should-Retry: false", "", 1},
		"/later":    {429, "Retry-After: 3600", "", 1},
		"/quota":    {429, "", `{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}`, 1},
		"/spend":    {429, "", `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}`, 1},
		"/contract": {429, "", `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"contract_spend_limit_reached"}}}`, 1},
	}
}

// The attempts are those of the official SDKs, by the server's own account, and nothing that
// waiting does not mend is retried.
func TestRetryAsTheSDKsDo(t *testing.T) {
	var mu sync.Mutex
	seen, answers := map[string]bool{}, retryAnswers()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		first := !seen[r.URL.Path]
		seen[r.URL.Path] = true
		mu.Unlock()
		if first {
			return // the warm-up
		}
		answer := answers[r.URL.Path]
		w.Header().Set("Retry-After-Ms", "1") // for a short test
		if name, value, ok := strings.Cut(answer.header, ": "); ok {
			if name == "Retry-After" {
				w.Header().Del("Retry-After-Ms")
			}
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.status)
		fmt.Fprint(w, answer.body)
	})
	levels := ""
	for path := range answers {
		levels += fmt.Sprintf("    %s: {target.http.path: %s}\n", path[1:], path)
	}
	rec := run(t, fmt.Sprintf(`
name: retry
target: {dialect: http, url: %q}
client: {retry: {policy: sdk}}
load: {warmup: 0s, stop: {on: []}, open: {rate: 20, arrivals: constant, duration: 100ms}}
experiment: {order: sequential}
matrix:
  answer:
%s`, s.URL, levels))
	paths := s.Account().Paths
	for i, arm := range summarize(t, rec).Arms {
		path := "/" + arm.Levels["answer"]
		want := answers[path]
		if arm.Failed != arm.Due || arm.Due != 2 {
			t.Errorf("%s: %d of %d prompts failed, expected 2 of 2", path, arm.Failed, arm.Due)
		}
		if sent := paths[path] - 1; sent != 2*want.attempts || rec.Arms[i].Totals.Attempts != uint64(sent+1) {
			t.Errorf("%s: the server got %d attempts of 2 requests, the record has %d; expected %d of each request", path, sent, rec.Arms[i].Totals.Attempts-1, want.attempts)
		}
		const long = "Retry-After 1h0m0s is over retry.max_retry_after (1m0s)"
		if said := fmt.Sprint(rec.Arms[i].Failures); strings.Contains(said, long) != (path == "/later") {
			t.Errorf("%s: the record says %s", path, said)
		}
	}
}
