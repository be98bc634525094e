package stat

import (
	"math"
	"slices"
)

// BurstFactor is how many times the median magnitude a value must exceed to be a burst.
const BurstFactor = 4

// WithoutBursts are the values without those whose magnitude is over BurstFactor times the
// median magnitude. Only magnitudes decide which values go, so that the sign of each that
// stays is still as likely + as − where nothing differs, and a test of signs stays exact.
// A normal value goes with a chance of 0.7%.
func WithoutBursts(x []float64) []float64 {
	magnitudes := make([]float64, len(x))
	for i, v := range x {
		magnitudes[i] = math.Abs(v)
	}
	slices.Sort(magnitudes)
	limit := BurstFactor * magnitudes[len(x)/2]
	if limit == 0 { // at least half are 0: none is a burst
		return x
	}
	return slices.DeleteFunc(slices.Clone(x), func(v float64) bool { return math.Abs(v) > limit })
}
