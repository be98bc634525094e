package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// singles returns n blocks of one trial each; the first x succeeded.
func singles(x, n int) []Cluster {
	blocks := make([]Cluster, n)
	for i := range blocks {
		blocks[i].Of = 1
		if i < x {
			blocks[i].Count = 1
		}
	}
	return blocks
}

// Clopper and Pearson's 95% bounds as printed in tables of the binomial (Hahn &
// Meeker, Statistical Intervals, 1991, table A.23a): 1 of 10 and 0 of 10.
func TestShareBoundsOfOneBlockAreClopperPearsons(t *testing.T) {
	for _, c := range []struct{ x, n, low, high float64 }{
		{0, 10, 0, 0.3085}, {1, 10, 0.0025, 0.4450}, {5, 10, 0.1871, 0.8129}, {10, 10, 0.6915, 1},
	} {
		got := RateOf([]Cluster{{c.x, c.n}}).ShareBounds(0.025)
		near(t, "low", got.Low, c.low, 5e-5)
		near(t, "high", got.High, c.high, 5e-5)
	}
	if got := RateOf(nil).ShareBounds(0.025); got != nil {
		t.Errorf("no trials give %+v", got)
	}
}

// Failures that come ten at a time widen the bounds to those of a tenth as many trials.
func TestShareBoundsWidenWithClusters(t *testing.T) {
	blocks := make([]Cluster, 45)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range blocks {
		blocks[i].Of = 2000
		for range 3 {
			if rng.Float64() < 0.3 {
				blocks[i].Count += 10
			}
		}
	}
	clustered := RateOf(blocks)
	apart := RateOf([]Cluster{{clustered.Value * 90000, 90000}})
	wide, narrow := clustered.ShareBounds(0.025), apart.ShareBounds(0.025)
	if by := (wide.High - wide.Low) / (narrow.High - narrow.Low); by < 2 || by > 4 {
		t.Errorf("the bounds are %v times as wide, want about √10", by)
	}
}

// The bounds of a rate cover the truth as often as their level says, also where blocks drift.
func TestBoundsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const runs = 2000
	inside, shares, ratios := 0, 0, 0
	for range runs {
		var counts, failures, other []Cluster
		drift := 0.08 * rng.NormFloat64()
		for range 30 {
			drift = 0.5*drift + 0.08*math.Sqrt(0.75)*rng.NormFloat64()
			counts = append(counts, Cluster{100 * math.Exp(drift+0.03*rng.NormFloat64()), 1})
			other = append(other, Cluster{200 * math.Exp(drift+0.03*rng.NormFloat64()), 1})
			failed := 0.0
			for range 200 {
				if rng.Float64() < 0.02 {
					failed++
				}
			}
			failures = append(failures, Cluster{failed, 200})
		}
		if in := RateOf(counts).Bounds(0.025); in.Low <= 100.4 && 100.4 <= in.High {
			inside++
		}
		if in := RateOf(failures).ShareBounds(0.025); in.Low <= 0.02 && 0.02 <= in.High {
			shares++
		}
		if in := RatioOf(other, counts, 0.025).Interval; in.Low <= 2 && 2 <= in.High {
			ratios++
		}
	}
	for what, n := range map[string]int{"rates that drift": inside, "shares": shares, "ratios": ratios} {
		// Thirty blocks reveal little of how strongly they drift, so the coverage is only 92%.
		if held := float64(n) / runs; held < 0.91 || held > 0.99 {
			t.Errorf("95%% bounds of %s held %.1f%%", what, held*100)
		}
	}
}

func TestRateEdges(t *testing.T) {
	if got := RateOf(singles(0, 10)); got.Value != 0 || got.Bounds(0.025) != nil {
		t.Errorf("a rate of 0 is %v with bounds %v", got.Value, got.Bounds(0.025))
	}
	if got := RateOf(singles(3, 5)).Bounds(0.025); got != nil {
		t.Errorf("five blocks give bounds %+v", got)
	}
	if got := RatioOf(singles(0, 10), singles(1, 10), 0.025); got != nil {
		t.Errorf("0 over something is %+v", got)
	}
	mixed := []Cluster{{1, 1}, {0, 1}, {0, 1}, {1, 1}, {0, 1}, {1, 1}, {0, 1}, {0, 1}, {1, 1}, {0, 1}}
	if got := RateOf(mixed).ShareBounds(0.025); got.Low <= 0 || got.High >= 1 {
		t.Errorf("4 of 10 give %+v", got)
	}
}

func TestBoundsNest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Cluster {
			of := rapid.IntRange(1, 500).Draw(t, "of")
			return Cluster{float64(rapid.IntRange(0, of).Draw(t, "count")), float64(of)}
		}), MinValues, 40).Draw(t, "blocks")
		r := RateOf(blocks)
		wide, narrow := r.ShareBounds(0.005), r.ShareBounds(0.05)
		if wide.Low > narrow.Low+1e-9 || wide.High < narrow.High-1e-9 || r.Value < narrow.Low-1e-9 || r.Value > narrow.High+1e-9 {
			t.Fatalf("%v lies in %+v, which lies in %+v", r.Value, *narrow, *wide)
		}
	})
}
