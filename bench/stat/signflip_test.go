package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Darwin's fifteen pairs of maize, crossed less self-fertilised, in eighths of an
// inch. Fisher (The Design of Experiments, 1935, §21) counts 863 of the 32,768 ways
// to sign them whose sum reaches the one seen, 314: 28 of them equal it.
func TestSignFlipOfDarwinsMaize(t *testing.T) {
	maize := []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}
	got := SignFlip(maize)
	near(t, "p greater", got.Greater, 863.0/32768, 1e-15)
	near(t, "p two-sided", got.TwoSided, 1726.0/32768, 1e-15)
	thirds := make([]float64, len(maize))
	for i, v := range maize {
		thirds[i] = v / 3000 // as shares, which no binary holds exactly
	}
	near(t, "p of shares", SignFlip(thirds).Greater, 863.0/32768, 1e-15)
}

// bruteFlips enumerates every way to sign x, independently of the code under test.
func bruteFlips(x []float64) (below, above float64) {
	seen := 0.0
	for _, v := range x {
		seen += v
	}
	all := 1 << len(x)
	for signs := range all {
		sum := 0.0
		for i, v := range x {
			if signs>>i&1 == 1 {
				sum += math.Abs(v)
			} else {
				sum -= math.Abs(v)
			}
		}
		if sum <= seen+1e-9 {
			below++
		}
		if sum >= seen-1e-9 {
			above++
		}
	}
	return below / float64(all), above / float64(all)
}

func TestSignFlipMatchesEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// The first is the unit, as where failures come in tens of the same prompts due.
		whole := rapid.SliceOfN(rapid.IntRange(-6, 6), 0, 11).Draw(t, "x")
		x := []float64{1.0 / 200}
		for _, v := range whole {
			x = append(x, float64(v)/200)
		}
		got := SignFlip(x)
		below, above := bruteFlips(x)
		if math.Abs(got.Less-below) > 1e-12 || math.Abs(got.Greater-above) > 1e-12 {
			t.Fatalf("tails %v, %v; enumeration gives %v, %v", got.Less, got.Greater, below, above)
		}
	})
}

func TestSignFlipProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 60).Draw(t, "x")
		got, mirrored := SignFlip(x), SignFlip(negated(x))
		if math.Abs(got.Less-mirrored.Greater) > 1e-12 || math.Abs(got.TwoSided-mirrored.TwoSided) > 1e-12 {
			t.Fatalf("mirrored values give %+v, not the mirror of %+v", mirrored, got)
		}
		for _, p := range []float64{got.Less, got.Greater, got.TwoSided} {
			if !(p > 0 && p <= 1) {
				t.Fatalf("a p of %v in %+v", p, got)
			}
		}
	})
}

func TestSignFlipEdges(t *testing.T) {
	if got := SignFlip(nil); got != nil {
		t.Errorf("no values give %+v", got)
	}
	if got := SignFlip([]float64{0, 0, 0}); got.N != 0 || got.Greater != 1 || got.TwoSided != 1 {
		t.Errorf("zeros give %+v, want p = 1", got)
	}
	if got := SignFlip([]float64{1, 1, 1, 1, 0}); got.Greater != 1.0/16 || got.N != 4 {
		t.Errorf("four ones and a zero give %+v, want p = 1/16 of 4", got)
	}
}
