package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// autoregression fills x with normal values of variance 1 whose autocorrelation is rho.
func autoregression(rng *rand.Rand, x []float64, rho float64) {
	v := rng.NormFloat64()
	for i := range x {
		x[i] = v
		v = rho*v + math.Sqrt(1-rho*rho)*rng.NormFloat64()
	}
}

// Intervals cover the truth and small p's are rare although the values follow each other, and few values that
// seem to do so by chance do not make them useless. Of independent values, the 95% interval of HodgesLehmann
// covers 76% at ρ = 0.5. With the correlation as it is estimated, one in ten of 8 independent values was 3.9
// standard deviations to either side, and of 15 values at ρ = 0.5 more than 4.
func TestPairedUnderNoiseThatLasts(t *testing.T) {
	const runs = 300
	for _, c := range []struct{ rho, covers, called, wide8, wide15, wide45 float64 }{
		{0, 0.97, 0.005, 2.8, 1.5, 0.5},
		{0.3, 0.95, 0.01, 2.8, 1.8, 0.75},
		{0.5, 0.94, 0.015, 2.7, 1.9, 0.95},
		{0.8, 0.84, 0.03, 2.1, 1.7, 1.15},
	} {
		for _, n := range []int{8, 15, 45} {
			rng := rand.New(rand.NewPCG(1, uint64(n)))
			x, held, called := make([]float64, n), 0, 0
			var widths []float64
			for range runs {
				autoregression(rng, x, c.rho)
				p := OfPairs(x, 0.95, Shared{})
				held += count(p.Interval, 0)
				widths = append(widths, (p.Interval.High-p.Interval.Low)/2)
				if p.Greater <= 0.002 {
					called++
				}
			}
			slices.Sort(widths)
			share, wide := percent(held, runs), widths[runs*9/10]
			t.Logf("ρ = %v, %d blocks: 95%% intervals cover %.1f%%, 9 of 10 reach %.2f standard deviations; p ≤ 0.002 in %d of %d", c.rho, n, share, wide, called, runs)
			const chance = 2.5 // points: twice the standard error of the share
			if most := map[int]float64{8: c.wide8, 15: c.wide15, 45: c.wide45}[n]; share < c.covers*100-chance || wide > most {
				t.Errorf("ρ = %v, %d blocks: 95%% intervals cover %.1f%%, want %.0f%%; 9 of 10 reach %.2f, want at most %v", c.rho, n, share, c.covers*100, wide, most)
			}
			if float64(called) > c.called*runs {
				t.Errorf("ρ = %v, %d blocks: p ≤ 0.002 in %d of %d", c.rho, n, called, runs)
			}
		}
	}
}

// A gate of one figure, or of two that nearly equal each other, calls identical builds in 1% of
// cases at most, however few the blocks. With the correlation as it is estimated it did so in 3 to
// 5% at ρ = 0.8.
func TestGatesOfFewFiguresUnderNoiseThatLasts(t *testing.T) {
	const runs, alpha = 600, 0.01
	rng := rand.New(rand.NewPCG(3, 4))
	for _, rho := range []float64{0, 0.5, 0.8} {
		for _, n := range []int{8, 15, 30} {
			for figures := 1; figures <= 2; figures++ {
				x, called := [][]float64{make([]float64, n), make([]float64, n)}[:figures], 0
				for range runs {
					autoregression(rng, x[0], rho)
					if figures == 2 {
						for i, v := range x[0] {
							x[1][i] = v + 0.1*rng.NormFloat64()
						}
					}
					shared := SharedBy(x)
					if slices.ContainsFunc(x, func(x []float64) bool { return OfPairs(x, 0.95, shared).Greater <= alpha/float64(figures) }) {
						called++
					}
				}
				const chance = 10 // of a share of 1%, with a chance of 3 in 100,000 at most
				if float64(called) > runs*alpha+chance {
					t.Errorf("ρ = %v, %d blocks, %d figures: called in %d of %d", rho, n, figures, called, runs)
				}
			}
		}
	}
}

