package stat

import (
	"math"
	"slices"
)

// BurstFactor is how many times the median magnitude a value must exceed to be a burst.
const BurstFactor = 4

// MostBursts is the largest share of values that can be bursts. If more values are that large, it is how
// the values are distributed, and no disturbance.
const MostBursts = 0.2

// WithoutBursts returns the values without bursts: those whose magnitude is over BurstFactor times
// the median magnitude of the finite values, unless they are more than MostBursts of all.
// Infinite values are never bursts: they are known to be extreme. Only magnitudes decide which values
// are left out. If nothing differs, the sign of each value that stays is therefore still + or − with the
// same chance, and a test of signs stays exact. A normal value is left out with a chance of 0.7%.
func WithoutBursts(x []float64) []float64 {
	var magnitudes []float64
	for _, v := range x {
		if !math.IsInf(v, 0) {
			magnitudes = append(magnitudes, math.Abs(v))
		}
	}
	if len(magnitudes) == 0 {
		return x
	}
	slices.Sort(magnitudes)
	limit := BurstFactor * magnitudes[len(magnitudes)/2]
	if limit == 0 { // at least half are 0: none is a burst
		return x
	}
	calm := slices.DeleteFunc(slices.Clone(x), func(v float64) bool { return math.Abs(v) > limit && !math.IsInf(v, 0) })
	if float64(len(x)-len(calm)) > MostBursts*float64(len(x)) {
		return x
	}
	return calm
}
