package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
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

// clustered are the blocks of a run, each with 1,000 trials that succeed with the chance given, five at a time.
func clustered(chance float64, rng *rand.Rand) []Cluster {
	blocks := make([]Cluster, 15)
	for i := range blocks {
		blocks[i] = Cluster{5 * distuv.Poisson{Lambda: 200 * chance, Src: rng}.Rand(), 1000}
	}
	return blocks
}

// Another run of a build whose runs fail by a factor of e^±0.6 more or less is not called worse, and runs that fail
// alike hide little.
func TestDifferenceFromRunsThatDiffer(t *testing.T) {
	const runs, simulated, alpha = 10, 300, 0.01
	for _, c := range []struct {
		spread, chance          float64 // the head's chance
		least, most             float64 // share called worse
		leastWithin, mostWithin float64 // by the blocks alone
	}{
		{0.6, 0.01, 0, 0.03, 0.06, 1},
		{0, 0.01, 0, 0.02, 0, 0.02},
		{0, 0.03, 0.9, 1, 0.9, 1},
	} {
		rng := rand.New(rand.NewPCG(5, 5))
		called, within := 0.0, 0.0
		for range simulated {
			vary := func(chance float64) float64 {
				return chance * math.Exp(c.spread*rng.NormFloat64()-c.spread*c.spread/2)
			}
			var base [][]Cluster
			for range runs {
				base = append(base, clustered(vary(0.01), rng))
			}
			d := DifferenceFromRuns(clustered(vary(c.chance), rng), base)
			if d.Bounds(alpha).Low > 0 {
				called += 1.0 / simulated
			}
			if d.Within().Bounds(alpha).Low > 0 {
				within += 1.0 / simulated
			}
		}
		if called < c.least || called > c.most || within < c.leastWithin || within > c.mostWithin {
			t.Errorf("%+v: %.1f%% are called worse, and %.1f%% by the blocks alone", c, 100*called, 100*within)
		}
	}
}

func TestDifferenceFromRunsEdges(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	head, few := clustered(0.02, rng), [][]Cluster{clustered(0.001, rng), clustered(0.02, rng)}
	for name, base := range map[string][][]Cluster{
		"two runs": few, "runs without failures": {clustered(0, rng), clustered(0, rng), clustered(0, rng)},
		"a run without blocks": {few[0], few[1], nil},
	} {
		if above, below := DifferenceFromRuns(head, base).BetweenRuns(0.01); above != 0 || below != 0 {
			t.Errorf("%s differ by %v and %v", name, above, below)
		}
	}
	differ := DifferenceFromRuns(head, [][]Cluster{{{1, 1000}}, {{900, 1000}}, few[0], few[1]})
	above, below := differ.BetweenRuns(0.01)
	if share := RateOf(slices.Concat([]Cluster{{1, 1000}, {900, 1000}}, few[0], few[1])).Value; !(above > 0.1) || math.Abs(below-share) > 1e-9 {
		t.Errorf("they differ by %v and %v, want much more, and all of %v", above, below, share)
	}
	if p := differ.Greater(); p < 0.01 {
		t.Errorf("p is %v", p)
	}
}
