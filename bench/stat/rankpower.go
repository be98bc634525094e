package stat

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// SignedRankSees is how far above 0, in standard deviations, n values from a normal
// distribution must lie for SignedRank's Greater to be at most alpha with a chance of
// power, in (0.5,1): endless where n values cannot reach alpha. The normal approximation of
// the test is too hopeful by a third with 15 values at 0.0006, as its distribution ends; this
// one has the exact critical value, and a gamma distribution with the moments that
// the rank sum then has (Hettmansperger, Statistical Inference Based on Ranks, 1984, §2.5).
// It is within 4% from 12 values on.
func SignedRankSees(n int, alpha, power float64) float64 {
	critical := criticalRankSum(n, alpha)
	if n < MinValues || critical < 0 {
		return math.Inf(1)
	}
	const most, steps = 8.0, 8000
	at := sort.Search(steps, func(i int) bool {
		mean, variance := negativeRankSum(float64(n), float64(i)*most/steps)
		gamma := distuv.Gamma{Alpha: mean * mean / variance, Beta: mean / variance}
		return gamma.CDF(float64(critical)+0.5) >= power
	})
	return float64(at) * most / steps
}

// criticalRankSum is the largest sum of the ranks of the negative values whose p is at
// most alpha; less than 0 where none is.
func criticalRankSum(n int, alpha float64) int {
	ranks := make([]int, n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	below := 0.0
	for sum, p := range nullDistribution(ranks) {
		if below += p; below > alpha {
			return sum - 1
		}
	}
	return n * (n + 1) / 2
}

// negativeRankSum is the mean and variance of the sum of the ranks of the negative
// values, of n normal ones with standard deviation 1 and the mean shift.
func negativeRankSum(n, shift float64) (mean, variance float64) {
	normal := distuv.UnitNormal
	one := normal.CDF(-shift)              // that a value is below 0
	sum := normal.CDF(-shift * math.Sqrt2) // that the sum of two is
	oneAndSum := (sum + one*one) / 2       // that a value and its sum with another are
	sums := 0.0                            // that the sums of a value with two others are
	const step = 1.0 / 4                   // of a sum whose error is far below what is asked
	for z := -8.0; z <= 8; z += step {
		c := normal.CDF(z - 2*shift)
		sums += step * normal.Prob(z) * c * c
	}
	mean = n*one + n*(n-1)/2*sum
	variance = n*one*(1-one) + n*(n-1)/2*sum*(1-sum) + 2*n*(n-1)*(oneAndSum-one*sum) + n*(n-1)*(n-2)*(sums-sum*sum)
	return mean, variance
}
