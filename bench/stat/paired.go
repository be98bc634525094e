package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired is how far the values of blocks, each a difference of two arms, lie from 0. The
// estimate, the interval and the p's are of the same values.
type Paired struct {
	// Estimate is the Hodges–Lehmann estimate. Its interval is nil only for fewer than MinValues
	// values, or if so few cannot reach the confidence; its bounds may be infinite.
	Estimate
	// Greater, Less and TwoSided are the p's, in (0,1], against the alternatives that the
	// values' centre lies above 0, below 0, or on either side; 1 for fewer than MinValues values.
	Greater, Less, TwoSided float64
	// Serial describes the values that were tested, and Bursts is the number that WithoutBursts left
	// out before.
	Serial
	Bursts int
	// WithBursts is the interval of all values, as if they were independent; nil without bursts, or if so few
	// values cannot reach the confidence. Bursts that are all on one side may be what the arms differ in.
	WithBursts *Interval
	// Ranked is the number of Values that are not 0, and Tied how many of them have the same
	// magnitude as another.
	Ranked, Tied int
	// StandardError is the standard error of the estimate.
	StandardError float64
}

// OfPairs compares blocks by the signed-rank test and the Hodges–Lehmann estimate, without
// bursts. Values may follow each other, so that they are worth fewer independent ones. shared is that of
// the gate that x belongs to: the p's are then at least those of Student's t with a widened standard
// error, and the interval at least as wide. If x belongs to no gate (the zero Shared), the interval is
// widened for every correlation that x may have, and the p's are at least those at which it begins to
// include 0. It returns nil for no values.
func OfPairs(x []float64, confidence float64, shared Shared) *Paired {
	calm := WithoutBursts(x)
	n := len(calm)
	if n == 0 {
		return nil
	}
	walsh := walshAverages(calm)
	p := &Paired{Estimate: Estimate{Value: median(walsh)}, Greater: 1, Less: 1, TwoSided: 1, Serial: independent(n), Bursts: len(x) - n}
	if n < MinValues {
		return p
	}
	p.Serial = serialOf(calm, len(x), shared)
	t := SignedRank(calm)
	p.Ranked, p.Tied, p.Greater, p.Less = t.N, t.Tied, t.Greater, t.Less
	p.Interval = rankInterval(walsh, confidence)
	if p.Bursts > 0 {
		p.WithBursts = rankInterval(walshAverages(x), confidence)
	}
	const level = 0.95
	at95 := rankInterval(walsh, level)
	plain := (at95.High - at95.Low) / 2 / distuv.UnitNormal.Quantile((1+level)/2)
	if shared.Samples == 0 {
		p.standAlone(pairedBoundsOf(calm, p.Value, walsh), plain, confidence)
	} else {
		p.inGate(walsh, plain, confidence)
	}
	p.TwoSided = min(1, 2*min(p.Greater, p.Less))
	return p
}

// standAlone widens the interval by all correlations that the values may have, and makes the p's at least
// those at which it begins to include 0. plain is the standard error of independent values.
func (p *Paired) standAlone(bounds pairedBounds, plain, confidence float64) {
	wider := bounds.wider((1 - confidence) / 2)
	p.Worth = max(float64(p.Values)/square(wider), 1)
	p.Sure, p.StandardError = p.Worth, plain*wider
	if p.Interval != nil {
		p.Interval.widen(p.Value, wider)
	}
	switch begins := beginsAt(min(p.Greater, p.Less), bounds.excludesZero); {
	case oneSided(bounds.walsh):
	case p.Value > 0:
		p.Greater = max(p.Greater, begins)
	case p.Value < 0:
		p.Less = max(p.Less, begins)
	}
}

// oneSided says that one side answered nothing in any block.
func oneSided(walsh []float64) bool {
	return math.IsInf(walsh[0], 1) || math.IsInf(walsh[len(walsh)-1], -1)
}

