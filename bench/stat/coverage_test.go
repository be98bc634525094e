package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// failing draws how many of the prompts of each of n blocks fail: together at a time, where the share varies
// from block to block by a lognormal factor with the standard deviation sd, whose autocorrelation is rho.
type failing struct {
	share, prompts, together, sd, rho float64
}

func (f failing) draw(rng *rand.Rand, n int) []Cluster {
	blocks, v := make([]Cluster, n), rng.NormFloat64()
	for i := range blocks {
		share := min(f.share*math.Exp(f.sd*v-f.sd*f.sd/2), 1)
		count := f.together * distuv.Binomial{N: f.prompts / f.together, P: share, Src: rng}.Rand()
		blocks[i] = Cluster{count, f.prompts}
		v = f.rho*v + math.Sqrt(1-f.rho*f.rho)*rng.NormFloat64()
	}
	return blocks
}

// medianWidth is the median half width of 95% intervals, in standard errors of independent trials times the 1.96
// of a normal distribution.
func medianWidth(widths []float64, variance float64) float64 {
	slices.Sort(widths)
	return widths[len(widths)/2] / 2 / math.Sqrt(variance) / 1.96
}

// The table of bench/README.md: how often 95% intervals of differences and of shares hold the truth, and how wide
// they are.
func TestCoverage(t *testing.T) {
	const runs = 120
	for _, c := range []struct {
		name       string
		head, base failing
		// held is what each interval must hold in at least, and wide how wide the difference's may be with 8 and
		// with 15 blocks.
		held, wide8, wide15 float64
	}{
		{"11% against none", failing{share: 0.11, prompts: 35, together: 1}, failing{share: 0, prompts: 35, together: 1}, 0.97, 2.1, 1.8},
		{"half of both", failing{share: 0.5, prompts: 35, together: 1}, failing{share: 0.5, prompts: 35, together: 1}, 0.97, 2, 1.8},
		{"1 in 1000 of both", failing{share: 0.001, prompts: 500, together: 1}, failing{share: 0.001, prompts: 500, together: 1}, 0.95, 3, 2.3},
		{"ten at a time", failing{share: 0.005, prompts: 2000, together: 10}, failing{share: 0.005, prompts: 2000, together: 10}, 0.97, 8.5, 6},
		{"overdispersed", failing{share: 0.1, prompts: 100, together: 1, sd: 0.5}, failing{share: 0.1, prompts: 100, together: 1, sd: 0.5}, 0.94, 4.5, 3.6},
		{"ρ 0.3", failing{share: 0.1, prompts: 35, together: 1, sd: 0.3, rho: 0.3}, failing{share: 0.1, prompts: 35, together: 1, sd: 0.3, rho: 0.3}, 0.95, 2.4, 2.2},
		{"ρ 0.6", failing{share: 0.1, prompts: 35, together: 1, sd: 0.3, rho: 0.6}, failing{share: 0.1, prompts: 35, together: 1, sd: 0.3, rho: 0.6}, 0.93, 2.3, 2.1},
		{"ρ 0.6, far apart", failing{share: 0.1, prompts: 100, together: 1, sd: 0.5, rho: 0.6}, failing{share: 0.1, prompts: 100, together: 1, sd: 0.5, rho: 0.6}, 0.86, 4.5, 4.5},
	} {
		for _, n := range []int{8, 15} {
			rng := rand.New(rand.NewPCG(1, uint64(n)))
			apart, paired, alone := 0, 0, 0
			var widths []float64
			for range runs {
				head, base := c.head.draw(rng, n), c.base.draw(rng, n)
				truth, in := c.head.share-c.base.share, DifferenceOf(head, base).Bounds(0.025)
				widths = append(widths, in.High-in.Low)
				apart += count(in, truth)
				paired += count(PairedDifferenceOf(head, base).Bounds(0.025), truth)
				alone += count(RateOf(head).ShareBounds(0.025), c.head.share)
			}
			trials := float64(n) * c.head.prompts
			wide := medianWidth(widths, (c.head.share*(1-c.head.share)+c.base.share*(1-c.base.share))/trials)
			t.Logf("%-18s %2d blocks: differences held %.1f%%, paired %.1f%%, shares %.1f%%; width %.2f", c.name, n, percent(apart, runs), percent(paired, runs), percent(alone, runs), wide)
			if least := int(c.held * runs); apart < least || paired < least || alone < least {
				t.Errorf("%s, %d blocks: of %d, %d held, %d paired and %d of shares, want %d", c.name, n, runs, apart, paired, alone, least)
			}
			if most := map[int]float64{8: c.wide8, 15: c.wide15}[n]; wide > most {
				t.Errorf("%s, %d blocks: the median width is %.2f, want at most %v", c.name, n, wide, most)
			}
		}
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

func count(in *Interval, truth float64) int {
	if in.Low <= truth && truth <= in.High {
		return 1
	}
	return 0
}

// The bounds of a rate hold the truth where blocks follow each other, and few blocks that seem to do so by chance
// do not make them useless.
func TestCoverageOfRates(t *testing.T) {
	const runs = 300
	for _, c := range []struct{ rho, held, wide8, wide15 float64 }{{0, 0.97, 3.2, 2.6}, {0.3, 0.95, 3.2, 3.3}, {0.6, 0.91, 3.2, 3.5}} {
		for _, n := range []int{8, 15} {
			t.Run(fmt.Sprintf("ρ %.1f, %d blocks", c.rho, n), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, uint64(n)))
				held, ratios := 0, 0
				var factors []float64
				for range runs {
					head, base := drifting(rng, n, c.rho), drifting(rng, n, c.rho)
					in := RateOf(head).Bounds(0.025)
					held += count(in, 100)
					factors = append(factors, math.Log(in.High/in.Low))
					ratios += count(RatioOf(head, base, 0.025).Interval, 1)
				}
				slices.Sort(factors)
				// 9 of 10 are no wider than so many times Student's interval of independent blocks, on average.
				wide := factors[len(factors)*9/10] / 2 / (0.05 / math.Sqrt(float64(n)) * studentT(0.025, float64(n-1)))
				t.Logf("held %.1f%%, ratios %.1f%%, 9 of 10 at most %.2f times as wide", percent(held, runs), percent(ratios, runs), wide)
				if least := int(c.held * runs); held < least || ratios < least {
					t.Errorf("of %d, %d held, and %d of ratios, want %d", runs, held, ratios, least)
				}
				if most := map[int]float64{8: c.wide8, 15: c.wide15}[n]; wide > most {
					t.Errorf("9 of 10 are up to %.2f times as wide, want at most %v", wide, most)
				}
			})
		}
	}
}

