package stat

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

// Shifted is an estimate of how far one sample lies above another.
type Shifted struct {
	// Estimate is the Hodges–Lehmann shift, the median of all differences, with the
	// interval of the rank-sum test, widened because values may follow each other.
	Estimate
	// P is the two-sided p of the Mann–Whitney test or, if that is larger, the one at which the
	// interval begins to include 0.
	P float64
}

// Shift compares two independent samples (Hollander & Wolfe, Nonparametric Statistical
// Methods, 2nd ed., §4.1 to §4.3), each in the order of time, as its values may follow each other. The
// interval is of at least the confidence given by the normal approximation of the
// rank-sum. Values may be infinite. It returns nil if either is empty or holds a NaN, which
// has no rank, and no interval and a p of 1 if either has fewer than MinValues values.
func Shift(head, base []float64, confidence float64) *Shifted {
	if len(head) == 0 || len(base) == 0 || slices.ContainsFunc(head, math.IsNaN) || slices.ContainsFunc(base, math.IsNaN) {
		return nil
	}
	differences := make([]float64, 0, len(head)*len(base))
	for _, a := range head {
		for _, b := range base {
			differences = append(differences, Difference(a, b))
		}
	}
	slices.Sort(differences)
	s := &Shifted{Estimate: Estimate{Value: median(differences)}, P: 1}
	if len(head) < MinValues || len(base) < MinValues {
		return s
	}
	if test, err := stats.MannWhitneyUTest(head, base, stats.LocationDiffers); err == nil { // else all are equal
		s.P = test.P
	}
	bounds := rankSumBounds{s.Value, differences, float64(len(head)), float64(len(base)), [2]following{followingOf(head), followingOf(base)}}
	s.Interval = bounds.at((1 - confidence) / 2)
	s.P = max(s.P, min(1, 2*beginsAt(leastTail, func(alpha float64) bool {
		in := bounds.at(alpha)
		return in != nil && (in.Low > 0 || in.High < 0)
	})))
	return s
}

// leastTail is the smallest p that is told apart from 0.
const leastTail = 1e-12

// rankSumBounds are the bounds of a shift by the rank-sum test.
type rankSumBounds struct {
	shift       float64
	differences []float64
	// n and m are the numbers of values.
	n, m  float64
	sides [2]following
}

// at are the bounds with the one-sided alpha each; nil if so few values do not reach it.
func (r rankSumBounds) at(alpha float64) *Interval {
	z := distuv.UnitNormal.Quantile(1 - alpha)
	skip := int(math.Floor(r.n*r.m/2 - z*math.Sqrt(r.n*r.m*(r.n+r.m+1)/12)))
	if skip < 0 || skip >= len(r.differences) {
		return nil
	}
	wider := math.Sqrt((square(r.sides[0].wider(alpha)) + square(r.sides[1].wider(alpha))) / 2)
	in := &Interval{Low: r.differences[skip], High: r.differences[len(r.differences)-1-skip], Confidence: 1 - 2*alpha}
	in.widen(r.shift, wider)
	return in
}

func square(x float64) float64 { return x * x }

// following is how much values may follow each other, estimated from their ranks, on which outliers and
// infinite values have no more effect than others.
type following struct {
	standardError
	// plain is the standard error of the mean rank of independent values; 0 if all values are the same.
	plain float64
}

func followingOf(x []float64) following {
	n, sum := float64(len(x)), 0.0
	ranks := make([]float64, len(x))
	for i, r := range doubledMidranks(x, func(v float64) float64 { return v }) {
		ranks[i] = float64(r) - (n + 1) // twice the mean rank
		sum += square(ranks[i])
	}
	if sum == 0 {
		return following{}
	}
	return following{errorOfMean(ranks), math.Sqrt(sum / (n - 1) / n)}
}

// wider returns how many times as far from the estimate a bound with the one-sided alpha is as for
// independent values, at least 1.
func (f following) wider(alpha float64) float64 {
	if f.plain == 0 {
		return 1
	}
	return max(f.reach(alpha)/(studentT(alpha, f.freedom)*f.plain), 1)
}

// lessWide says whether wider is less than times, which is much quicker than to calculate wider.
func (f following) lessWide(alpha, times float64) bool {
	if f.plain == 0 {
		return times > 1
	}
	return times > 1 && f.tail(times*studentT(alpha, f.freedom)*f.plain) < alpha
}
