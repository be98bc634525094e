package attack

import (
	"context"
	"io"
	"math"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target/cache"
)

// What the client's cache answers is answered prompts, and nothing that counts requests has it.
func TestCachedAnswersAreNoRequests(t *testing.T) {
	var seen atomic.Uint64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		seen.Add(1)
	})
	for _, load := range []string{PhaseOpen, PhaseClosed} {
		seen.Store(0)
		a := newArm(t, scenario(t, url, "client.cache.entries=5", "client.cache.ttl=1h", "prompts.distinct=20", "prompts.zipf=1", "load.closed={in_flight: 3, duration: 100ms}"), 1)
		reported := map[string]uint64{}
		a.OnHit(func(h hits.Hit) {
			reported[h.Cache]++
			if cached := h.Cache == string(cache.Client); cached != (h.Attempts == 0) || cached != (h.CachedAttempt > 0) || cached != (h.Status == 0) || h.Class != "" {
				t.Errorf("%s: a hit is %+v", load, h)
			}
		})
		var s *record.Slice
		if load == PhaseOpen {
			slices, _, err := a.Open(context.Background(), time.Now(), 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			s = slices[0]
		} else {
			var err error
			if s, _, err = a.Closed(context.Background(), 0); err != nil {
				t.Fatal(err)
			}
		}
		c := s.Caches
		if c == nil || c.Client == 0 || c.Server == 0 || c.Edge+c.Stale+c.Current > 0 {
			t.Fatalf("%s: %+v", load, c)
		}
		if c.Client+c.Server != s.Answered || s.Response.Count() != s.Answered || s.FromClient.Count() != c.Client || s.FromServer.Count() != c.Server || s.FromEdge != nil {
			t.Errorf("%s: %d answered, but by caches %+v", load, s.Answered, c)
		}
		if s.Requests != c.Server || s.Attempts != c.Server || s.Service.Count() != c.Server || s.SlotWait.Count() != c.Server || s.SendLag.Count() != s.Answered {
			t.Errorf("%s: %d requests, %d attempts, %d services for %d prompts that no cache answered", load, s.Requests, s.Attempts, s.Service.Count(), c.Server)
		}
		if got := seen.Load(); s.Wire.Requests != got || a.Totals().Attempts != got || a.log.Answered.GetCardinality() != got {
			t.Errorf("%s: the server saw %d requests, the bytes are of %d, the attempts %d", load, got, s.Wire.Requests, a.Totals().Attempts)
		}
		if load == PhaseOpen && (reported["client"] != c.Client || reported["server"] != c.Server) {
			t.Errorf("reported %v, recorded %+v", reported, c)
		}
	}
}

// The hit ratio of Zipf prompts that arrive independently of each other is known: exactly for a cache
// that forgets by time, and by Che's approximation for one that forgets what was used least recently.
func TestHitRatioIsTheAnalyticOne(t *testing.T) {
	t.Parallel()
	const rate, distinct, tolerance = 100, 1000, 0.02
	for _, skew := range []float64{0, 0.7, 1.1} {
		popularity := zipf(distinct, skew)
		tries := []*cacheTry{
			{entries: distinct, ttl: time.Second, want: ttlHits(popularity, rate, 1)},
			{entries: distinct, ttl: 10 * time.Second, want: ttlHits(popularity, rate, 10)},
			{entries: distinct, ttl: 60 * time.Second, want: ttlHits(popularity, rate, 60)},
			{entries: 20, ttl: 1000 * time.Hour, want: cheHits(popularity, 20)},
			{entries: 300, ttl: 1000 * time.Hour, want: cheHits(popularity, 300)},
		}
		ask(t, skew, rate, distinct, tries)
		for _, c := range tries {
			if got := float64(c.hits) / float64(c.asked); c.asked < 10_000 || math.Abs(got-c.want) > tolerance {
				t.Errorf("skew %g, %d entries for %v: hit ratio %.3f of %d prompts, expected %.3f", skew, c.entries, c.ttl, got, c.asked, c.want)
			}
		}
	}
}

// cacheTry is a cache, how often it was asked and had the answer, and the hit ratio expected.
type cacheTry struct {
	entries     int
	ttl         time.Duration
	want        float64
	hits, asked int
}

// ask lets the prompts of a schedule ask each cache at the moments at which they are due.
func ask(t *testing.T, skew, rate float64, distinct int, tries []*cacheTry) {
	t.Helper()
	prompts := scenarios.Prompts{Distinct: distinct, Zipf: skew, Order: scenarios.OrderZipf}
	prompts.Length.Constant = 30
	deck, err := schedule.SyntheticDeck(prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	const warm, blocks = 2, 5 // of 60 s
	next, err := schedule.Work{Seed: 1, Deck: deck, Prompts: prompts}.Open(PhaseOpen, scenarios.Open{Rate: rate, Arrivals: "poisson", Duration: time.Minute}, 0, blocks)
	if err != nil {
		t.Fatal(err)
	}
	caches := make([]*cache.Cache[string], len(tries))
	for i, try := range tries {
		caches[i] = cache.New[string](try.entries, try.ttl, false)
	}
	for p, ok := next(); ok; p, ok = next() {
		key, now := cache.Key{}, time.Time{}.Add(p.Due)
		copy(key[:], p.Text)
		for i, c := range caches {
			found, _ := c.Find(key, now)
			if found == nil {
				c.Keep(key, p.Text, now)
			}
			if p.Block >= warm {
				tries[i].asked++
				if found != nil {
					tries[i].hits++
				}
			}
		}
	}
}

// zipf is the probability of each of n prompts.
func zipf(n int, skew float64) []float64 {
	out, sum := make([]float64, n), 0.0
	for i := range out {
		out[i] = math.Pow(float64(i+1), -skew)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// ttlHits is the hit ratio of a cache without bound whose answers live for so many seconds: of a prompt
// with the rate λ, each answer is asked for λT times more on average.
func ttlHits(popularity []float64, rate, seconds float64) (ratio float64) {
	for _, p := range popularity {
		asked := p * rate * seconds
		ratio += p * asked / (1 + asked)
	}
	return ratio
}

// cheHits is Che's approximation (Che, Tung, Wang, 2002): a prompt is found if it was asked for within
// the time in which as many different prompts as there are entries are.
func cheHits(popularity []float64, entries float64) (ratio float64) {
	within := func(t float64) (different float64) {
		for _, p := range popularity {
			different += 1 - math.Exp(-p*t)
		}
		return different
	}
	low, high := 0.0, 1e12
	for range 200 {
		if middle := (low + high) / 2; within(middle) < entries {
			low = middle
		} else {
			high = middle
		}
	}
	for _, p := range popularity {
		ratio += p * (1 - math.Exp(-p*low))
	}
	return ratio
}
