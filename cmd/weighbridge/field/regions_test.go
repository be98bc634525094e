package field

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// darkening is a region that goes dark after so many requests, and is well again after as many health
// checks as it failed.
type darkening struct {
	*server
	after, checks int64
	// requests are those that were no health checks, and failed the checks that failed.
	requests, failed atomic.Int64
	// dark is when it went dark, and back when it was well again, in ns; 0 for never.
	dark, back atomic.Int64
}

func goDark(t *testing.T, after, checks int64) *darkening {
	t.Helper()
	f := &darkening{after: after, checks: checks}
	f.server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		check := r.Method == http.MethodGet
		if !check && f.requests.Add(1) == f.after {
			f.dark.Store(time.Now().UnixNano())
		}
		if f.dark.Load() == 0 || f.back.Load() > 0 {
			fmt.Fprint(w, "ok")
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		if check && f.failed.Add(1) == f.checks {
			f.back.Store(time.Now().UnixNano())
		}
	})
	return f
}

// runWithHits runs a scenario and returns the record and the hits.
func runWithHits(t *testing.T, yaml string) (*record.Record, []hits.Hit) {
	t.Helper()
	s, err := scenarios.Parse("field.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []hits.Hit
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Source: []byte(yaml), Observe: func(bench.Progress) {}, Hits: func(h hits.Hit) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, h)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return rec, all
}

// A region goes dark and comes back, beside a cache of the client and with retries elsewhere: each hit
// says where its attempts went, or by which attempt, and from where, the cache had its answer.
func TestCacheRetryAndFailoverTogether(t *testing.T) {
	oneOf(t, func(r reporter) {
		a, b := goDark(t, 25, 8), goDark(t, 1e9, 1)
		rec, all := runWithHits(t, fmt.Sprintf(`
name: together
target:
  dialect: http
  http: {method: POST, body: '{{json .Prompt}}'}
  regions: {a: {url: %q}, b: {url: %q}}
  routing: {policy: failover, order: [a, b], retry_elsewhere: true}
  health: {interval: 20ms, timeout: 10s, unhealthy_after: 2, healthy_after: 2}
prompts: {distinct: 30, zipf: 0, length: 20}
client:
  timeout: 30s
  cache: {entries: 100, ttl: 100ms}
  retry: {policy: fixed, multiplier: 1ms, jitter: none, attempts: 2}
load: {warmup: 0s, stop: {on: []}, open: {rate: 400, arrivals: constant, duration: 600ms}}
`, a.URL, b.URL))
		open := rec.Arms[0].Blocks[0].Open
		sent, from := checkWays(t, all)
		warm := uint64(1) // one request of the warm-up
		if inRecord := open.Regions["a"].Attempts; uint64(a.requests.Load()) != inRecord+warm || sent["a"] != inRecord {
			t.Errorf("region a got %d requests, the record has %d and the hits %d", a.requests.Load(), inRecord, sent["a"])
		}
		if inRecord := open.Regions["b"].Attempts; uint64(b.requests.Load()) != inRecord || sent["b"] != inRecord {
			t.Errorf("region b got %d requests, the record has %d and the hits %d", b.requests.Load(), inRecord, sent["b"])
		}
		if cached := from["a"] + from["b"]; open.Caches == nil || cached != open.Caches.Client {
			t.Errorf("the client's cache answered %+v, by the hits %d", open.Caches, cached)
		}
		var dead, moved, back int
		for _, h := range all {
			at := h.Run.Add(h.PickedUp).UnixNano()
			dark := at > a.dark.Load() && (a.back.Load() == 0 || at < a.back.Load())
			switch {
			case h.CachedRegion == "a" && dark:
				dead++
			case h.Regions == "a;b":
				moved++
			case h.Regions == "a" && a.back.Load() > 0 && at > a.back.Load():
				back++
			}
		}
		if a.dark.Load() == 0 || dead == 0 || moved == 0 || back == 0 {
			r.Errorf("dark at %d: %d answers of the dead region from the cache, %d retries elsewhere, %d hits after the fail-back", a.dark.Load(), dead, moved, back)
		}
	})
}

// checkWays fails unless each hit of the client's cache had no attempt and names the region of the attempt
// that it is from. It returns the attempts sent to each region and the cached answers from each.
func checkWays(t *testing.T, all []hits.Hit) (sent, from map[string]uint64) {
	t.Helper()
	regionOf := map[string]string{}
	sent, from = map[string]uint64{}, map[string]uint64{}
	for _, h := range all {
		regions, ids := strings.Split(h.Regions, ";"), strings.Split(h.AttemptIDs, ";")
		if h.Attempts > 0 && (len(regions) != h.Attempts || len(ids) != h.Attempts) {
			t.Errorf("%d attempts went to %s by %s", h.Attempts, h.Regions, h.AttemptIDs)
			continue
		}
		for i, id := range ids[:h.Attempts] {
			regionOf[id] = regions[i]
			sent[regions[i]]++
		}
	}
	for _, h := range all {
		if h.Cache != "client" {
			if h.CachedRegion != "" {
				t.Errorf("%+v has a region of a cached answer", h)
			}
			continue
		}
		from[h.CachedRegion]++
		id := fmt.Sprint(h.CachedAttempt)
		// An attempt of the warm-up has no hit.
		if of, known := regionOf[id]; h.Regions+h.AttemptIDs != "" || h.CachedRegion == "" || known && of != h.CachedRegion {
			t.Errorf("an answer from attempt %s, to %s: %+v", id, of, h)
		}
	}
	return sent, from
}
