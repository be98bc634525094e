package fault_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"weighbridge/mockserver/fault"
)

// If these values change, every seed gives different faults.
func TestRandomSourceIsPinned(t *testing.T) {
	for _, test := range []struct {
		seed    uint64
		name    string
		attempt uint64
		index   int
		want    uint64
	}{
		{0, "errors", 0, 0, 0x06d3d18b3c299623},
		{1, "errors", 1, 0, 0x140c7f99f76695c1},
		{1, "errors", 2, 0, 0xda45c6a7314bed89},
		{1, "item_errors", 1, 9, 0x2eda28df15c533c4},
		{42, "reset", 1 << 40, 0, 0xbce4c83cb680986b},
	} {
		if got := fault.NewRandomSource(test.seed, test.name).Bits(test.attempt, test.index); got != test.want {
			t.Errorf("{%d, %q, %d, %d} draws %#x, want %#x", test.seed, test.name, test.attempt, test.index, got, test.want)
		}
	}
}

func TestRandomSourceIgnoresGoroutineOrder(t *testing.T) {
	const attempts = 10_000
	want := make([]float64, attempts)
	for i := range want {
		want[i] = fault.NewRandomSource(7, "errors").At(uint64(i))
	}
	got := make([]float64, attempts)
	source := fault.NewRandomSource(7, "errors")
	var all sync.WaitGroup
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(attempts) {
		all.Go(func() { got[i] = source.At(uint64(i)) })
	}
	all.Wait()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("attempt %d has %v, but alone %v", i, got[i], want[i])
		}
	}
}

// The numbers of successive attempts, indexes and seeds are uniform: each tenth of the
// interval has its share of them, within 5 standard deviations.
func TestRandomSourceIsUniform(t *testing.T) {
	const draws = 100_000
	base := fault.NewRandomSource(1, "errors")
	for name, draw := range map[string]func(i int) float64{
		"attempts": func(i int) float64 { return base.At(uint64(i)) },
		"indexes":  func(i int) float64 { return base.AtIndex(1, i) },
		"seeds":    func(i int) float64 { return fault.NewRandomSource(uint64(i), "errors").At(1) },
		"far":      func(i int) float64 { return base.At(uint64(i) << 32) },
	} {
		t.Run(name, func(t *testing.T) {
			var deciles [10]float64
			for i := range draws {
				u := draw(i)
				if u < 0 || u >= 1 {
					t.Fatalf("draw %d is %v", i, u)
				}
				deciles[int(u*10)]++
			}
			for i, n := range deciles {
				if off := math.Abs(n - draws/10); off > 5*math.Sqrt(draws*0.1*0.9) {
					t.Errorf("decile %d holds %v of %d", i, n, draws)
				}
			}
		})
	}
}

// Different faults must not hit the same attempts, nor one fault successive ones.
func TestRandomSourcesAreIndependent(t *testing.T) {
	const draws = 100_000
	a, b, c := fault.NewRandomSource(1, "errors"), fault.NewRandomSource(1, "reset"), fault.NewRandomSource(2, "errors")
	for name, pair := range map[string]func(i uint64) (float64, float64){
		"names":      func(i uint64) (float64, float64) { return a.At(i), b.At(i) },
		"seeds":      func(i uint64) (float64, float64) { return a.At(i), c.At(i) },
		"neighbours": func(i uint64) (float64, float64) { return a.At(i), a.At(i + 1) },
		"indexes":    func(i uint64) (float64, float64) { return a.AtIndex(i, 0), a.AtIndex(i, 1) },
		"diagonal":   func(i uint64) (float64, float64) { return a.AtIndex(i, 1), a.AtIndex(i+1, 0) },
	} {
		var sum float64
		for i := range uint64(draws) {
			u, v := pair(i)
			sum += (u - 0.5) * (v - 0.5)
		}
		// For independent numbers the mean product is 0, with the standard error 1/12/√n.
		if correlation := sum / draws * 12; math.Abs(correlation) > 5/math.Sqrt(draws) {
			t.Errorf("%s are correlated by %v", name, correlation)
		}
	}
}
