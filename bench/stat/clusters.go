package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cluster is one block's part of a rate: the count and what it is divided by, such as failed
// prompts (Count) and prompts due (Of).
type Cluster struct{ Count, Of float64 }

// Rate is the ratio of two sums over blocks, such as prompts answered per second or
// attempts per request, with its standard error from the spread between blocks.
type Rate struct {
	// Value is ΣCount/ΣOf; NaN where ΣOf is 0.
	Value float64
	// Blocks is the number of blocks.
	Blocks int
	// sd is the standard error of Value, and worth the number of independent blocks that
	// would give the same.
	sd, worth float64
	// of is ΣOf.
	of float64
}

// RateOf estimates a rate from blocks by the linearised variance of a ratio of sums
// (Cochran, Sampling Techniques, 3rd ed., §6.3), times (1+ρ)/(1−ρ) for the autocorrelation
// between blocks, where ρ is their bias-corrected lag-1 autocorrelation.
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
	if r.sd < 1e-9*r.Value { // blocks that are equal but for rounding
		r.sd, r.worth = 0, float64(len(blocks))
	}
	return r
}

// residuals are the blocks' contributions to the error of the ratio; their sum is 0.
func residuals(blocks []Cluster, value, of float64) []float64 {
	out := make([]float64, len(blocks))
	for i, b := range blocks {
		out[i] = (b.Count - value*b.Of) / of
	}
	return out
}

// linearVariance is the variance of the sum of residuals, whose mean is 0, and the number of
// independent residuals that they are worth.
func linearVariance(residuals []float64) (variance, worth float64) {
	n := float64(len(residuals))
	if n < 2 {
		return math.Inf(1), n
	}
	square, lagged := 0.0, 0.0
	for i, r := range residuals {
		square += r * r
		if i > 0 {
			lagged += r * residuals[i-1]
		}
	}
	if square == 0 || n < MinValues {
		return square * n / (n - 1), n
	}
	// The lag-1 autocorrelation of n values around their own mean is (1+3ρ)/n too low
	// (Marriott & Pope, Biometrika 41, 1954). So few blocks cannot tell a higher one than 0.9.
	const highest = 0.9
	rho := min(max((n*lagged/square+1)/(n-3), 0), highest)
	inflation := (1 + rho) / (1 - rho)
	return square * n / (n - 1) * inflation, max(n/inflation, 2)
}

// Bounds returns bounds for a positive rate, each with the one-sided alpha given, by Student's t
// on the logarithm. It returns nil for fewer than MinValues blocks, or if the rate is not
// positive.
func (r Rate) Bounds(alpha float64) *Interval {
	if r.Blocks < MinValues || !(r.Value > 0) {
		return nil
	}
	factor := math.Exp(studentT(alpha, r.worth-1) * r.sd / r.Value)
	return &Interval{Low: r.Value / factor, High: r.Value * factor, Confidence: 1 - 2*alpha}
}

// ShareBounds returns bounds for a share, with Of trials and Count successes: Clopper and
// Pearson's exact bounds for the effective number of trials, which takes the spread between blocks
// into account (Korn & Graubard, Survey Methodology 24, 1998). It returns nil for no trials.
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

// ShareReach is half the width of the score interval of a difference of two shares, as Wilson's for
// one share (JASA 22, 1927), with bounds of the one-sided alpha each: the spread grows with the
// share, which few failures seen do not show. wald is half the width of the Wald interval, sum the
// sum of the two shares and n the trials on the side that has fewer. Where both shares are 0 it is
// z²/n.
func ShareReach(wald, sum, n, alpha float64) float64 {
	z := distuv.UnitNormal.Quantile(1 - alpha)
	clustering := 1.0 // how many successes come together
	if sum > 0 {
		clustering = max(1, wald*wald/(z*z)*n/sum)
	}
	half := z * z * clustering / n / 2
	return half + math.Sqrt(half*half+wald*wald)
}

// RatioOf is the ratio of two rates measured in the same blocks, head over base, with bounds
// by Student's t on its logarithm; nil where either rate is not positive. The bounds are nil
// for fewer than MinValues blocks.
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

// studentT is the value that Student's t with df degrees of freedom exceeds with the chance
// alpha.
func studentT(alpha, df float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - alpha)
}

// RateDifference is how much two rates differ, by Welch's t (Biometrika 34, 1947).
type RateDifference struct {
	// Estimate has no interval where either rate is of fewer than MinValues blocks.
	Estimate
	// Greater is the p against the alternative that head's rate is higher: 0 where no block
	// differs from another of its side, and 1 where there is no interval.
	Greater float64
	// Freedom is the degrees of freedom.
	Freedom float64
}

// DifferenceOf is head's rate minus base's, which may be of different blocks, with bounds of the
// one-sided alpha each.
func DifferenceOf(head, base []Cluster, alpha float64) RateDifference {
	h, b := RateOf(head), RateOf(base)
	d := RateDifference{Estimate: Estimate{Value: h.Value - b.Value}, Greater: 1, Freedom: float64(h.Blocks + b.Blocks - 2)}
	if h.Blocks < MinValues || b.Blocks < MinValues {
		return d
	}
	inHead, inBase := h.sd*h.sd, b.sd*b.sd
	both := inHead + inBase
	if both == 0 {
		d.Greater, d.Interval = 0, &Interval{Low: d.Value, High: d.Value, Confidence: 1 - 2*alpha}
		return d
	}
	d.Freedom = both * both / (inHead*inHead/(h.worth-1) + inBase*inBase/(b.worth-1))
	reach := studentT(alpha, d.Freedom) * math.Sqrt(both)
	d.Greater = distuv.StudentsT{Sigma: 1, Nu: d.Freedom}.Survival(d.Value / math.Sqrt(both))
	d.Interval = &Interval{Low: d.Value - reach, High: d.Value + reach, Confidence: 1 - 2*alpha}
	return d
}
