package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cluster is what one block adds to a rate: Count of something, in Of others.
type Cluster struct{ Count, Of float64 }

// Rate is the ratio of two sums over blocks, such as prompts answered per second or
// attempts per request, with what its blocks say of its error.
type Rate struct {
	// Value is ΣCount/ΣOf; not a number where ΣOf is 0.
	Value float64
	// Blocks is how many there are.
	Blocks int
	// sd is the standard error of Value, from worth independent blocks.
	sd, worth float64
	// of is ΣOf.
	of float64
}

// RateOf estimates a rate from blocks by the linearised variance of a ratio of sums
// (Cochran, Sampling Techniques, 3rd ed., §6.3), times (1+ρ)/(1−ρ) where blocks that
// follow each other are alike, ρ being their lag-1 autocorrelation without its bias.
func RateOf(blocks []Cluster) Rate {
	r := Rate{Blocks: len(blocks)}
	count := 0.0
	for _, b := range blocks {
		count += b.Count
		r.of += b.Of
	}
	r.Value = count / r.of
	variance, worth := linearVariance(residuals(blocks, r.Value, r.of))
	r.sd, r.worth = math.Sqrt(variance), worth
	if r.sd < 1e-9*r.Value { // blocks that are all alike but for rounding
		r.sd, r.worth = 0, float64(len(blocks))
	}
	return r
}

// residuals are what each block moves the ratio by.
func residuals(blocks []Cluster, value, of float64) []float64 {
	out := make([]float64, len(blocks))
	for i, b := range blocks {
		out[i] = (b.Count - value*b.Of) / of
	}
	return out
}

// linearVariance is the variance of the sum of moves, whose mean is 0, and how
// many independent ones they are worth.
func linearVariance(moves []float64) (variance, worth float64) {
	n := float64(len(moves))
	if n < 2 {
		return math.Inf(1), n
	}
	square, lagged := 0.0, 0.0
	for i, m := range moves {
		square += m * m
		if i > 0 {
			lagged += m * moves[i-1]
		}
	}
	if square == 0 || n < MinValues {
		return square * n / (n - 1), n
	}
	// The lag-1 autocorrelation of n values around their own mean is (1+3ρ)/n too low
	// (Marriott & Pope, Biometrika 41, 1954); past alike they are too alike to say.
	const alike = 0.9
	rho := min(max((n*lagged/square+1)/(n-3), 0), alike)
	alikeness := (1 + rho) / (1 - rho)
	return square * n / (n - 1) * alikeness, max(n/alikeness, 2)
}

// Bounds are those of a rate that is above 0, each with the one-sided alpha given:
// Student's t on the logarithm. It returns nil where blocks are fewer than MinValues
// or the rate is not above 0.
func (r Rate) Bounds(alpha float64) *Interval {
	if r.Blocks < MinValues || !(r.Value > 0) {
		return nil
	}
	factor := math.Exp(studentT(alpha, r.worth-1) * r.sd / r.Value)
	return &Interval{Low: r.Value / factor, High: r.Value * factor, Confidence: 1 - 2*alpha}
}

// ShareBounds are those of a rate that is a share, Of being trials and Count those
// that came true: Clopper and Pearson's exact bounds at the number of independent
// trials that the spread between blocks leaves (Korn & Graubard, Survey Methodology
// 24, 1998). It returns nil for no trials.
func (r Rate) ShareBounds(alpha float64) *Interval {
	if !(r.of > 0) {
		return nil
	}
	n := r.of
	if r.Blocks >= 2 && r.sd > 0 && r.Value > 0 && r.Value < 1 {
		t := studentT(alpha, r.worth-1) / distuv.UnitNormal.Quantile(1-alpha)
		n = min(n, r.Value*(1-r.Value)/(r.sd*r.sd)) / (t * t)
	}
	x := r.Value * n
	in := &Interval{Low: 0, High: 1, Confidence: 1 - 2*alpha}
	if x > 0 {
		in.Low = distuv.Beta{Alpha: x, Beta: n - x + 1}.Quantile(alpha)
	}
	if x < n {
		in.High = distuv.Beta{Alpha: x + 1, Beta: n - x}.Quantile(1 - alpha)
	}
	return in
}

// RatioOf is the ratio of two rates of the same blocks, base and head side by
// side, with bounds by Student's t on its logarithm; nil where either is not above 0.
// The bounds are nil for fewer than MinValues blocks.
func RatioOf(head, base []Cluster, alpha float64) *Estimate {
	h, b := RateOf(head), RateOf(base)
	if !(h.Value > 0) || !(b.Value > 0) {
		return nil
	}
	e := &Estimate{Value: h.Value / b.Value}
	if len(head) < MinValues || len(head) != len(base) {
		return e
	}
	inHead, inBase := residuals(head, h.Value, h.of), residuals(base, b.Value, b.of)
	joint := make([]float64, len(head))
	for i := range joint {
		joint[i] = inHead[i]/h.Value - inBase[i]/b.Value
	}
	variance, worth := linearVariance(joint)
	factor := math.Exp(studentT(alpha, worth-1) * math.Sqrt(variance))
	e.Interval = &Interval{Low: e.Value / factor, High: e.Value * factor, Confidence: 1 - 2*alpha}
	return e
}

// MeanBounds are those of the mean of x by Student's t, one-sided alpha each; nil
// for fewer than MinValues values.
func MeanBounds(x []float64, alpha float64) *Estimate {
	if len(x) == 0 {
		return nil
	}
	n := float64(len(x))
	mean := 0.0
	for _, v := range x {
		mean += v / n
	}
	e := &Estimate{Value: mean}
	if len(x) < MinValues {
		return e
	}
	square := 0.0
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	reach := studentT(alpha, n-1) * math.Sqrt(square/(n-1)/n)
	e.Interval = &Interval{Low: mean - reach, High: mean + reach, Confidence: 1 - 2*alpha}
	return e
}

// studentT is what Student's t of the degrees of freedom exceeds with the chance alpha.
func studentT(alpha, df float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - alpha)
}

// DifferenceOf is head's rate less base's, of blocks that need not be the same ones,
// with bounds by Welch's t (Biometrika 34, 1947), one-sided alpha each; nil bounds
// where either has fewer than MinValues blocks.
func DifferenceOf(head, base []Cluster, alpha float64) Estimate {
	h, b := RateOf(head), RateOf(base)
	e := Estimate{Value: h.Value - b.Value}
	if h.Blocks < MinValues || b.Blocks < MinValues {
		return e
	}
	inHead, inBase := h.sd*h.sd, b.sd*b.sd
	reach := 0.0
	if both := inHead + inBase; both > 0 {
		df := both * both / (inHead*inHead/(h.worth-1) + inBase*inBase/(b.worth-1))
		reach = studentT(alpha, df) * math.Sqrt(both)
	}
	e.Interval = &Interval{Low: e.Value - reach, High: e.Value + reach, Confidence: 1 - 2*alpha}
	return e
}
