package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// holdsUpTo is a target that holds all rates up to c, and records its probes.
func holdsUpTo(c float64, probes *[]float64) func(float64) (bool, bool) {
	return func(rate float64) (bool, bool) {
		*probes = append(*probes, rate)
		return rate <= c, true
	}
}

func TestSearch(t *testing.T) {
	s := search{from: 10, to: 1000, precision: 0.02, confirm: 3}
	for _, c := range []struct {
		name      string
		capacity  float64
		low, high float64 // 0 if there is no such end
	}{
		{"within the range", 200, 199, 201},
		{"just above from", 10.01, 10, 10.2},
		{"exactly from", 10, 10, 10.2},
		{"below the range", 9.9, 0, 10},
		{"just under to", 999, 999, 1000},
		{"exactly to", 1000, 1000, 0},
		{"far above the range", 1e6, 1000, 0},
	} {
		var probes []float64
		b := s.run(holdsUpTo(c.capacity, &probes))
		if !b.confirmed || b.low > c.capacity || (b.low == 0) != (c.low == 0) || (b.high == 0) != (c.high == 0) {
			t.Errorf("%s: %+v", c.name, b)
		}
		if b.high > 0 && (b.high <= c.capacity || b.low > 0 && b.high/b.low > 1.02) {
			t.Errorf("%s: the bracket %+v does not contain %v with the precision", c.name, b, c.capacity)
		}
		if len(probes) > s.maxProbesWithoutNoise() {
			t.Errorf("%s: %d probes, want at most %d: %v", c.name, len(probes), s.maxProbesWithoutNoise(), probes)
		}
	}
}

// A misleading probe is corrected when the ends are confirmed.
func TestSearchCorrectsMisleadingProbes(t *testing.T) {
	s := search{from: 10, to: 1000, precision: 0.02, confirm: 3}
	for _, c := range []struct {
		name   string
		result func(n int, rate float64, held bool) bool
	}{
		{"the first probe fails by chance", func(n int, _ float64, held bool) bool { return held && n != 0 }},
		{"a rate far below fails by chance", func(n int, _ float64, held bool) bool { return held && n != 3 }},
		{"a rate above holds by chance", func(n int, _ float64, held bool) bool { return held || n == 5 }},
		{"two misleading probes during bisection", func(n int, _ float64, held bool) bool { return held != (n == 6 || n == 8) }},
	} {
		n := -1
		b := s.run(func(rate float64) (bool, bool) {
			n++
			return c.result(n, rate, rate <= 200), true
		})
		if !b.confirmed || b.low > 200 || b.high <= 200 || b.high/b.low > 1.021 {
			t.Errorf("%s: %+v after %d probes", c.name, b, n+1)
		}
	}
}

func TestEndedSearchReturnsItsBracketUnconfirmed(t *testing.T) {
	s := search{from: 10, to: 1000, precision: 0.02, confirm: 3}
	for after := range 20 {
		n := 0
		b := s.run(func(rate float64) (bool, bool) {
			n++
			return rate <= 200, n <= after
		})
		if n <= after {
			return // the search was complete
		}
		if b.confirmed || b.low > 200 || b.high != 0 && b.high <= 200 || n != after+1 {
			t.Errorf("ended after %d: %+v", after, b)
		}
	}
	t.Error("no search was complete within 20 probes")
}

// anySearch draws a search and a capacity that may lie outside its range.
func anySearch(t *rapid.T) (search, float64) {
	from := rapid.Float64Range(0.01, 1000).Draw(t, "from")
	s := search{
		from: from, to: from * rapid.Float64Range(1.001, 10000).Draw(t, "span"),
		precision: rapid.Float64Range(0.001, 1).Draw(t, "precision"), confirm: rapid.IntRange(1, 10).Draw(t, "confirm"),
	}
	return s, s.from * math.Exp(rapid.Float64Range(-1, 1.1).Draw(t, "where")*math.Log(s.to/s.from))
}

func TestSearchFindsAnyCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, capacity := anySearch(t)
		var probes []float64
		b := s.run(holdsUpTo(capacity, &probes))
		if !b.confirmed || b.low > capacity || b.high > 0 && b.high <= capacity {
			t.Fatalf("%+v does not contain %v", b, capacity)
		}
		if b.low == 0 && b.high != s.from || b.high == 0 && b.low != s.to {
			t.Fatalf("%+v has one end that is not an end of the range", b)
		}
		if b.low > 0 && b.high > b.low*(1+s.precision) {
			t.Fatalf("%+v is wider than %v", b, s.precision)
		}
		if len(probes) > s.maxProbesWithoutNoise() {
			t.Fatalf("%d probes, want at most %d", len(probes), s.maxProbesWithoutNoise())
		}
		if slices.Min(probes) < s.from || slices.Max(probes) > s.to {
			t.Fatalf("a probe is outside the range: %v", probes)
		}
	})
}

// A target with more capacity never gets a lower result.
func TestSearchIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, capacity := anySearch(t)
		var probes []float64
		less := s.run(holdsUpTo(capacity, &probes))
		more := s.run(holdsUpTo(capacity*rapid.Float64Range(1, 3).Draw(t, "more"), &probes))
		if more.low < less.low {
			t.Fatalf("more capacity gives %+v, less gives %+v", more, less)
		}
	})
}

// Rates in a band around the capacity hold or fail by chance. The bracket still overlaps
// the band, and the number of probes is bounded.
func TestSearchInNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, capacity := anySearch(t)
		band := 1 + rapid.Float64Range(0, 0.3).Draw(t, "band")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var probes []float64
		b := s.run(func(rate float64) (bool, bool) {
			probes = append(probes, rate)
			if rate > capacity*band || rate < capacity/band {
				return rate < capacity, true
			}
			return rng.Float64() < 0.5, true
		})
		if b.low > capacity*band || b.high > 0 && b.high < capacity/band {
			t.Fatalf("%+v does not overlap %v ×÷ %v", b, capacity, band)
		}
		if b.high > 0 && b.high <= b.low || len(probes) > s.maxProbes() {
			t.Fatalf("%+v after %d probes, want at most %d", b, len(probes), s.maxProbes())
		}
		// A confirmed rate was among the last probes.
		if n := len(probes); b.confirmed && b.low > 0 && !slices.Contains(probes[max(0, n-s.confirm-1):], b.low) {
			t.Fatalf("%+v was not confirmed: %v", b, probes)
		}
	})
}

// A search ends whatever its probes report.
func TestSearchEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := anySearch(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		n := 0
		b := s.run(func(float64) (bool, bool) {
			n++
			return rng.Float64() < share, true
		})
		if n > s.maxProbes() || b.high > 0 && b.high <= b.low {
			t.Fatalf("%+v after %d probes, want at most %d", b, n, s.maxProbes())
		}
	})
}