// inGate widens the interval and the p's by how all comparisons of the gate together follow each other.
// plain is the standard error of independent values.
func (p *Paired) inGate(walsh []float64, plain, confidence float64) {
	p.StandardError = plain * Widening(p.Values, p.Worth)
	switch {
	case oneSided(walsh):
	case math.IsInf(plain, 0) || math.IsNaN(plain) || math.IsInf(p.Value, 0):
		p.widenRanks(walsh, confidence)
	default:
		p.widen(plain, confidence)
	}
}

// pairedBounds are the bounds of a value by the signed-rank test, from sorted Walsh averages.
type pairedBounds struct {
	value float64
	walsh []float64
	// null is the distribution of the rank sum of values around 0; nil if they are too many.
	null []float64
	following
}

func pairedBoundsOf(x []float64, value float64, walsh []float64) pairedBounds {
	b := pairedBounds{value: value, walsh: walsh, following: followingOf(x)}
	if len(x) <= ExactLimit {
		b.null = nullDistribution(firstRanks(len(x)))
	}
	return b
}

// plainAt are the bounds of independent values with the one-sided alpha each; nil if so few do not reach it.
func (b pairedBounds) plainAt(alpha float64) *Interval {
	if b.null == nil {
		return rankInterval(b.walsh, 1-2*alpha)
	}
	skip, held := trimmedBy(b.null, alpha)
	return trimmedInterval(b.walsh, skip, held)
}

// excludesZero says whether the bounds at an alpha, widened because values may follow each other, exclude 0.
func (b pairedBounds) excludesZero(alpha float64) bool {
	in := b.plainAt(alpha)
	switch {
	case in == nil || in.Low <= 0 && in.High >= 0:
		return false
	case math.IsInf(b.value, 0) || in.Low == b.value || in.High == b.value:
		return true
	case in.Low > 0:
		return b.lessWide(alpha, b.value/(b.value-in.Low))
	}
	return b.lessWide(alpha, b.value/(b.value-in.High))
}

// widen takes into account that the values are worth fewer, by Student's t. plain is the standard
// error of independent values.
func (p *Paired) widen(plain, confidence float64) {
	n := float64(p.Values)
	if p.Sure < n {
		sd := max(plain*Widening(p.Values, p.Sure), math.SmallestNonzeroFloat64)
		student := distuv.StudentsT{Sigma: 1, Nu: Freedom(p.Sure)}
		p.Greater, p.Less = max(p.Greater, student.Survival(p.Value/sd)), max(p.Less, student.Survival(-p.Value/sd))
	}
	if in := p.Interval; in != nil && p.Worth < n {
		reach := studentT((1-confidence)/2, Freedom(p.Worth)) * p.StandardError
		in.Low, in.High = min(in.Low, p.Value-reach), max(in.High, p.Value+reach)
	}
}

// widenRanks is widen for infinite values, for which there is no Student's t: the least p of n values,
// 2⁻ⁿ, becomes that of as many independent values as they are worth.
func (p *Paired) widenRanks(walsh []float64, confidence float64) {
	n := float64(p.Values)
	p.Greater, p.Less = math.Pow(p.Greater, p.Sure/n), math.Pow(p.Less, p.Sure/n)
	if p.Interval = rankInterval(walsh, 1-2*math.Pow((1-confidence)/2, n/p.Worth)); p.Interval == nil {
		p.Interval = &Interval{Low: math.Inf(-1), High: math.Inf(1)}
	}
	p.Interval.Confidence = confidence
}

// rankInterval is the interval from sorted Walsh averages; nil if the values are too few for
// the confidence.
func rankInterval(walsh []float64, confidence float64) *Interval {
	n := int(math.Sqrt(float64(2 * len(walsh)))) // as there are n(n+1)/2
	skip, held := trimmed(n, (1-confidence)/2)
	return trimmedInterval(walsh, skip, held)
}

// trimmedInterval leaves out so many Walsh averages at either end; nil for −1.
func trimmedInterval(walsh []float64, skip int, held float64) *Interval {
	if skip < 0 {
		return nil
	}
	return &Interval{Low: walsh[skip], High: walsh[len(walsh)-1-skip], Confidence: held}
}
