package stat

import (
	"math"
	"testing"
)

func TestWithoutBursts(t *testing.T) {
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		x    []float64
		kept int
	}{
		"two of ten":              {[]float64{0.1, -0.2, 0.15, -1.1, 0.1, 0.9, -0.05, 0.1, 0.1, -0.1}, 8},
		"more than a fifth":       {[]float64{0.1, -0.2, 0.15, -1.1, 0.1, 0.9, -0.05}, 7},
		"most alike":              {[]float64{0, 0, 0, 0, 5}, 5},
		"infinite ones stay":      {[]float64{0.1, -0.2, inf, 0.15, -inf, 0.1, 9, -0.05}, 7},
		"infinite ones alone":     {[]float64{inf, inf, -inf}, 3},
		"no values":               {nil, 0},
		"seven of fifteen slower": {append([]float64{1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1}, 0.01, -0.02, 0.01, -0.01, 0.02, 0.01, -0.01, 0.02), 15},
	} {
		if got := WithoutBursts(c.x); len(got) != c.kept {
			t.Errorf("%s: kept %v, want %d", name, got, c.kept)
		}
	}
}
