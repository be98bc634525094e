package attack

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/scenarios"
)

func offsets(t rapid.TB, o scenarios.Open, seed uint64) []time.Duration {
	t.Helper()
	next, err := newArrivals(o, stream(seed, "test"))
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Duration
	for at, ok := next(); ok; at, ok = next() {
		all = append(all, at)
	}
	return all
}

func TestConstantIsEvenAndExact(t *testing.T) {
	got := offsets(t, scenarios.Open{Rate: 200, Arrivals: "constant", Duration: time.Hour}, 1)
	if len(got) != 200*3600 {
		t.Fatalf("%d prompts in an hour at 200/s, want %d", len(got), 200*3600)
	}
	for i, at := range got {
		if want := time.Duration(i) * 5 * time.Millisecond; (at - want).Abs() > time.Microsecond {
			t.Fatalf("prompt %d is due at %v, want %v", i, at, want)
		}
	}
}

func TestPoissonHasItsRateAndSpread(t *testing.T) {
	got := offsets(t, scenarios.Open{Rate: 1000, Arrivals: "poisson", Duration: 1000 * time.Second}, 7)
	const want = 1e6
	// Six standard deviations of a Poisson count.
	if n := float64(len(got)); math.Abs(n-want) > 6*math.Sqrt(want) {
		t.Errorf("%v prompts, want %v ± %v", n, want, 6*math.Sqrt(want))
	}
	// The share of gaps longer than the mean is 1/e.
	long := 0
	for i := 1; i < len(got); i++ {
		if got[i]-got[i-1] > time.Millisecond {
			long++
		}
	}
	if share := float64(long) / float64(len(got)); math.Abs(share-1/math.E) > 0.003 {
		t.Errorf("%.4f of the gaps are longer than the mean, want %.4f", share, 1/math.E)
	}
}

func TestSchedulesAreSortedInsideAndRepeatable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := scenarios.Open{
			Rate:     rapid.Float64Range(0.5, 3000).Draw(t, "rate"),
			Arrivals: rapid.SampledFrom([]string{"constant", "poisson"}).Draw(t, "arrivals"),
			Duration: time.Duration(rapid.Int64Range(1, int64(3*time.Second)).Draw(t, "duration")),
		}
		seed := rapid.Uint64().Draw(t, "seed")
		got := offsets(t, o, seed)
		if !slices.IsSorted(got) {
			t.Fatal("the schedule is not sorted")
		}
		if n := len(got); n > 0 && (got[0] < 0 || got[n-1] >= o.Duration) {
			t.Fatalf("the schedule leaves [0, %v): %v … %v", o.Duration, got[0], got[n-1])
		}
		if !slices.Equal(got, offsets(t, o, seed)) {
			t.Fatal("the same seed gives another schedule")
		}
	})
}

func TestUnknownArrivals(t *testing.T) {
	if _, err := newArrivals(scenarios.Open{Arrivals: "sine"}, nil); err == nil {
		t.Error("sine is taken for a schedule")
	}
}
