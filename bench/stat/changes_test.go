package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// directly is the energy statistic as it is defined, for slow but plain tests.
func directly(a, b []float64) float64 {
	mean := func(x, y []float64, pairs float64) (sum float64) {
		for _, v := range x {
			for _, w := range y {
				sum += math.Abs(v-w) / pairs
			}
		}
		return sum
	}
	m, n := float64(len(a)), float64(len(b))
	return m * n / (m + n) * (2*mean(a, b, m*n) - mean(a, a, m*(m-1)) - mean(b, b, n*(n-1)))
}

func TestWidestSplitOfAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 0, 14).Draw(t, "x")
		fewest := rapid.IntRange(2, 4).Draw(t, "fewest")
		best, found, tried := math.Inf(-1), false, 0.0
		for at := fewest; at < len(x); at++ {
			for end := at + fewest; end <= len(x); end++ {
				tried++
				best, found = max(best, directly(x[:at], x[at:end])), true
			}
		}
		got, ok := widestSplit(x, fewest)
		if ok != found || found && math.Abs(got.Energy-best) > 1e-9 {
			t.Fatalf("%+v %v, want %v %v", got, ok, best, found)
		}
		if tried != splits(len(x), fewest) {
			t.Fatalf("%v splits, want %v", splits(len(x), fewest), tried)
		}
		if ok && math.Abs(directly(x[:got.At], x[got.At:got.End])-got.Energy) > 1e-9 {
			t.Fatalf("%+v is not the energy there", got)
		}
	})
}

// stepped is a series of normal values of standard deviation sd around its levels.
func stepped(rng *rand.Rand, sd float64, levels ...[2]float64) (x []float64) {
	for _, l := range levels {
		for range int(l[0]) {
			x = append(x, l[1]+sd*rng.NormFloat64())
		}
	}
	return x
}

// In a series without a change, one is found with a chance of alpha at most, if its values are
// independent; whatever their distribution, about so. Where each is like the one before, more are, of
// which Rho warns.
func TestChangesInNoise(t *testing.T) {
	t.Parallel()
	normal := func(rng *rand.Rand) float64 { return rng.NormFloat64() }
	for _, c := range []struct {
		name  string
		draw  func(rng *rand.Rand) float64
		alpha float64
		most  float64
	}{
		{"normal", normal, 0.05, 0.05},
		{"normal", normal, 0.01, 0.01},
		{"with heavy tails", func(rng *rand.Rand) float64 { return rng.NormFloat64() / math.Sqrt(rng.ExpFloat64()) }, 0.05, 0.05},
		{"skewed", func(rng *rand.Rand) float64 { return math.Exp(rng.NormFloat64()) }, 0.05, 0.05},
		{"of few values", func(rng *rand.Rand) float64 { return float64(rng.IntN(3)) }, 0.05, 0.05},
		{"mostly 0", func(rng *rand.Rand) float64 { return max(rng.Float64()-0.8, 0) }, 0.001, 0.004},
		{"mostly 0", func(rng *rand.Rand) float64 { return max(rng.Float64()-0.8, 0) }, 0.05, 0.05},
	} {
		for _, n := range []int{8, 12, 30, 60} {
			runs, found := 6000/n, 0
			rng := rand.New(rand.NewPCG(uint64(n), 5))
			for range runs {
				x := make([]float64, n)
				for i := range x {
					x[i] = c.draw(rng)
				}
				if len(Changes(x, c.alpha, 1).Changes) > 0 {
					found++
				}
			}
			share, chance := float64(found)/float64(runs), 3*math.Sqrt(c.most*(1-c.most)/float64(runs))
			t.Logf("%d values, %s, α = %v: a change in %.2f%%", n, c.name, c.alpha, share*100)
			if share > c.most+chance {
				t.Errorf("%d values, %s, α = %v: a change in %.1f%%", n, c.name, c.alpha, share*100)
			}
		}
	}
}

// places are where changes were found.
func places(s *Segmentation) (at []int) {
	for _, c := range s.Changes {
		at = append(at, c.At)
	}
	return at
}

// A step that no other order of its values exceeds is found, however the orders that are tried turn out.
func TestClearStepsAreFoundByAnySeed(t *testing.T) {
	t.Parallel()
	for m := 3; m <= 8; m++ {
		for n := max(3, 8-m); n <= 8; n++ {
			rng := rand.New(rand.NewPCG(uint64(m), uint64(n)))
			x := stepped(rng, 0.01, [2]float64{float64(m), 3}, [2]float64{float64(n), 4})
			missed := 0
			for seed := range uint64(10) {
				if s := Changes(x, 0.001, seed); len(s.Changes) != 1 || s.Changes[0].At != m {
					missed++
				}
			}
			if missed > 1 {
				t.Errorf("%d values, then %d: missed with %d of 10 seeds", m, n, missed)
			}
		}
	}
}

func TestChangesFindSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		levels [][2]float64
		want   []int
	}{
		{"one, in the middle of few", [][2]float64{{4, 20}, {4, 24}}, []int{4}},
		{"one, in the middle", [][2]float64{{7, 20}, {7, 24}}, []int{7}},
		{"down", [][2]float64{{7, 24}, {7, 20}}, []int{7}},
		{"the last three", [][2]float64{{20, 20}, {3, 24}}, []int{20}},
		{"the first three", [][2]float64{{3, 20}, {20, 24}}, []int{3}},
		{"up and back", [][2]float64{{12, 20}, {5, 24}, {12, 20}}, []int{12, 17}},
		{"stairs", [][2]float64{{8, 20}, {8, 22}, {8, 24}}, []int{8, 16}},
		{"back and forth", [][2]float64{{10, 20}, {10, 24}, {10, 20}, {10, 24}}, []int{10, 20, 30}},
		{"small between large", [][2]float64{{15, 20}, {15, 40}, {15, 41.5}}, []int{15, 30}},
		{"the last one only", [][2]float64{{20, 20}, {1, 24}}, nil},
		{"one that lies apart", [][2]float64{{10, 20}, {1, 60}, {10, 20}}, nil},
	} {
		rng := rand.New(rand.NewPCG(3, 7))
		for range 4 {
			x := stepped(rng, 0.25, c.levels...)
			s := Changes(x, 0.01, 1)
			got := places(s)
			if !slices.EqualFunc(got, c.want, func(a, b int) bool { return max(a-b, b-a) <= 1 }) {
				t.Fatalf("%s: changes at %v, want %v, in %.2f", c.name, got, c.want, x)
			}
			for i, change := range s.Changes {
				if change.P > 0.01 || change.Permuted > 0.05 || s.Levels[i].Mean != change.Before || s.Levels[i+1].Mean != change.After {
					t.Errorf("%s: %+v between %+v", c.name, change, s.Levels)
				}
			}
		}
	}
}

// The intervals of differences and levels cover the truth about as often as they say, or nearly so where runs
// follow each other: as if they did not, they covered 86% at ρ = 0.3 and 62 to 77% at 0.6.
func TestIntervalsOfChangesAndLevelsCover(t *testing.T) {
	t.Parallel()
	const runs, step = 40, 6
	for _, c := range []struct {
		rho            float64
		half           int
		covered, level float64
		wide           float64 // the mean half width of a difference, in standard deviations
	}{
		{0, 5, 0.95, 0.95, 2.6},
		{0, 20, 0.93, 0.95, 0.85},
		{0.3, 10, 0.94, 0.93, 1.8},
		{0.6, 10, 0.87, 0.88, 1.9},
	} {
		rng, x := rand.New(rand.NewPCG(9, 9)), make([]float64, 2*c.half)
		found, covered, levels, held, wide := 0, 0, 0, 0, 0.0
		for range runs {
			autoregression(rng, x, c.rho)
			for i := range c.half {
				x[c.half+i] += step
			}
			s := Changes(x, 0.01, 1)
			if len(s.Changes) != 1 || s.Changes[0].At != c.half {
				continue
			}
			in := s.Changes[0].Difference.Interval
			found, covered, wide = found+1, covered+count(in, step), wide+(in.High-in.Low)/2
			levels, held = levels+2, held+count(s.Levels[0].Interval, 0)+count(s.Levels[1].Interval, step)
		}
		wide /= float64(found)
		t.Logf("ρ = %v, twice %d runs: of %d differences %d are covered, of %d levels %d; mean half width %.2f", c.rho, c.half, found, covered, levels, held, wide)
		if found < 34 || float64(covered) < c.covered*float64(found) || float64(held) < c.level*float64(levels) || wide > c.wide {
			t.Errorf("ρ = %v, twice %d runs: of %d differences %d are covered, of %d levels %d; mean half width %.2f", c.rho, c.half, found, covered, levels, held, wide)
		}
	}
}

// A series whose values are all the same, and two levels that are each so, have intervals without width.
func TestIntervalsOfLevelsWithoutSpread(t *testing.T) {
	t.Parallel()
	x := slices.Repeat([]float64{math.Log(23.7)}, 24)
	for _, step := range []float64{0, 1} {
		for i := range 12 {
			x[12+i] = x[i] + step
		}
		for _, l := range Changes(x, 0.01, 1).Levels {
			near(t, "width", l.Interval.High-l.Interval.Low, 0, 1e-9)
		}
	}
}

