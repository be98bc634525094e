package regions

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

var start = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return start.Add(d) }

func TestHealthChangesAfterChecksInARow(t *testing.T) {
	h := Health{UnhealthyAfter: 3, HealthyAfter: 2}
	for checks, want := range map[string]bool{
		"":        true,
		"--":      true,
		"---":     false,
		"--+--":   true, // not in a row
		"---+":    false,
		"---++":   true,
		"---+-+":  false,
		"---+-++": true,
		"---++--": true,
	} {
		s := state{Health: h}
		for i, c := range checks {
			s.check(at(time.Duration(i)*ms), c == '+')
		}
		if got := s.healthy(at(time.Second)); got != want {
			t.Errorf("%q: healthy is %v", checks, got)
		}
	}
}

func TestFailBackWaits(t *testing.T) {
	s := state{Health: Health{UnhealthyAfter: 1, HealthyAfter: 2, FailBack: 100 * ms}}
	s.check(at(0), false)
	s.check(at(10*ms), true)
	s.check(at(20*ms), true)
	for after, want := range map[time.Duration]bool{119 * ms: false, 120 * ms: true} {
		if one := s; one.healthy(at(after)) != want {
			t.Errorf("healthy after %v is %v", after, !want)
		}
	}
	s.check(at(60*ms), false)
	s.check(at(70*ms), true)
	s.check(at(80*ms), true)
	if s.healthy(at(179*ms)) || !s.healthy(at(180*ms)) {
		t.Error("a check that failed meanwhile did not begin the wait anew")
	}
}

func TestClientKeepsAnAnswerForTheLongerOfTTLAndItsCache(t *testing.T) {
	for _, row := range []struct {
		dns  DNS
		keep time.Duration
	}{{DNS{}, 0}, {DNS{TTL: 50 * ms}, 50 * ms}, {DNS{TTL: 50 * ms, ClientCache: 80 * ms}, 80 * ms}, {DNS{TTL: 50 * ms, ClientCache: ms}, 50 * ms}} {
		asked := 0
		c := cache{DNS: row.dns}
		ask := func() []int { asked++; return []int{asked} }
		c.lookUp(at(0), ask)
		if row.keep > 0 && c.lookUp(at(row.keep-1), ask)[0] != 1 {
			t.Errorf("%+v: asked again within %v", row.dns, row.keep)
		}
		if c.lookUp(at(row.keep), ask)[0] != 2 {
			t.Errorf("%+v: did not ask again after %v", row.dns, row.keep)
		}
	}
}

