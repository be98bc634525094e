package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Averaged is how far the mean of the values of blocks, each a difference of two arms, lies from 0.
type Averaged struct {
	// Estimate is the mean, with bounds by Student's t. Its interval is nil for fewer than
	// MinValues values.
	Estimate
	// Greater and TwoSided are the p's, in (0,1], against the alternatives that the mean lies
	// above 0, or on either side.
	Greater, TwoSided float64
	Serial
}

// OfMeans compares blocks by SignFlip and by their mean, with bounds of the one-sided alpha each.
// Where the values follow each other, so that they are worth fewer, the p's have to hold by
// Student's t with the widened standard error as well. shared is of the gate that x is of; of its
// correlation nothing is used. It returns nil for no values.
func OfMeans(x []float64, alpha float64, shared Shared) *Averaged {
	n := len(x)
	if n == 0 {
		return nil
	}
	test, mean := SignFlip(x), 0.0
	for _, v := range x {
		mean += v / float64(n)
	}
	a := &Averaged{Estimate: Estimate{Value: mean}, Greater: test.Greater, TwoSided: test.TwoSided, Serial: independent(n)}
	if n < MinValues {
		return a
	}
	shared.Rho = math.Inf(-1) // few failures tell nothing of how those of other arms follow each other
	a.Serial = serialOf(x, n, shared)
	square := 0.0
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(square / float64(n-1) / float64(n))
	if a.Sure < float64(n) && sd > 0 {
		student := distuv.StudentsT{Sigma: sd * Widening(n, a.Sure), Nu: Freedom(a.Sure)}
		a.Greater = max(a.Greater, student.Survival(mean))
		a.TwoSided = max(a.TwoSided, min(1, 2*student.Survival(math.Abs(mean))))
	}
	reach := studentT(alpha, Freedom(a.Worth)) * sd * Widening(n, a.Worth)
	a.Interval = &Interval{Low: mean - reach, High: mean + reach, Confidence: 1 - 2*alpha}
	return a
}
