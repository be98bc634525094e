package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// depression is nine patients' change on a scale, the example of Hollander &
// Wolfe (1973, p. 29) that R's ?wilcox.test shows.
var (
	depressionBefore = []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	depressionAfter  = []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
)

func differences(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

func TestSignedRankOfThePublishedExample(t *testing.T) {
	got := SignedRank(differences(depressionBefore, depressionAfter))
	if got.V != 40 || got.N != 9 || !got.Exact {
		t.Fatalf("V, N, exact = %v, %v, %v; R gives V = 40", got.V, got.N, got.Exact)
	}
	near(t, "p greater", got.Greater, 0.01953125, 1e-15)
	near(t, "p two-sided", got.TwoSided, 0.0390625, 1e-15)
}

// TestCriticalValues compares the exact distribution with the published critical values of T: the
// largest sum of ranks whose lower tail is at most α (McCornack, Extended Tables of
// the Wilcoxon Matched Pair Signed Rank Statistic, JASA 60, 1965, as most textbooks print them).
func TestCriticalValues(t *testing.T) {
	tables := map[float64]map[int]int{
		0.025: {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 11: 10, 12: 13, 13: 17, 14: 21, 15: 25, 16: 29, 17: 34, 18: 40, 19: 46, 20: 52, 21: 58, 22: 65, 23: 73, 24: 81, 25: 89},
		0.005: {8: 0, 9: 1, 10: 3, 11: 5, 12: 7, 13: 9, 14: 12, 15: 15, 16: 19, 17: 23, 18: 27, 19: 32, 20: 37, 21: 42, 22: 48, 23: 54, 24: 61, 25: 68},
	}
	for alpha, critical := range tables {
		for n, want := range critical {
			if got, _ := trimmed(n, alpha); got != want {
				t.Errorf("n = %d, one-sided α = %v: T = %d, the table says %d", n, alpha, got, want)
			}
		}
	}
}

// bruteTails counts, over all 2ⁿ ways to sign the magnitudes of x, how many give
// a sum of positive ranks no larger and no smaller than the one seen. It ranks by
// counting, independently of the code under test.
func bruteTails(x []float64) (below, above float64) {
	var ranks []float64
	seen := 0.0
	for _, v := range x {
		if v == 0 {
			continue
		}
		rank := 0.5
		for _, w := range x {
			switch a, b := math.Abs(w), math.Abs(v); {
			case w == 0:
			case a < b:
				rank++
			case a == b:
				rank += 0.5
			}
		}
		ranks = append(ranks, rank)
		if v > 0 {
			seen += rank
		}
	}
	all := 1 << len(ranks)
	for signs := range all {
		sum := 0.0
		for i, r := range ranks {
			if signs>>i&1 == 1 {
				sum += r
			}
		}
		if sum <= seen {
			below++
		}
		if sum >= seen {
			above++
		}
	}
	return below / float64(all), above / float64(all)
}

func TestSignedRankMatchesEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Small whole numbers, so that ties and zeros are common.
		x := rapid.SliceOfN(rapid.Map(rapid.IntRange(-6, 6), func(i int) float64 { return float64(i) }), MinValues, 11).Draw(t, "x")
		got := SignedRank(x)
		below, above := bruteTails(x)
		if math.Abs(got.Less-below) > 1e-12 || math.Abs(got.Greater-above) > 1e-12 {
			t.Fatalf("tails %v, %v; enumeration gives %v, %v", got.Less, got.Greater, below, above)
		}
	})
}

func TestSignedRankProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), MinValues, 130).Draw(t, "x")
		got, mirrored := SignedRank(x), SignedRank(negated(x))
		for _, p := range []float64{got.Less, got.Greater, got.TwoSided} {
			if !(p > 0 && p <= 1) {
				t.Fatalf("a p of %v in %+v", p, got)
			}
		}
		if math.Abs(got.Less-mirrored.Greater) > 1e-12 || math.Abs(got.TwoSided-mirrored.TwoSided) > 1e-12 {
			t.Fatalf("mirrored values give %+v, not the mirror of %+v", mirrored, got)
		}
	})
}

func negated(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = -v
	}
	return out
}

func TestNormalTailsApproximateTheExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, ExactLimit)
	for i := range x {
		x[i] = math.Round(10*(rng.NormFloat64()+0.2)) / 10 // rounded for ties
	}
	exact := SignedRank(x)
	ranks := doubledMidranks(withoutZeros(x), math.Abs)
	less, greater := normalTails(ranks, int(2*exact.V))
	near(t, "approximate p less", less, exact.Less, 2e-3)
	near(t, "approximate p greater", greater, exact.Greater, 2e-3)
	over := SignedRank(shifted(make([]float64, ExactLimit+1), 0.05))
	if over.Exact || over.N != ExactLimit+1 {
		t.Errorf("with %d values ranked, exact is %v", over.N, over.Exact)
	}
}

func withoutZeros(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		if v != 0 {
			out = append(out, v)
		}
	}
	return out
}

func TestSignedRankEdges(t *testing.T) {
	if got := SignedRank([]float64{1, 2, 3, 4, 5}); got != nil {
		t.Errorf("five values give %+v, want nil", got)
	}
	if got := SignedRank(make([]float64, 6)); got.TwoSided != 1 || got.Less != 1 || got.Greater != 1 || got.N != 0 {
		t.Errorf("six zeros give %+v, want p = 1", got)
	}
	if got := SignedRank([]float64{1, 2, 3, 4, 5, 6}); got.TwoSided != 2.0/64 {
		t.Errorf("six values above 0 give p = %v, want 2/64", got.TwoSided)
	}
	if got := SignedRank([]float64{1, -1, 2, 3, 3, 0, 5}); got.Tied != 4 || got.N != 6 {
		t.Errorf("two pairs of ties and a zero give %+v, want 4 tied of 6", got)
	}
	x := []float64{3, -1, 2, 0, 5, 4, 6}
	SignedRank(x)
	if x[0] != 3 || x[3] != 0 || x[6] != 6 {
		t.Errorf("the input was changed: %v", x)
	}
}

func BenchmarkSignedRankAtItsLimit(b *testing.B) {
	x := make([]float64, ExactLimit)
	for i := range x {
		x[i] = float64(i + 1)
	}
	for b.Loop() {
		SignedRank(x)
	}
}
