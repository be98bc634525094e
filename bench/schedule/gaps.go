package schedule

import (
	"fmt"
	"math"
	"math/rand/v2"

	"weighbridge/scenarios"
)

// positions returns, call by call, the positions of the prompts of a block, ascending from 0 and
// less than the number of prompts expected in a block. It returns false after the last.
type positions func() (float64, bool)

// newPositions returns the positions of a block in which the given number of prompts is expected.
func newPositions(o scenarios.Open, block int, expected float64, random func(block int) *rand.Rand) (positions, error) {
	switch o.Arrivals {
	case "constant":
		return constantPositions(block, expected), nil
	case "poisson": // it has no memory, so that every block can be drawn by itself
		return positionsBetween(0, expected, random(block).ExpFloat64), nil
	case "gamma":
		blocks := blocksPerStretch(expected)
		nth := block % blocks
		next := gammaGaps(o.Burstiness, random(block-nth))
		return positionsBetween(float64(nth)*expected, float64(nth+1)*expected, next), nil
	}
	return nil, fmt.Errorf("load.open.arrivals: expected constant, poisson or gamma, found %q", o.Arrivals)
}

// constantPositions returns the whole numbers of the run's positions that lie in the block.
func constantPositions(block int, expected float64) positions {
	start, next, end := float64(block)*expected, firstWhole(block, expected), firstWhole(block+1, expected)
	return func() (float64, bool) {
		if next >= end {
			return 0, false
		}
		position := max(next-start, 0)
		next++
		return position, true
	}
}

// firstWhole returns the first whole number in a block. One that is at the end of a block but for
// a rounding error belongs to the next.
func firstWhole(block int, expected float64) float64 {
	const roundingError = 1e-6
	return math.Ceil(float64(block)*expected - roundingError)
}

// minStretch is the number of prompts that a stretch of bursts is expected to have at least.
const minStretch = 1000

// blocksPerStretch returns how many blocks are drawn as one, so that bursts can be longer than a
// block. It is limited because a block is drawn from the start of its stretch, however many blocks
// the run comes to have.
func blocksPerStretch(expected float64) int {
	return int(max(math.Ceil(minStretch/expected), 1))
}

// gaps returns the gap before each arrival, and first the one from the start. The mean gap is 1.
type gaps func() float64

// positionsBetween returns the positions from start (inclusive) to end (exclusive), less start.
func positionsBetween(start, end float64, next gaps) positions {
	position := 0.0
	return func() (float64, bool) {
		for {
			position += next()
			if position >= end {
				return 0, false
			}
			if position >= start {
				return position - start, true
			}
		}
	}
}

// gammaGaps have the coefficient of variation cv.
//
// They begin at a random moment of an endless (stationary) process, so that their mean
// rate is unbiased. The gap around a random moment is length-biased: for gamma
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