// Visible is a step that is seen about every second time, and a third more nearly always.
func TestVisibleStep(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 2))
	const sd = 1.0
	visible := 0.0
	for range 60 {
		visible += Changes(stepped(rng, sd, [2]float64{20, 0}), 0.01, 1).Visible / 60
	}
	for _, c := range []struct{ times, least, most float64 }{{0.5, 0, 0.2}, {1, 0.3, 0.75}, {1.5, 0.9, 1.01}} {
		seen := 0.0
		for range 60 {
			if len(Changes(stepped(rng, sd, [2]float64{10, 0}, [2]float64{10, c.times * visible}), 0.01, 1).Changes) > 0 {
				seen += 1.0 / 60
			}
		}
		if seen < c.least || seen > c.most {
			t.Errorf("a step of %v × %.2f is seen in %.0f%%, want %v to %v", c.times, visible, seen*100, c.least, c.most)
		}
	}
}

func TestChangesOfLittle(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, x := range [][]float64{nil, {1}, {1, 1, 1, 1, 9, 9, 9}, {1, 1, 1, 1, nan, 9, 9, 9}, {1, 1, 1, 1, inf, 9, 9, 9}, make([]float64, MostInSeries+1)} {
		if s := Changes(x, 0.01, 1); s != nil {
			t.Errorf("%d values: %+v", len(x), s)
		}
	}
	s := Changes(make([]float64, 20), 0.01, 1)
	if len(s.Changes) > 0 || len(s.Levels) != 1 || s.Levels[0].Mean != 0 || s.Visible != 0 || s.Rho != 0 {
		t.Errorf("a constant series is %+v", s)
	}
}

// Values that are not known are left out, and places are those among all.
func TestChangesBesideUnknownValues(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	s := Changes([]float64{nan, 1, 1.1, 1, nan, 1.1, 1, nan, nan, 2, 2.1, 2, 2.1, nan}, 0.01, 1)
	if s == nil || s.Known != 9 || fmt.Sprint(places(s)) != "[9]" {
		t.Fatalf("%+v", s)
	}
	if a, b := s.Levels[0], s.Levels[1]; a.From != 0 || a.To != 9 || a.Values != 5 || b.From != 9 || b.To != 14 || b.Values != 4 {
		t.Errorf("%+v", s.Levels)
	}
}

func TestChangesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	x := stepped(rand.New(rand.NewPCG(4, 4)), 1, [2]float64{10, 0}, [2]float64{10, 4}, [2]float64{10, 0})
	before := slices.Clone(x)
	first, again := Changes(x, 0.01, 7), Changes(x, 0.01, 7)
	if fmt.Sprintf("%+v", first.Changes[0].Permuted) != fmt.Sprintf("%+v", again.Changes[0].Permuted) || !slices.Equal(places(first), places(again)) {
		t.Errorf("%+v, then %+v", first, again)
	}
	if !slices.Equal(x, before) {
		t.Error("the series was changed")
	}
	// The order of the units does not matter: a series in other units changes at the same places.
	for i := range x {
		x[i] = 1000 * x[i]
	}
	if scaled := Changes(x, 0.01, 7); !slices.Equal(places(scaled), places(first)) || math.Abs(scaled.Changes[0].P/first.Changes[0].P-1) > 1e-6 {
		t.Errorf("%+v in other units, %+v", scaled, first)
	}
}

// Runs that are each like the one before look like changes; Rho tells.
func TestChangesOfWanderingValues(t *testing.T) {
	t.Parallel()
	rng, rho, found := rand.New(rand.NewPCG(5, 5)), 0.0, 0
	x := make([]float64, 40)
	for range 25 {
		autoregression(rng, x, 0.6)
		s := Changes(x, 0.01, 1)
		found += len(s.Changes)
		rho += s.Rho / 25
	}
	t.Logf("%d changes in 25 series, ρ = %.2f", found, rho)
	if rho < 0.25 {
		t.Errorf("ρ is %.2f on average", rho)
	}
}

func TestChangesOfTheLongestSeries(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var levels [][2]float64
	var want []int
	for i := range 10 {
		levels = append(levels, [2]float64{MostInSeries / 10, float64(i % 3 * 4)})
		want = append(want, MostInSeries/10*(i+1))
	}
	x := stepped(rng, 1, levels...)
	s := Changes(x, 0.01, 1)
	if !slices.EqualFunc(places(s), want[:9], func(a, b int) bool { return max(a-b, b-a) <= 1 }) {
		t.Errorf("%v, want %v", places(s), want[:9])
	}
}

func BenchmarkChanges(b *testing.B) {
	for _, n := range []int{12, 100, 1000} {
		x := stepped(rand.New(rand.NewPCG(6, 6)), 1, [2]float64{float64(n / 2), 0}, [2]float64{float64(n / 2), 5})
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Changes(x, 0.01, 1)
			}
		})
	}
}
