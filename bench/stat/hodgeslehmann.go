package stat

import (
	"math"
	"slices"
)

// Estimate is an estimate with its confidence interval.
type Estimate struct {
	Value float64
	// Interval is nil for fewer than MinValues values, or if so few cannot
	// reach the confidence asked for.
	Interval *Interval
}

// Interval is a confidence interval, bounds included.
type Interval struct {
	Low, High float64
	// Confidence is its actual level, 0…1: at least the level asked for, and more where the
	// steps of the exact distribution make it so.
	Confidence float64
}

// widen moves the bounds to so many times their distance from a value between them. It changes nothing if the
// value is infinite or NaN.
func (in *Interval) widen(value, times float64) {
	if !math.IsInf(value, 0) && !math.IsNaN(value) {
		in.Low, in.High = value-times*(value-in.Low), value+times*(in.High-value)
	}
}

// HodgesLehmann estimates the centre of x by the median of its Walsh averages, with the
// signed-rank interval of at least the confidence given (0…1), such as 0.95: order statistics
// of the Walsh averages, chosen by the exact distribution up to ExactLimit values and by its
// normal approximation above (Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed.,
// §3.2 and §3.3). Values may be infinite. It returns nil for no values.
func HodgesLehmann(x []float64, confidence float64) *Estimate {
	if len(x) == 0 {
		return nil
	}
	walsh := walshAverages(x)
	e := &Estimate{Value: median(walsh)}
	if len(x) < MinValues {
		return e
	}
	e.Interval = rankInterval(walsh, confidence)
	return e
}

// walshAverages returns the sorted means of all pairs of values in x, including each value paired
// with itself.
func walshAverages(x []float64) []float64 {
	walsh := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i, a := range x {
		for _, b := range x[i:] {
			walsh = append(walsh, halfway(a, b))
		}
	}
	slices.Sort(walsh)
	return walsh
}

// halfway is the mean of two values; of the two infinities it is 0. An infinite value is one that
// is larger, or smaller, than any other by an unknown amount, so that one of either sign shows
// no difference in either direction.
func halfway(a, b float64) float64 {
	if math.IsInf(a, 0) && a == -b {
		return 0
	}
	return a/2 + b/2 // halved first: a sum could overflow
}

// Difference is a−b; 0 between two infinite values of the same sign.
func Difference(a, b float64) float64 {
	if a == b {
		return 0
	}
	return a - b
}

func median(sorted []float64) float64 {
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return halfway(sorted[mid-1], sorted[mid])
}

// trimmed is how many Walsh averages an interval leaves out at either end so that
// each tail has at most alpha, and the confidence of that interval; -1 if even the interval
// that leaves out none has too little.
func trimmed(n int, alpha float64) (skip int, confidence float64) {
	if n > ExactLimit {
		return normalTrim(firstRanks(n), alpha)
	}
	return trimmedBy(nullDistribution(firstRanks(n)), alpha)
}

// trimmedBy is trimmed by the exact null distribution.
func trimmedBy(null []float64, alpha float64) (skip int, confidence float64) {
	skip, tail := -1, 0.0
	for v, p := range null {
		if tail+p > alpha {
			break
		}
		tail += p
		skip = v
	}
	return skip, 1 - 2*tail
}

// normalTrim is trimmed by the normal approximation.
func normalTrim(ranks []int, alpha float64) (skip int, confidence float64) {
	mean, sd := moments(doubled(ranks))
	z := -math.Sqrt2 * math.Erfinv(2*alpha-1)
	skip = int(math.Floor(mean - 0.5 - z*sd))
	return skip, 1 - 2*normalTail((mean-0.5-float64(skip))/sd)
}
