package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired is how far the values of blocks, each a difference of two arms, lie from 0. The
// estimate, the interval and the p's are of the same values.
type Paired struct {
	// Estimate is the Hodges–Lehmann estimate. Its interval is nil only for fewer than MinValues
	// values, or where so few cannot reach the confidence; its bounds may be infinite.
	Estimate
	// Greater, Less and TwoSided are the p's, in (0,1], against the alternatives that the
	// values' centre lies above 0, below 0, or on either side; 1 for fewer than MinValues values.
	Greater, Less, TwoSided float64
	// Serial is of the values that the rest is of, and Bursts is the number that WithoutBursts
	// left out.
	Serial
	Bursts int
	// Ranked is the number of Values that are not 0, and Tied how many of them have the same
	// magnitude as another.
	Ranked, Tied int
	// StandardError is that of the estimate.
	StandardError float64
}

// OfPairs compares blocks by the signed-rank test and the Hodges–Lehmann estimate, without
// bursts. Where the values follow each other, so that they are worth fewer, the p's and the
// interval have to hold by Student's t with the widened standard error as well. shared is of the
// run that x is of. It returns nil for no values.
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
	const level = 0.95
	at95 := rankInterval(walsh, level)
	plain := (at95.High - at95.Low) / 2 / distuv.UnitNormal.Quantile((1+level)/2)
	p.StandardError = plain * Widening(n, p.Worth)
	switch {
	case math.IsInf(walsh[0], 1) || math.IsInf(walsh[len(walsh)-1], -1): // one side answered nothing in any block
	case math.IsInf(plain, 0) || math.IsNaN(plain) || math.IsInf(p.Value, 0):
		p.widenRanks(walsh, confidence)
	default:
		p.widen(plain, confidence)
	}
	p.TwoSided = min(1, 2*min(p.Greater, p.Less))
	return p
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

// widenRanks does so where values are infinite and Student's t is not known: the least p of n
// values, 2⁻ⁿ, becomes that of as many as they are worth.
func (p *Paired) widenRanks(walsh []float64, confidence float64) {
	n := float64(p.Values)
	p.Greater, p.Less = math.Pow(p.Greater, p.Sure/n), math.Pow(p.Less, p.Sure/n)
	if p.Interval = rankInterval(walsh, 1-2*math.Pow((1-confidence)/2, n/p.Worth)); p.Interval == nil {
		p.Interval = &Interval{Low: math.Inf(-1), High: math.Inf(1)}
	}
	p.Interval.Confidence = confidence
}

// rankInterval is the interval from sorted Walsh averages; nil where the values are too few for
// the confidence.
func rankInterval(walsh []float64, confidence float64) *Interval {
	n := int(math.Sqrt(float64(2 * len(walsh)))) // as there are n(n+1)/2
	skip, held := trimmed(n, (1-confidence)/2)
	if skip < 0 {
		return nil
	}
	return &Interval{Low: walsh[skip], High: walsh[len(walsh)-1-skip], Confidence: held}
}
