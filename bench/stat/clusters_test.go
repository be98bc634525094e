package stat

import (
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

// Failures that come ten at a time widen the bounds to those of a tenth as many trials, and further as
// nobody knows that they do not follow each other.
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
	if by := (wide.High - wide.Low) / (narrow.High - narrow.Low); by < 2 || by > 5 {
		t.Errorf("the bounds are %v times as wide, want √10 and more", by)
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