// newRouter returns a router of n regions, of which each but the first weighs twice as much as the
// one before.
func newRouter(n int, r Routing, h Health, d DNS) *Router {
	var weights []float64
	for i := range n {
		weights = append(weights, float64(int(1)<<i))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	return New(Config{Weights: weights, Routing: r, Health: h, DNS: d, Draw: rng.Float64})
}

var often = Health{Interval: 100 * ms, Timeout: 50 * ms, UnhealthyAfter: 1, HealthyAfter: 1}

func TestNearestIsMeasured(t *testing.T) {
	r := newRouter(3, Routing{Policy: Nearest}, often, DNS{})
	if got := r.Choose(at(0), 0, None); got != 0 {
		t.Errorf("before any check region %d is nearest", got)
	}
	r.Checked(0, at(0), 40*ms, true)
	r.Checked(1, at(0), 9*ms, true)
	r.Checked(2, at(0), time.Microsecond, false) // a fast refusal is not near
	r.Checked(1, at(1), 90*ms, true)             // one slow check moves nothing
	if got := r.Choose(at(2), 0, None); got != 1 {
		t.Errorf("chose %d", got)
	}
	r.Checked(1, at(3), 0, false)
	if got := r.Choose(at(4), 0, None); got != 0 {
		t.Errorf("chose %d, of which 0 alone is healthy", got)
	}
	if d, known := r.Distance(2); known {
		t.Errorf("the distance of a region that never answered is %v", d)
	}
	for range window {
		r.Checked(0, at(5), 200*ms, true)
	}
	if d, _ := r.Distance(0); d != 200*ms {
		t.Errorf("the distance follows no change: %v", d)
	}
}

func TestWeightsAreShares(t *testing.T) {
	r := newRouter(3, Routing{Policy: Weighted}, often, DNS{})
	counts := map[int]int{}
	for range 7000 {
		counts[r.Choose(at(0), 0, None)]++
	}
	for i, want := range []int{1000, 2000, 4000} {
		if got := counts[i]; got < want-200 || got > want+200 {
			t.Errorf("region %d got %d of 7000, want about %d", i, got, want)
		}
	}
}

func TestASessionKeepsItsRegion(t *testing.T) {
	r := newRouter(3, Routing{Policy: Sticky, Sessions: 1000}, often, DNS{})
	first, counts := map[uint64]int{}, map[int]int{}
	for s := uint64(1); s <= 3000; s++ {
		first[s] = r.Choose(at(0), s, None)
		counts[first[s]]++
	}
	for i := range 3 {
		if counts[i] < 850 || counts[i] > 1150 {
			t.Errorf("region %d has %d of 3000 sessions", i, counts[i])
		}
	}
	r.Checked(1, at(0), 0, false)
	for s, before := range first {
		if now := r.Choose(at(1), s, None); now == 1 || before != 1 && now != before {
			t.Fatalf("session %d moved from %d to %d", s, before, now)
		}
	}
	r.Checked(1, at(2), ms, true)
	for s, before := range first {
		if now := r.Choose(at(3), s, None); now != before {
			t.Fatalf("session %d did not come back to %d: %d", s, before, now)
		}
	}
}

func TestFailoverAndItsWayBack(t *testing.T) {
	r := newRouter(2, Routing{Policy: Failover}, often, DNS{})
	choose := func(want int, why string) {
		t.Helper()
		if got := r.Choose(at(0), 0, None); got != want {
			t.Errorf("%s: chose %d", why, got)
		}
	}
	choose(0, "all well")
	r.Checked(0, at(0), 0, false)
	choose(1, "the first is unhealthy")
	r.Checked(1, at(0), 0, false)
	choose(0, "none is healthy, so that all count")
	r.Checked(1, at(0), 0, true)
	choose(1, "the second is back")
	r.Checked(0, at(0), 0, true)
	choose(0, "the first is back")
}

func TestARetryGoesElsewhere(t *testing.T) {
	for _, row := range []struct {
		elsewhere       bool
		failed, regions int
		want            int
	}{{true, 0, 2, 1}, {true, 1, 2, 0}, {false, 0, 2, 0}, {true, 0, 1, 0}, {true, None, 2, 0}} {
		r := newRouter(row.regions, Routing{Policy: Failover, RetryElsewhere: row.elsewhere}, often, DNS{})
		if got := r.Choose(at(0), 0, row.failed); got != row.want {
			t.Errorf("%+v: chose %d", row, got)
		}
	}
}

// Without an interval all regions count as healthy, whatever their first checks found.
func TestWithoutChecksAllAreHealthy(t *testing.T) {
	r := newRouter(2, Routing{Policy: Failover}, Health{UnhealthyAfter: 1, HealthyAfter: 1}, DNS{})
	r.Checked(0, at(0), 0, false)
	if got := r.Choose(at(1), 0, None); got != 0 {
		t.Errorf("chose %d", got)
	}
}

// An outage is seen by requests for at most the interval times the threshold, the timeout of the last
// check and the TTL, whenever it begins; and for longer with each of these.
func TestUnavailabilityIsBounded(t *testing.T) {
	longest := func(h Health, d DNS) (most time.Duration) {
		for phase := time.Duration(0); phase < h.Interval+d.TTL; phase += 7 * ms {
			most = max(most, unavailable(t, h, d, 2*time.Second+phase))
		}
		return most
	}
	base, dns := Health{Interval: 200 * ms, Timeout: 100 * ms, UnhealthyAfter: 2, HealthyAfter: 1}, DNS{TTL: 300 * ms}
	bound := func(h Health, d DNS) time.Duration {
		return h.Interval*time.Duration(h.UnhealthyAfter) + h.Timeout + max(d.TTL, d.ClientCache)
	}
	least := longest(base, dns)
	if most := bound(base, dns); least > most || least < most/2 {
		t.Errorf("unavailable for up to %v, want at most %v and not much less", least, most)
	}
	longer, more, slower, cached := base, base, base, dns
	longer.Interval *= 2
	more.UnhealthyAfter = 4
	slower.Timeout = 190 * ms
	cached.ClientCache = time.Second
	for name, got := range map[string][2]time.Duration{
		"interval": {longest(longer, dns), bound(longer, dns)}, "threshold": {longest(more, dns), bound(more, dns)},
		"timeout": {longest(slower, dns), bound(slower, dns)}, "client cache": {longest(base, cached), bound(base, cached)},
		"ttl": {longest(base, DNS{TTL: 900 * ms}), bound(base, DNS{TTL: 900 * ms})},
	} {
		if got[0] <= least || got[0] > got[1] {
			t.Errorf("a longer %s: unavailable for up to %v, want over %v and at most %v", name, got[0], least, got[1])
		}
	}
}

// unavailable is for how long a request per millisecond is sent to a region that hangs from dark on,
// of two, of which the first is preferred.
func unavailable(t *testing.T, h Health, d DNS, dark time.Duration) (total time.Duration) {
	t.Helper()
	r := newRouter(2, Routing{Policy: Failover}, h, d)
	for now := time.Duration(0); now < dark+3*time.Second; now += ms { // twice as long as any may last
		if now%h.Interval == 0 {
			if now >= dark { // it ends at its timeout; there is none in between, as that is shorter than the interval
				defer r.Checked(1, at(now), ms, true)
			} else {
				r.Checked(0, at(now), ms, true)
			}
		}
		if ended := now - h.Timeout; ended >= dark && ended%h.Interval == 0 {
			r.Checked(0, at(now), h.Timeout, false)
		}
		if r.Choose(at(now), 0, None) == 0 && now >= dark {
			total += ms
		}
	}
	return total
}

func TestValidate(t *testing.T) {
	all := map[string]Region{"eu": {}, "us": {}}
	for want, r := range map[string]Routing{
		"":                            {Policy: Nearest, Order: []string{"us"}},
		`order: there is no region`:   {Order: []string{"us", "ap"}},
		`order: expected each region`: {Order: []string{"us", "us"}},
		"sessions: policy sticky":     {Policy: Sticky},
	} {
		err := r.Validate(all)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if err := (Health{Interval: 5 * ms}).Validate(); err == nil {
		t.Error("an interval of 5 ms is accepted")
	}
	if got := (Routing{}).Used(all); len(got) != 2 || got[0] != "eu" {
		t.Errorf("used are %v", got)
	}
}