// A gate finds an effect that is large beside the noise, although few blocks follow each other.
func TestGatesFindLargeEffects(t *testing.T) {
	x := make([]float64, 15)
	rng := rand.New(rand.NewPCG(5, 6))
	found := 0
	for range 100 {
		autoregression(rng, x, 0.7)
		for i := range x {
			x[i] += 12
		}
		if OfPairs(x, 0.95, SharedBy([][]float64{x})).Greater <= 0.01 {
			found++
		}
	}
	if found < 95 {
		t.Errorf("12 standard deviations are found in %d of 100 gates", found)
	}
}

// Values that are independent lose little.
func TestPairedOfIndependentValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	worth := 0.0
	x := make([]float64, 45)
	for range 500 {
		autoregression(rng, x, 0.03)
		worth += OfPairs(x, 0.95, Shared{Rho: 0.03, Samples: 16, Longest: 45}).Worth / 500
	}
	if worth < 30 {
		t.Errorf("45 blocks are worth %.1f on average, want over 30", worth)
	}
}

// The mean of all comparisons widens what a comparison alone does not show.
func TestPairedSharesTheRunsCorrelation(t *testing.T) {
	x := []float64{1, -1, 2, 1, -1, 2, 1, -1, 2, 1, 1.5, 2, -1, 1, 2, -1, 1, 2}
	alone, shared := OfPairs(x, 0.95, Shared{}), OfPairs(x, 0.95, Shared{Rho: 0.4, Samples: 16, Longest: 18})
	if shared.Worth >= alone.Worth/2 || shared.Rho != 0.4 || shared.Greater <= alone.Greater {
		t.Errorf("alone worth %v (ρ %v), in a run that wanders %v (ρ %v)", alone.Worth, alone.Rho, shared.Worth, shared.Rho)
	}
}

// Blocks that alternate, and so do not follow each other, are compared by the exact test.
func TestPairedIsTheSignedRankTest(t *testing.T) {
	x := []float64{0.1, -0.3, 0.2, 0.5, -0.1, 0.4, 0.15, 0.45, 0.02, 0.6}
	p, test, hl := OfPairs(x, 0.95, Shared{Rho: -1, Samples: 16, Longest: 45}), SignedRank(x), HodgesLehmann(x, 0.95)
	if p.Worth != 10 || p.Greater != test.Greater || p.TwoSided != test.TwoSided || *p.Interval != *hl.Interval || p.Value != hl.Value {
		t.Errorf("%+v (%+v), want %+v and %+v", p, p.Interval, test, hl)
	}
}

// A burst that the test leaves out is left out of the estimate and its interval as well.
func TestBurstsAreLeftOutOfAll(t *testing.T) {
	x := []float64{0.1, -0.3, 0.2, 0.5, -0.1, 0.4, 0.15, 0.45, 0.02, 0.6}
	alternating := Shared{Rho: -1, Samples: 16, Longest: 45}
	p, calm := OfPairs(append([]float64{30}, x...), 0.95, alternating), OfPairs(x, 0.95, alternating)
	if p.Bursts != 1 || p.Value != calm.Value || *p.Interval != *calm.Interval || p.Greater != calm.Greater || p.TwoSided != calm.TwoSided {
		t.Errorf("%+v (%+v), want %+v (%+v)", p, p.Interval, calm, calm.Interval)
	}
}

// Seven of fifteen blocks are three times slower: that is no burst, and what is said agrees.
func TestEstimateIntervalAndPAreOfTheSameValues(t *testing.T) {
	x := []float64{0.01, 1.1, -0.02, 1.1, 0.01, 1.2, -0.01, 1.1, 0.02, 1.15, 0.01, 1.1, -0.01, 1.1, 0.02}
	p := OfPairs(x, 0.95, Shared{})
	if p.Bursts != 0 || p.TwoSided < 0.01 || p.TwoSided > 0.25 || math.Abs(p.Interval.Low) > 0.1 || p.TwoSided <= 0.05 != (p.Interval.Low > 0) {
		t.Errorf("%v (%+v), p %v, %d bursts", p.Value, p.Interval, p.TwoSided, p.Bursts)
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 0, 60).Draw(t, "x")
		shared := Shared{Rho: rapid.Float64Range(-1, 1).Draw(t, "shared"), Samples: rapid.IntRange(0, 9).Draw(t, "samples"), Longest: 45}
		infinite := rapid.IntRange(0, 3).Draw(t, "infinite")
		for i := range min(infinite, len(x)) {
			x[i] = math.Inf(1)
		}
		p := OfPairs(x, 0.95, shared)
		if p == nil {
			return
		}
		if in := p.Interval; in != nil && (p.Value < in.Low || p.Value > in.High) {
			t.Fatalf("%v outside of %+v", p.Value, *in)
		}
		excludes := p.Interval != nil && (p.Interval.Low > 0 || p.Interval.High < 0)
		if excludes && shared.Samples == 0 && p.TwoSided > 0.0502 { // a gate's p is stricter, and others are to 0.2%
			t.Fatalf("the interval %+v excludes 0, and p is %v", *p.Interval, p.TwoSided)
		}
		for _, tail := range []float64{p.Greater, p.Less, p.TwoSided} {
			if !(tail > 0 && tail <= 1) {
				t.Fatalf("a p of %v", tail)
			}
		}
		m := OfPairs(negated(x), 0.95, shared)
		if math.Abs(m.Greater-p.Less) > 1e-9 || m.Value != -p.Value {
			t.Fatalf("mirrored values give %+v, not the mirror of %+v", m, p)
		}
	})
}