// drifting are counts per second whose mean is 100, by an autoregression with a standard deviation of 5%.
func drifting(rng *rand.Rand, n int, rho float64) []Cluster {
	blocks, v := make([]Cluster, n), rng.NormFloat64()
	for i := range blocks {
		blocks[i] = Cluster{100 * (1 + 0.05*v), 1}
		v = rho*v + math.Sqrt(1-rho*rho)*rng.NormFloat64()
	}
	return blocks
}

// Eight blocks a side, in which none of 291 prompts failed and 31 of 280, tell that the latter fail more, however
// the failures happen to follow each other. Intervals went from −14 to +36 percentage points.
func TestFewBlocksTellAPlainDifference(t *testing.T) {
	for name, failed := range map[string][]float64{
		"evenly":      {5, 3, 4, 2, 6, 4, 3, 4},
		"in waves":    {2, 3, 5, 6, 5, 4, 3, 3},
		"ever more":   {1, 2, 3, 4, 4, 5, 6, 6},
		"alternating": {6, 2, 6, 2, 5, 2, 6, 2},
	} {
		var head, base []Cluster
		for _, n := range failed {
			head, base = append(head, Cluster{n, 35}), append(base, Cluster{0, 291. / 8})
		}
		for which, d := range map[string]ShareDifference{"apart": DifferenceOf(head, base), "paired": PairedDifferenceOf(head, base)} {
			in := d.Bounds(0.025)
			t.Logf("%s, %s: %.1f to %.1f points, p %.2g", name, which, in.Low*100, in.High*100, d.TwoSided())
			if math.Abs(d.Value-31./280) > 1e-12 || in.Low < 0.03 || in.High > 0.21 || d.TwoSided() > 0.02 {
				t.Errorf("%s, %s: %v in %+v with p %v", name, which, d.Value, *in, d.TwoSided())
			}
		}
	}
}

// The bounds of a difference and its p never contradict each other.
func TestDifferencesAgreeWithTheirP(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		f := failing{share: 0.1 * rng.Float64(), prompts: 100, together: 1}
		for _, d := range []ShareDifference{DifferenceOf(f.draw(rng, 8), f.draw(rng, 12)), PairedDifferenceOf(f.draw(rng, 8), f.draw(rng, 8))} {
			in := d.Bounds(0.025)
			if excluded := in.Low > 0 || in.High < 0; excluded != (d.TwoSided() <= 0.05) || d.Value <= 0 && d.Greater() < 0.499 {
				t.Fatalf("%+v has p %v, %v", *in, d.TwoSided(), d.Greater())
			}
		}
	}
}

func TestDifferenceEdges(t *testing.T) {
	none, all, some := make([]Cluster, 8), make([]Cluster, 8), make([]Cluster, 8)
	for i := range none {
		none[i], all[i], some[i] = Cluster{0, 100}, Cluster{100, 100}, Cluster{20, 100}
	}
	for name, c := range map[string]struct {
		head, base       []Cluster
		value, low, high float64
		most             float64
	}{
		"none against none": {none, none, 0, -0.0046, 0.0046, 1},
		"all against all":   {all, all, 0, -0.0046, 0.0046, 1},
		"all against none":  {all, none, 1, 0.9935, 1, 1e-9},
		"none against all":  {none, all, -1, -1, -0.9935, 1e-9},
		"without spread":    {some, some, 0, -0.0523, 0.0523, 1},
	} {
		for _, d := range []ShareDifference{DifferenceOf(c.head, c.base), PairedDifferenceOf(c.head, c.base)} {
			in := d.Bounds(0.025)
			near(t, name+": value", d.Value, c.value, 1e-12)
			near(t, name+": low", in.Low, c.low, 1e-3)
			near(t, name+": high", in.High, c.high, 1e-3)
			if p := d.TwoSided(); p > c.most || c.most == 1 && p != 1 {
				t.Errorf("%s: p is %v, want %v", name, p, c.most)
			}
		}
	}
	if d := DifferenceOf(none[:5], all); d.Bounds(0.025) != nil || d.TwoSided() != 1 || d.Value != -1 {
		t.Errorf("five blocks have %+v", d.Bounds(0.025))
	}
	if d := DifferenceOf(make([]Cluster, 8), all); d.Bounds(0.025) != nil || d.Greater() != 1 {
		t.Errorf("blocks without trials have %+v", d.Bounds(0.025))
	}
}
