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
	// Values are those that the rest is of, and Bursts the number that WithoutBursts left out.
	Values, Bursts int
	// Ranked is the number of Values that are not 0, and Tied how many of them have the same
	// magnitude as another.
	Ranked, Tied int
	// Rho is the values' SerialCorrelation, or that of the run where it is higher.
	Rho float64
	// StandardError is that of the estimate.
	StandardError float64
	// Worth is how many independent values Values are worth, at least 1.
	Worth float64
}

// OfPairs compares blocks by the signed-rank test and the Hodges–Lehmann estimate, without
// bursts. Where the values follow each other, so that they are worth fewer, the p's and the
// interval have to hold by Student's t for that many values as well. shared is of the run that x
// is of. It returns nil for no values.
func OfPairs(x []float64, confidence float64, shared Shared) *Paired {
	calm := WithoutBursts(x)
	n := len(calm)
	if n == 0 {
		return nil
	}
	walsh := walshAverages(calm)
	p := &Paired{Estimate: Estimate{Value: median(walsh)}, Greater: 1, Less: 1, TwoSided: 1, Values: n, Bursts: len(x) - n, Worth: float64(n)}
	if n < MinValues {
		return p
	}
	p.Rho = SerialCorrelation(calm)
	p.Worth = max(float64(n)/inflation(p.Rho, shared, n), 1)
	if shared.Samples > 0 {
		p.Rho = max(p.Rho, shared.Rho)
	}
	t := SignedRank(calm)
	p.Ranked, p.Tied, p.Greater, p.Less = t.N, t.Tied, t.Greater, t.Less
	p.Interval = rankInterval(walsh, confidence)
	const level = 0.95
	plain := rankInterval(walsh, level)
	p.StandardError = (plain.High - plain.Low) / 2 / distuv.UnitNormal.Quantile((1+level)/2) * math.Sqrt(float64(n)/p.Worth)
	if p.Worth < float64(n) {
		p.widen(walsh, confidence)
	}
	p.TwoSided = min(1, 2*min(p.Greater, p.Less))
	return p
}

// widen takes into account that the values are worth fewer.
func (p *Paired) widen(walsh []float64, confidence float64) {
	if math.IsInf(p.StandardError, 0) || math.IsNaN(p.StandardError) || math.IsInf(p.Value, 0) {
		// Student's t is not known: the least p of n values, 2⁻ⁿ, becomes that of Worth.
		power := p.Worth / float64(p.Values)
		p.Greater, p.Less = math.Pow(p.Greater, power), math.Pow(p.Less, power)
		if p.Interval = rankInterval(walsh, 1-2*math.Pow((1-confidence)/2, 1/power)); p.Interval == nil {
			p.Interval = &Interval{Low: math.Inf(-1), High: math.Inf(1)}
		}
		p.Interval.Confidence = confidence
		return
	}
	student := distuv.StudentsT{Sigma: 1, Nu: max(p.Worth, 2) - 1}
	t := p.Value / max(p.StandardError, math.SmallestNonzeroFloat64)
	p.Greater, p.Less = max(p.Greater, student.Survival(t)), max(p.Less, student.Survival(-t))
	if in := p.Interval; in != nil {
		reach := student.Quantile((1+confidence)/2) * p.StandardError
		in.Low, in.High = min(in.Low, p.Value-reach), max(in.High, p.Value+reach)
	}
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
