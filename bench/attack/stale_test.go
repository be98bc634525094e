package attack

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
	"weighbridge/scenarios"
	"weighbridge/target/cache"
)

// staleShare is the share of all answers that are stale, where content changes every C and answers are
// kept for T. A prompt that comes λ times a second is fetched, found λT times on average at ages that are
// even over T, and fetched again: of its answers λT/(1+λT) are found (Jung, Berger, Balakrishnan, "Modeling
// TTL-based Internet Caches", INFOCOM 2003). A fetch comes at any moment of C alike, so that at age a the
// content has changed since with probability min(a/C, 1). Its mean over T is T/(2C) where T ≤ C, else
// 1−C/(2T).
func staleShare(popularity []float64, rate, ttl, changes float64) (share float64) {
	aged := ttl / (2 * changes)
	if ttl > changes {
		aged = 1 - changes/(2*ttl)
	}
	return ttlHits(popularity, rate, ttl) * aged
}

// Under a clock that the test moves, the answers of the mock's edge and of the client's own cache that are
// stale, by the mock's ledger and by the header of its answers, are the analytic share of all.
func TestStaleShareIsTheAnalyticOne(t *testing.T) {
	t.Parallel()
	const rate, distinct, tolerance = 60.0, 200, 0.02
	for _, c := range []struct {
		skew, ttl, changes float64 // the latter two in seconds; they have no common period
	}{{0.8, 3, 7.31}, {1.1, 10, 3.7}} {
		want := staleShare(zipf(distinct, c.skew), rate, c.ttl, c.changes)
		edge, client, hits := askForStale(t, c.skew, rate, distinct, seconds(c.ttl), seconds(c.changes))
		found := ttlHits(zipf(distinct, c.skew), rate, c.ttl)
		if math.Abs(edge-want) > tolerance || math.Abs(client-want) > tolerance || math.Abs(hits-found) > tolerance {
			t.Errorf("%+v: %.3f of the answers of the edge and %.3f of the client are stale, expected %.3f; %.3f are found, expected %.3f", c, edge, client, want, hits, found)
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// askForStale sends the prompts of a schedule, when they are due, to a mock with an edge and to one
// without, behind a cache of the client's. It returns the share of all answers that are stale of each, and
// that the edge found.
func askForStale(t *testing.T, skew, rate float64, distinct int, ttl, changes time.Duration) (edge, client, hits float64) {
	t.Helper()
	prompts := scenarios.Prompts{Distinct: distinct, Zipf: skew, Order: scenarios.OrderZipf}
	prompts.Length.Constant = 30
	deck, err := schedule.SyntheticDeck(prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	const length, warm = 120 * time.Second, 20 * time.Second
	next, err := schedule.Work{Seed: 2, Deck: deck, Prompts: prompts}.Open(PhaseOpen, scenarios.Open{Rate: rate, Arrivals: "poisson", Duration: length}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	began := now.Now()
	withEdge, plain := changing(t, now, changes, mockserver.Edge{Entries: distinct, TTL: ttl}), changing(t, now, changes, mockserver.Edge{})
	kept := cache.New[time.Time](distinct, ttl, false)
	stale, asked := 0, 0
	for p, ok := next(); ok; p, ok = next() {
		if warming := now.Now().Sub(began) < warm; warming && p.Due >= warm {
			withEdge.Ledger().Reset()
		}
		now.Advance(p.Due - now.Now().Sub(began))
		if p.Due >= warm {
			asked++
		}
		weigh(t, withEdge, p.Text, now.Now())
		key := cache.Key{}
		copy(key[:], p.Text)
		if found, _ := kept.Find(key, now.Now()); found == nil {
			told := weigh(t, plain, p.Text, now.Now())
			kept.Keep(key, now.Now().Add(told.ChangesIn), now.Now())
		} else if p.Due >= warm && !now.Now().Before(found.Value) {
			stale++
		}
	}
	l, err := withEdge.Ledger().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if asked < 5000 || int(l.Attempts) != asked {
		t.Fatalf("%d prompts, the ledger has %d", asked, l.Attempts)
	}
	return float64(l.EdgeStale) / float64(asked), float64(stale) / float64(asked), float64(l.EdgeHits) / float64(asked)
}

// changing is a mock whose content changes.
func changing(t *testing.T, now clock.Clock, every time.Duration, edge mockserver.Edge) *mockserver.Server {
	t.Helper()
	config := mockserver.DefaultConfig()
	config.Latency, config.Edge, config.Content.ChangesEvery = mockserver.Latency{}, edge, every
	mock, err := mockserver.New(config, mockserver.Options{Clock: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mock.Close)
	return mock
}

// weigh asks a mock, and returns what its answer says about caches.
func weigh(t *testing.T, mock *mockserver.Server, prompt string, now time.Time) cache.Told {
	t.Helper()
	r := httptest.NewRequest("POST", "/v1/completions", strings.NewReader(fmt.Sprintf(`{"prompt":%q,"max_tokens":1}`, prompt)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", "key")
	w := httptest.NewRecorder()
	mock.ServeHTTP(w, r)
	if w.Code != 200 {
		body, _ := io.ReadAll(w.Body)
		t.Fatalf("status %d: %s", w.Code, body)
	}
	return cache.Read(w.Header(), now)
}
