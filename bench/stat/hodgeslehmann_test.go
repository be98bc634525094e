package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// R: wilcox.test(x, y, paired = TRUE, conf.int = TRUE) gives the pseudomedian
// 0.46 with the interval 0.010 to 0.786. Ten of the 512 ways to sign nine values
// have a rank sum of at most 5, so that its level is 1 − 2·10/512 = 96.1%.
func TestHodgesLehmannOfThePublishedExample(t *testing.T) {
	got := HodgesLehmann(differences(depressionBefore, depressionAfter), 0.95)
	near(t, "estimate", got.Value, 0.46, 1e-9)
	near(t, "low", got.Interval.Low, 0.010, 1e-9)
	near(t, "high", got.Interval.High, 0.786, 1e-9)
	near(t, "confidence", got.Interval.Confidence, 1-2*10.0/512, 1e-12)
}

// The interval is by definition the set of centres that the two-sided test does not reject at
// 5%. Here they are found by shifting the values and testing by enumeration.
func TestIntervalInvertsTheTest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := MinValues; n <= 10; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64() + 1
		}
		in := HodgesLehmann(x, 0.95).Interval
		const step = 1e-7
		for centre, want := range map[float64]bool{in.Low - step: false, in.Low + step: true, in.High - step: true, in.High + step: false} {
			below, above := bruteTails(shifted(x, -centre))
			if kept := 2*min(below, above) > 0.05; kept != want {
				t.Errorf("n = %d: the test keeps %v: %v, want %v (interval %v to %v)", n, centre, kept, want, in.Low, in.High)
			}
		}
	}
}

func shifted(x []float64, by float64) []float64 {
	out := slices.Clone(x)
	for i := range out {
		out[i] += by
	}
	return out
}

func TestHodgesLehmannProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), MinValues, 130).Draw(t, "x")
		shift := rapid.Float64Range(-10, 10).Draw(t, "shift")
		got, moved, mirrored := HodgesLehmann(x, 0.95), HodgesLehmann(shifted(x, shift), 0.95), HodgesLehmann(negated(x), 0.95)
		if got.Interval.Low > got.Value || got.Value > got.Interval.High {
			t.Fatalf("the interval %+v leaves out the estimate %v", *got.Interval, got.Value)
		}
		if got.Interval.Confidence < 0.95 && len(x) <= ExactLimit {
			t.Fatalf("an exact interval of %v", got.Interval.Confidence)
		}
		same := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: %v, want %v", what, a, b)
			}
		}
		same("shifted estimate", moved.Value, got.Value+shift)
		same("shifted low", moved.Interval.Low, got.Interval.Low+shift)
		same("mirrored estimate", mirrored.Value, -got.Value)
		same("mirrored low", mirrored.Interval.Low, -got.Interval.High)
	})
}

func TestNormalTrimApproximatesTheExact(t *testing.T) {
	exact, held := trimmed(ExactLimit, 0.025)
	approximate, roughly := normalTrim(firstRanks(ExactLimit), 0.025)
	if d := exact - approximate; d < -5 || d > 5 {
		t.Errorf("skips %d of %d Walsh averages, the exact distribution %d", approximate, ExactLimit*(ExactLimit+1)/2, exact)
	}
	near(t, "confidence", roughly, held, 1e-3)
}

func TestHodgesLehmannEdges(t *testing.T) {
	if got := HodgesLehmann(nil, 0.95); got != nil {
		t.Errorf("no values give %+v", got)
	}
	got := HodgesLehmann([]float64{5, 1, 2, 3, 4}, 0.95)
	if got.Value != 3 || got.Interval != nil {
		t.Errorf("five values give %+v, want 3 and no interval", got)
	}
	if got := HodgesLehmann([]float64{1, 2, 3, 4, 5, 6}, 0.999); got.Interval != nil {
		t.Errorf("six values give a 99.9%% interval: %+v", got.Interval)
	}
}

// Infinite values count as the largest: a minority of them moves the estimate and leaves it
// finite, and only as many of either sign cancel.
func TestInfiniteValues(t *testing.T) {
	inf := math.Inf(1)
	calm := []float64{0.01, -0.02, 0.03, -0.01, 0.02, -0.03, 0.01, -0.01, 0.02, -0.02, 0.01, -0.01}
	few := HodgesLehmann(append(slices.Clone(calm), -inf, -inf, -inf), 0.98)
	if few.Value >= 0 || math.IsInf(few.Value, 0) || !math.IsInf(few.Interval.Low, -1) {
		t.Errorf("3 of 15 below all give %v (%+v), want a finite value below 0, unbounded below", few.Value, few.Interval)
	}
	if most := HodgesLehmann([]float64{0.01, inf, inf, inf, inf, inf}, 0.95); !math.IsInf(most.Value, 1) || !math.IsInf(most.Interval.High, 1) {
		t.Errorf("5 of 6 above all give %v (%+v)", most.Value, most.Interval)
	}
	if both := HodgesLehmann([]float64{inf, -inf, inf, -inf, inf, -inf}, 0.95); both.Value != 0 || !math.IsInf(both.Interval.Low, -1) || !math.IsInf(both.Interval.High, 1) {
		t.Errorf("three of either sign give %v (%+v), want 0, unbounded", both.Value, both.Interval)
	}
	test := SignedRank(append(slices.Clone(calm), -inf, -inf, -inf))
	if test.Less >= SignedRank(append(slices.Clone(calm), -0.02, -0.02, -0.02)).Less {
		t.Errorf("infinite values have p %v, no smaller than that of common ones", test.Less)
	}
	if test := SignedRank([]float64{inf, inf, inf, inf, inf, inf}); test.Greater != 1.0/64 || test.Tied != 6 {
		t.Errorf("six infinite values give %+v", test)
	}
}
