// Package stat has the statistics of comparisons by block: the Wilcoxon signed-rank test with
// the Hodges–Lehmann estimate, permutation tests, rates with their bounds, and Holm's method.
// It is pure: no clock, no randomness, and no input is changed.
package stat

// MinValues is the fewest values that get a p or an interval. With fewer than 6 no
// two-sided signed-rank test reaches 5%, as its smallest p is 2/2ⁿ.
const MinValues = 6

// ExactLimit is the most values for which the distribution of the signed-rank
// statistic is enumerated; above it the normal approximation is used. The
// enumeration takes n·n(n+1) steps, about a millisecond at the limit.
const ExactLimit = 100

// MeanAndSquares returns the mean of the values, and the sum of the squares of their distances from it.
func MeanAndSquares(x []float64) (mean, squares float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, squares
}
