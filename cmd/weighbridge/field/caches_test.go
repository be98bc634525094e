package field

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// nginxAnswers are what nginx 1.22 says, with proxy_cache, proxy_cache_use_stale updating,
// proxy_cache_background_update and add_header X-Cache-Status $upstream_cache_status, of one answer in
// its life; then the next takes its place.
func nginxAnswers() []string {
	return []string{"MISS", "HIT", "HIT", "HIT", "STALE", "UPDATING", "HIT", "HIT", "EXPIRED", "HIT", "BYPASS", "REVALIDATED"}
}

// answerAsNginx answers as nginx before an API that the bundled mock behaves as: an answer of the cache
// has the header with which it was stored, but for the date; no Age. It reports whether the answer is the
// API's own.
func answerAsNginx(w http.ResponseWriter, says string) (own bool) {
	h, stored := w.Header(), time.Now()
	switch says {
	case "HIT", "STALE", "UPDATING":
		stored = stored.Add(-time.Minute)
	default:
		own = true
	}
	h.Set("Server", "nginx/1.22.1")
	h.Set("Server-Timing", "total;dur=0.001")
	if !own {
		h.Set("Server-Timing", "total;dur=90000, model;dur=89000") // of the request that it was stored by
	}
	h.Set("X-RateLimit-Limit-Requests", "1000")
	h.Set("X-RateLimit-Remaining-Requests", map[bool]string{true: "900", false: "1"}[own])
	h.Set("Weighbridge-Content", fmt.Sprintf("version=3, changes_in_ms=20000.000, told_at_ms=%d", stored.UnixMilli()))
	h.Set("X-Cache-Status", says)
	h.Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5}}`))
	return own
}

// What nginx stores with an answer is of the request that it was stored by: neither the server's time nor
// its limits now. Who answered, and how old the answer is, is nginx's own account.
func TestNginxBeforeTheServer(t *testing.T) {
	var n, own atomic.Int64
	says := nginxAnswers()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if i := n.Add(1) - 1; answerAsNginx(w, says[i%int64(len(says))]) {
			own.Add(1)
		}
	})
	rec := run(t, fmt.Sprintf(`
name: nginx
target: {dialect: openai, url: %q, model: m, auth: {scheme: none}}
load: {warmup: 0s, open: {rate: 120, arrivals: constant, duration: 500ms}}
`, s.URL))
	arm := summarize(t, rec).Arms[0]
	got := rec.Arms[0].Blocks[0].Open.Caches
	if got == nil {
		t.Fatal("nothing of caches was recorded")
	}
	// The first answer is that of the warm-up, and MISS; each other round has four of the server.
	hits, refreshed, answered := uint64(0), uint64(0), uint64(0)
	for i := int64(1); i < n.Load(); i++ {
		switch answered++; says[i%int64(len(says))] {
		case "STALE":
			refreshed++
			hits++
		case "HIT", "UPDATING":
			hits++
		}
	}
	saved := hits - refreshed
	want := record.Caches{Edge: hits, Server: answered - hits, Stale: hits, Current: answered - hits, EdgeSaved: record.Tokens{Input: 3 * saved, Output: 5 * saved}}
	if *got != want || got.Server != uint64(own.Load()-1) {
		t.Errorf("recorded %+v, expected %+v and %d answers of the server", *got, want, own.Load()-1)
	}
	for _, warning := range rec.Warnings {
		if strings.Contains(warning, "Server-Timing") {
			t.Errorf("warning: %s", warning)
		}
	}
	if len(arm.RateLimits) != 1 || arm.RateLimits[0].LeastRemaining == nil || *arm.RateLimits[0].LeastRemaining != 900 {
		t.Errorf("the limits are those of stored answers: %+v", arm.RateLimits)
	}
}
