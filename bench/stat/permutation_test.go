package stat

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// brutePermutation enumerates every choice, independently of the code under test.
func brutePermutation(head, base []float64) float64 {
	all := append(append([]float64{}, head...), base...)
	seen := 0.0
	for _, v := range head {
		seen += v
	}
	reached, ways := 0.0, 0.0
	for choice := range uint(1) << len(all) {
		if bits.OnesCount(choice) != len(head) {
			continue
		}
		ways++
		sum := 0.0
		for i, v := range all {
			if choice>>i&1 == 1 {
				sum += v
			}
		}
		if sum >= seen-1e-9 {
			reached++
		}
	}
	return reached / ways
}

func TestPermutationMatchesEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Whole numbers that add up to 16, as 1024 does of the steps: no rounding.
		left := 16
		draw := func(most int) []float64 {
			var out []float64
			for range rapid.IntRange(1, most).Draw(t, "n") {
				v := rapid.IntRange(0, min(left, 5)).Draw(t, "v")
				left -= v
				out = append(out, float64(v))
			}
			return out
		}
		head, base := draw(6), draw(5)
		base = append(base, float64(left))
		if got, want := Permutation(head, base).Greater, brutePermutation(head, base); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v against %v: p = %v, enumeration gives %v", head, base, got, want)
		}
	})
}

func TestPermutationApproximatesTheExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var head, base []float64
	for range 60 {
		head, base = append(head, 1.15+rng.Float64()), append(base, 1+rng.Float64())
	}
	exact := Permutation(head, base)
	near(t, "approximate p", normalPermutationTail(append(append([]float64{}, head...), base...), head), exact.Greater, 2e-3)
	for range 200 {
		base = append(base, 1+rng.Float64(), 1+rng.Float64(), 1+rng.Float64())
	}
	if got := Permutation(head, base); got.Exact || !exact.Exact {
		t.Errorf("60 of 120 exact: %v, 60 of 720: %v", exact.Exact, got.Exact)
	}
}

func TestPermutationEdges(t *testing.T) {
	if got := Permutation(nil, []float64{1}); got != nil {
		t.Errorf("no head gives %+v", got)
	}
	if got := Permutation([]float64{0, 0}, []float64{0}); got.Greater != 1 {
		t.Errorf("zeros give p = %v", got.Greater)
	}
	if got := Permutation([]float64{1, 1}, []float64{0, 0}); math.Abs(got.Greater-1.0/6) > 1e-12 {
		t.Errorf("the largest two of four: p = %v, want 1/6", got.Greater)
	}
}
