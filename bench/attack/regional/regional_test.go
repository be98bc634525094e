package regional

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weighbridge/bench/record/byregion"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newRegions returns the regions of a scenario with two regions, a and b, at these addresses.
func newRegions(t *testing.T, a, b string, sets ...string) *Regions {
	t.Helper()
	s, err := scenarios.Parse("regions.yaml", []byte(`
name: regions
target:
  dialect: http
  regions: {a: {url: "`+a+`"}, b: {url: "`+b+`"}}
  routing: {policy: failover, order: [a, b], sessions: 3}
  health: {timeout: 10s, unhealthy_after: 2, healthy_after: 2, path: "/well?deep=1"}
load: {open: {rate: 1}}
`), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	arm := s.Arms()[0]
	checks := target.Client{Protocol: "http/1.1", Connections: 2, Timeout: 10 * time.Second}
	r, err := New(arm, Endpoint{Checks: checks, Dialer: outbound.Dialer{}}, rand.New(rand.NewPCG(1, 2)).Float64)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// health is a server whose checks are answered with a status, and counted.
func health(t *testing.T, status int) (url string, seen *atomic.Int64) {
	t.Helper()
	seen = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.String() == "/well?deep=1" && r.Header.Get("Authorization") == "" {
			seen.Add(1)
		}
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			_, _ = w.Write([]byte(strings.Repeat("well ", 30_000))) // longer than what is read of it
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

// A check is one GET without a credential; a status of 200 to 399 is well, and no redirect is followed.
func TestChecks(t *testing.T) {
	for status, well := range map[int]bool{200: true, 204: true, 302: true, 400: false, 404: false, 503: false} {
		url, seen := health(t, status)
		r := newRegions(t, url, "http://127.0.0.1:1")
		if got := r.check(t.Context(), 0); got != well || seen.Load() != 1 {
			t.Errorf("status %d: well is %v after %d checks", status, got, seen.Load())
		}
		if r.check(t.Context(), 1) {
			t.Error("a region that refuses connections is well")
		}
	}
}

// Before the load each region is checked three times, then in each interval, and Close ends all checks.
func TestWatching(t *testing.T) {
	a, seenA := health(t, 200)
	b, seenB := health(t, 200)
	r := newRegions(t, a, b, "target.health.interval=10ms")
	r.Watch(t.Context())
	r.Watch(t.Context())
	for _, seen := range []*atomic.Int64{seenA, seenB} {
		for deadline := time.Now().Add(30 * time.Second); seen.Load() < 6; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d checks", seen.Load())
			}
		}
	}
	if _, known := r.Router.Distance(1); !known {
		t.Error("it is not known how near b is")
	}
	r.Close() // goleak sees that no check is left
	var none *Regions
	none.Watch(t.Context())
	none.Close()
	if none.Servers() != nil {
		t.Error("no regions are some")
	}
}

func TestLogsAndWays(t *testing.T) {
	attempts := []transport.Attempt{
		{ID: 3, Region: "a"}, {ID: 7, Region: "b", Status: 503, Session: "lost"}, {ID: 8, Region: "b", Status: 200, Session: "new", Service: time.Millisecond},
	}
	var logs Logs
	var counts byregion.Regions
	for _, a := range append(attempts, transport.Attempt{ID: 9, Status: 200}) {
		logs.Add(a)
	}
	Count(&counts, attempts)
	if a, b := logs["a"], logs["b"]; len(logs) != 2 || !a.Unanswered.Contains(3) || a.Answered.GetCardinality() > 0 || b.Answered.GetCardinality() != 2 ||
		!maps.Equal(b.Sessions, map[string]uint64{"lost": 1, "new": 1}) {
		t.Errorf("%+v", logs)
	}
	if a, b := counts["a"], counts["b"]; a.Attempts != 1 || a.Answered != 0 || b.Attempts != 2 || b.Answered != 1 || b.TookUS != 1000 || b.Moved != 1 {
		t.Errorf("%+v", counts)
	}
	if regions, ids := Way(attempts); regions != "a;b;b" || ids != "3;7;8" {
		t.Errorf("%s, %s", regions, ids)
	}
	for _, none := range [][]transport.Attempt{nil, {{ID: 1, Status: 200}}} {
		if regions, ids := Way(none); regions+ids != "" {
			t.Errorf("%s, %s without regions", regions, ids)
		}
	}
}
