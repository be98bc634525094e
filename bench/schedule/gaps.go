package schedule

import (
	"fmt"
	"math"
	"math/rand/v2"

	"weighbridge/scenarios"
)

// gaps returns the gap before each arrival, and first the one from the start of the
// block. The mean gap is 1.
type gaps func() float64

func newGaps(o scenarios.Open, rng *rand.Rand) (gaps, error) {
	switch o.Arrivals {
	case "constant":
		return constantGaps(), nil
	case "poisson":
		return rng.ExpFloat64, nil
	case "gamma":
		return gammaGaps(o.Burstiness, rng), nil
	}
	return nil, fmt.Errorf("load.open.arrivals: expected constant, poisson or gamma, found %q", o.Arrivals)
}

// constantGaps are 0 and then always 1: whole numbers add up exactly.
func constantGaps() gaps {
	gap := 0.0
	return func() float64 {
		now := gap
		gap = 1
		return now
	}
}

// gammaGaps have the coefficient of variation cv.
//
// A block begins at a random moment of an endless (stationary) process, so that its
// mean rate is unbiased. The gap around a random moment is length-biased: for gamma
// gaps it is gamma with shape + 1. The first arrival is at a uniform share of it.
func gammaGaps(cv float64, rng *rand.Rand) gaps {
	shape, scale := 1/(cv*cv), cv*cv
	started := false
	return func() float64 {
		if !started {
			started = true
			return rng.Float64() * gamma(shape+1, rng) * scale
		}
		return gamma(shape, rng) * scale
	}
}

// gamma draws from the gamma distribution with scale 1 (Marsaglia and Tsang, A Simple
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
