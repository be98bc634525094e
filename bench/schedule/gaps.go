package schedule

import (
	"fmt"
	"math"
	"math/rand/v2"

	"weighbridge/scenarios"
)

// gaps gives the distance of each arrival from the one before, and first from the
// start, where one arrival per unit is expected.
type gaps func() float64

func newGaps(o scenarios.Open, rng *rand.Rand) (gaps, error) {
	switch o.Arrivals {
	case "constant":
		return even(), nil
	case "poisson":
		return rng.ExpFloat64, nil
	case "gamma":
		return bursts(o.Burstiness, rng), nil
	}
	return nil, fmt.Errorf("load.open.arrivals: expected constant, poisson or gamma, found %q", o.Arrivals)
}

// even spaces arrivals by 1, the first at once. Whole numbers add up exactly.
func even() gaps {
	gap := 0.0
	return func() float64 {
		now := gap
		gap = 1
		return now
	}
}

// bursts draws gamma gaps with a mean of 1 and the coefficient of variation cv.
// A block begins at any moment of an endless process, so that its mean rate has no
// bias: the gap that holds such a moment is longer the more likely (a gamma gap
// weighed by its length is gamma of shape + 1), and what is left of it is any share.
func bursts(cv float64, rng *rand.Rand) gaps {
	shape, scale := 1/(cv*cv), cv*cv
	begun := false
	return func() float64 {
		if !begun {
			begun = true
			return rng.Float64() * gamma(shape+1, rng) * scale
		}
		return gamma(shape, rng) * scale
	}
}

// gamma draws from the gamma distribution of scale 1 (Marsaglia, Tsang: A Simple
// Method for Generating Gamma Variables, 2000).
func gamma(shape float64, rng *rand.Rand) float64 {
	if shape < 1 {
		return gamma(shape+1, rng) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}
