package bench_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
	"weighbridge/scenarios"
)

// regionsScenario has a region a, which goes dark for good as the arm's outage says, and b.
func regionsScenario(t *testing.T, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("regions.yaml", []byte(`
name: regions
target:
  dialect: article
  routing: {policy: failover, order: [a, b], sessions: 20}
  health: {interval: 20ms, timeout: 20ms, unhealthy_after: 2, healthy_after: 2}
prompts: {length: 20, max_tokens: 2}
client: {timeout: 30s}
load: {warmup: 100ms, open: {rate: 200, duration: 1200ms, arrivals: constant}}
mock:
  latency: {request: 0s}
  regions:
    a: {}
    b: {latency: 1ms}
`), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sessionsOf adds up what answers told of their sessions, and what the mock's ledger has.
func sessionsOf(arm record.Arm) (ours, ledger map[string]uint64) {
	ours, ledger = map[string]uint64{}, map[string]uint64{}
	for _, b := range arm.Blocks {
		for _, r := range b.Open.Regions {
			for state, n := range r.Sessions {
				ours[state] += n
			}
		}
	}
	for _, r := range arm.Ledger.Regions {
		for state, n := range r.Sessions {
			ledger[state] += n
		}
	}
	return ours, ledger
}

func TestAHealthyFleetLosesNothing(t *testing.T) {
	for _, policy := range []string{"failover", "nearest", "sticky"} {
		// On a machine that lags behind, a healthy region too would often not answer within 20 ms.
		arm := run(t, regionsScenario(t, "target.routing.policy="+policy, "target.health.timeout=30s", "load.open.duration=300ms", "mock.sessions.state=shared")).Arms[0]
		open := arm.Blocks[0].Open
		ours, ledger := sessionsOf(arm)
		if open.Failed > 0 || *open.UnavailableMS > 0 || ours[byregion.Lost]+ours[byregion.Stale]+ledger[byregion.Lost]+ledger[byregion.Stale] > 0 {
			t.Errorf("%s: %d failed, %v ms unavailable, sessions %v, %v in the ledger", policy, open.Failed, *open.UnavailableMS, ours, ledger)
		}
		for name, r := range arm.Ledger.Regions {
			if !r.Matches || r.Dark > 0 || r.HealthChecks == 0 {
				t.Errorf("%s: the ledger of %s has %+v", policy, name, r)
			}
		}
		if attempts := open.Regions["a"].Attempts + open.Regions["b"].Attempts; attempts != open.Attempts {
			t.Errorf("%s: %d of %d attempts have a region", policy, attempts, open.Attempts)
		}
	}
}

// A region goes dark in the run: what was sent there, and the sessions that were lost, are those of
// the mock's ledger, and every hit says where its attempts went.
func TestFailoverJoinsTheLedger(t *testing.T) {
	var mu sync.Mutex
	ways, states := map[string]uint64{}, map[string]map[string]uint64{"a": {}, "b": {}}
	// The ledger has the warm-up too, in which a machine that lags behind may take a region for dark.
	s := regionsScenario(t, "load.warmup=0s", "mock.regions.a.outages=[{after: 700ms, kind: error}]", "target.routing.retry_elsewhere=true",
		"client.retry={policy: fixed, multiplier: 1ms, jitter: none, attempts: 2}")
	rec, err := bench.Run(t.Context(), bench.Options{
		Scenario: s, Servers: &hosted.Local{}, Observe: func(bench.Progress) {},
		Hits: func(h hits.Hit) {
			mu.Lock()
			defer mu.Unlock()
			ways[h.Regions]++
			if h.Session == 0 || h.Session > 20 || strings.Count(h.AttemptIDs, ";") != strings.Count(h.Regions, ";") {
				t.Errorf("a hit of session %d went to %q by %q", h.Session, h.Regions, h.AttemptIDs)
			}
			if h.SessionState != "" {
				states[h.Regions[len(h.Regions)-1:]][h.SessionState]++
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	arm := rec.Arms[0]
	a, b, open := arm.Ledger.Regions["a"], arm.Ledger.Regions["b"], arm.Blocks[0].Open
	if !a.Matches || !b.Matches || !arm.Ledger.Matches || a.Dark == 0 || b.Dark > 0 {
		t.Errorf("the ledger has %+v and %+v; matches is %v", a, b, arm.Ledger.Matches)
	}
	ours, ledger := sessionsOf(arm)
	if ours[byregion.Lost] == 0 || ours[byregion.Lost] != ledger[byregion.Lost] || ours[byregion.Stale] > ledger[byregion.Stale] {
		t.Errorf("sessions %v, %v in the ledger", ours, ledger)
	}
	if moved := open.Regions["b"].Moved; moved == 0 || moved != ways["a;b"] || open.Failed > 0 && ways["a;a"]+ways["b;a"] == 0 {
		t.Errorf("%d retries moved, %d prompts failed, the hits say %v", moved, open.Failed, ways)
	}
	for name, region := range open.Regions {
		if !maps.Equal(region.Sessions, states[name]) {
			t.Errorf("region %s: sessions %v, the hits say %v", name, region.Sessions, states[name])
		}
	}
	for way := range ways {
		if slices.ContainsFunc(strings.Split(way, ";"), func(name string) bool { return name != "a" && name != "b" }) {
			t.Errorf("a hit went to %q", way)
		}
	}
}

func TestWeightedReachesEveryRegion(t *testing.T) {
	rec := run(t, regionsScenario(t, "load.open.duration=100ms", "target.routing.policy=weighted", "target.routing.sessions=0", "target.health.interval=0s"))
	open := rec.Arms[0].Blocks[0].Open
	if open.Regions["a"].Attempts == 0 || open.Regions["b"].Attempts == 0 || open.Regions["a"].Sessions != nil {
		t.Errorf("%+v", open.Regions)
	}
}
