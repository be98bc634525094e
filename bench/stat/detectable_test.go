package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// In simulation the test detects the shift about as often as power says.
func TestDetectableShift(t *testing.T) {
	const power, runs = 0.95, 1000
	for _, c := range []struct {
		n     int
		alpha float64
	}{{6, 0.05}, {12, 0.01 / 16}, {15, 0.01}, {15, 0.01 / 16}, {15, 0.002 / 20}, {30, 0.01 / 16}, {45, 0.005 / 20}} {
		shift := DetectableShift(c.n, c.alpha, power)
		rng := rand.New(rand.NewPCG(1, uint64(c.n)))
		x, seen := make([]float64, c.n), 0
		for range runs {
			for i := range x {
				x[i] = shift + rng.NormFloat64()
			}
			if SignedRank(x).Greater <= c.alpha {
				seen++
			}
		}
		if got := float64(seen) / runs; math.Abs(got-power) > 0.025 {
			t.Errorf("%d values at %.2g, shifted by %.3f: detected in %.1f%%, want about %.0f%%", c.n, c.alpha, shift, got*100, power*100)
		}
	}
}

func TestDetectableShiftIsInfiniteForTooFewValues(t *testing.T) {
	for _, c := range []struct {
		n     int
		alpha float64
	}{{0, 0.05}, {5, 0.5}, {10, 0.01 / 16}} {
		if got := DetectableShift(c.n, c.alpha, 0.95); !math.IsInf(got, 1) {
			t.Errorf("%d values at %.2g: got %v, want +Inf", c.n, c.alpha, got)
		}
	}
}
