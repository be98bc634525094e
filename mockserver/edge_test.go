package mockserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
)

func newEdgeConfig() mockserver.Config {
	config := newFreeConfig()
	config.Edge = mockserver.Edge{Entries: 2, TTL: time.Minute}
	return config
}

func weigh(what string) *http.Request {
	return post("/v1/completions", 0, `{"prompt":"`+what+`"}`)
}

// Each step comes so long after the start.
func TestEdgeAnswersEqualRequests(t *testing.T) {
	mock, now := newFrozenMock(t, newEdgeConfig())
	bodies := map[string]string{}
	at := time.Duration(0)
	for i, step := range []struct {
		after               time.Duration
		prompt              string
		xCache, status, age string
	}{
		{0, "a", "MISS", "weighbridge-mock; fwd=miss; stored", ""},
		{1500 * ms, "a", "HIT", "weighbridge-mock; hit; ttl=58", "1"},
		{59 * time.Second, "a", "HIT", "weighbridge-mock; hit; ttl=1", "59"},
		{60 * time.Second, "a", "MISS", "weighbridge-mock; fwd=stale; stored", ""},
		{61 * time.Second, "b", "MISS", "weighbridge-mock; fwd=miss; stored", ""},
		{62 * time.Second, "a", "HIT", "weighbridge-mock; hit; ttl=58", "2"},
		{63 * time.Second, "c", "MISS", "weighbridge-mock; fwd=miss; stored", ""}, // in place of b
		{64 * time.Second, "b", "MISS", "weighbridge-mock; fwd=miss; stored", ""},
	} {
		now.Advance(step.after - at)
		at = step.after
		w := serve(mock, weigh(step.prompt))
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("X-Cache") != step.xCache || h.Get("Cache-Status") != step.status || h.Get("Age") != step.age {
			t.Errorf("step %d: %d, X-Cache %q, Cache-Status %q, Age %q", i, w.Code, h.Get("X-Cache"), h.Get("Cache-Status"), h.Get("Age"))
		}
		if before, known := bodies[step.prompt]; step.xCache == "HIT" && (!known || before != w.Body.String()) {
			t.Errorf("step %d: another body than before: %s", i, w.Body)
		}
		bodies[step.prompt] = w.Body.String()
	}
	l := readLedger(t, mock)
	if l.EdgeHits != 3 || l.EdgeStale != 0 || l.Attempts != 8 || l.Prompts != 8 || l.Statuses["200"] != 8 || l.Tokens.Output != 5*8 {
		t.Errorf("%d hits, %d stale, %d attempts, %d prompts, %d answers, %d output tokens; expected 3 hits of 8, which bill nothing",
			l.EdgeHits, l.EdgeStale, l.Attempts, l.Prompts, l.Statuses["200"], l.Tokens.Output)
	}
	mock.Reset()
	if w := serve(mock, weigh("a")); w.Header().Get("X-Cache") != "MISS" {
		t.Error("after a reset the edge has an answer")
	}
}

// The edge answers without a slot and a limit, but only those who may ask.
func TestEdgeIsInFrontOfLimitsAndBehindAuthorization(t *testing.T) {
	config := newEdgeConfig()
	config.Auth.Keys = []string{"key"}
	config.Limit.Requests = &mockserver.Bucket{Rate: 0.001, Burst: 1}
	config.Latency.Request = constant(time.Second)
	config.Edge.Latency = constant(3 * ms)
	mock, now := newFrozenMock(t, config)
	ask := func(r *http.Request, latency time.Duration) *httptest.ResponseRecorder {
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- serve(mock, r) }()
		if latency > 0 {
			for now.Sleepers() == 0 {
				time.Sleep(ms)
			}
			now.Advance(latency)
		}
		return <-done
	}
	if w := ask(weigh("a"), time.Second); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if w := ask(weigh("a"), 3*ms); w.Code != http.StatusOK || w.Header().Get("X-Cache") != "HIT" || !strings.Contains(w.Header().Get("Server-Timing"), "total;dur=3.000") {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	if w := ask(weigh("b"), 0); w.Code != http.StatusTooManyRequests {
		t.Errorf("another prompt gets %d, expected a 429", w.Code)
	}
	stranger := weigh("a")
	stranger.Header.Set("X-Api-Key", "other")
	if w := ask(stranger, 0); w.Code != http.StatusUnauthorized || w.Header().Get("X-Cache") != "" {
		t.Errorf("a wrong key gets %d, %v", w.Code, w.Header())
	}
}

func TestEdgeCachesOnlyWholeAnswers(t *testing.T) {
	config := newEdgeConfig()
	config.Faults.ItemErrors = fault.ItemErrors{When: fault.When{Share: 1}}
	mock, _ := newFrozenMock(t, config)
	stream := func() *http.Request {
		return post("/v1/chat/completions", 0, `{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}`)
	}
	for i, request := range []func() *http.Request{func() *http.Request { return batch(0, 2) }, stream} {
		for range 2 {
			if w := serve(mock, request()); w.Header().Get("X-Cache") != "MISS" || strings.Contains(w.Header().Get("Cache-Status"), "stored") {
				t.Errorf("request %d: %v", i, w.Header())
			}
		}
	}
}

// The content of an answer from the edge may have been replaced meanwhile.
func TestContentChangesBehindTheEdge(t *testing.T) {
	config := newEdgeConfig()
	config.Content.ChangesEvery = 10 * time.Second
	mock, now := newFrozenMock(t, config)
	now.Advance(4 * time.Second)
	for i, step := range []struct {
		wait    time.Duration
		prompt  string
		content string
	}{
		{0, "a", "version=0, changes_in_ms=6000.000"},
		{5 * time.Second, "a", "version=0, changes_in_ms=1000.000"},
		{time.Second, "a", "version=0, changes_in_ms=0.000"},
		{1500 * ms, "a", "version=0, changes_in_ms=-1500.000"},
		{0, "b", "version=1, changes_in_ms=8500.000"},
	} {
		now.Advance(step.wait)
		want := fmt.Sprintf("%s, told_at_ms=%d", step.content, now.Now().UnixMilli())
		if got := serve(mock, weigh(step.prompt)).Header().Get("Weighbridge-Content"); got != want {
			t.Errorf("step %d: %q, expected %q", i, got, want)
		}
	}
	if l := readLedger(t, mock); l.EdgeHits != 3 || l.EdgeStale != 2 {
		t.Errorf("%d hits, %d stale", l.EdgeHits, l.EdgeStale)
	}
	config.Content.ChangesEvery = 0
	still, _ := newFrozenMock(t, config)
	if got := serve(still, weigh("a")).Header().Get("Weighbridge-Content"); got != "" {
		t.Errorf("content that never changes says %q", got)
	}
}