func TestSerialCorrelation(t *testing.T) {
	rising := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for name, c := range map[string]struct {
		x         []float64
		low, high float64
	}{
		"rising":            {rising, 0.9, 1},
		"alternating":       {[]float64{1, -1, 1, -1, 1, -1, 1, -1, 1, -1}, -1, -0.9},
		"all the same":      {[]float64{2, 2, 2, 2, 2, 2, 2}, 0, 0},
		"too few":           {rising[:5], 0, 0},
		"an outlier":        {append(slices.Clone(rising), 1e9), 0.9, 1},
		"infinite in a row": {[]float64{0, 0, 0, 0, math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}, 0.7, 1},
	} {
		if got := SerialCorrelation(c.x); got < c.low || got > c.high {
			t.Errorf("%s: %v, want %v to %v", name, got, c.low, c.high)
		}
	}
	// Around their own mean, white noise has a mean autocorrelation of −1/n: it is corrected.
	rng := rand.New(rand.NewPCG(5, 6))
	for _, rho := range []float64{0, 0.3, 0.5} {
		mean, x := 0.0, make([]float64, 15)
		for range 4000 {
			autoregression(rng, x, rho)
			mean += SerialCorrelation(x) / 4000
		}
		if math.Abs(mean-rho) > 0.1 {
			t.Errorf("ρ = %v is estimated as %.3f", rho, mean)
		}
	}
}

// Blocks that drift by half a percent and all show 9% are no chance, few as they are worth.
func TestADriftIsSmallBesideAnEffect(t *testing.T) {
	x := []float64{0, 0.6, 0.3, 1.1, 0.8, 1.2, 0.4, 0.5, -0.4, -0.1, -0.9, -0.5, -0.6, 0.3, 0.1}
	for i := range x {
		x[i] = 0.086 + 0.005*x[i]
	}
	p := OfPairs(x, 0.95, Shared{})
	if p.Worth > 3 || p.Greater > 0.0001 || p.Interval.Low < 0.07 {
		t.Errorf("%d blocks (ρ %.2f) worth %.1f: %.3f to %.3f, p = %.2g", p.Values, p.Rho, p.Worth, p.Interval.Low, p.Interval.High, p.Greater)
	}
}

// Where one side answered nothing in most blocks, the p of the ranks is raised as 2⁻ⁿ is, if n blocks that follow each
// other are worth fewer; not where it answered nothing in any.
func TestSilentBlocksThatFollowEachOther(t *testing.T) {
	most, all := []float64{0.1, -0.2, 0.3}, slices.Repeat([]float64{math.Inf(1)}, 15)
	most = append(most, all[:12]...)
	for _, rho := range []float64{0, 0.5} {
		shared := Shared{Rho: rho, Samples: 16, Longest: 15}
		p := OfPairs(most, 0.95, shared)
		if p.Sure >= 15 || p.Bursts > 0 {
			t.Fatalf("%+v", p)
		}
		near(t, "p of most blocks", p.Greater, math.Pow(SignedRank(most).Greater, p.Sure/15), 1e-12)
		near(t, "p of all blocks", OfPairs(all, 0.95, shared).Greater, math.Pow(2, -15), 1e-12)
	}
}
