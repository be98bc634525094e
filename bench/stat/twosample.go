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
	// interval of the rank-sum test.
	Estimate
	// P is the two-sided p of the Mann–Whitney test.
	P float64
}

// Shift compares two independent samples (Hollander & Wolfe, Nonparametric Statistical
// Methods, 2nd ed., §4.1 to §4.3). The p is exact for small samples without ties; the
// interval is of at least the confidence given by the normal approximation of the
// rank-sum. Values may be infinite. It returns nil where either is empty or holds a NaN, which
// has no rank, and no interval and a p of 1 where either has fewer than MinValues values.
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
	n, m := float64(len(head)), float64(len(base))
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	skip := int(math.Floor(n*m/2 - z*math.Sqrt(n*m*(n+m+1)/12)))
	if skip >= 0 && skip < len(differences) {
		s.Interval = &Interval{Low: differences[skip], High: differences[len(differences)-1-skip], Confidence: confidence}
	}
	return s
}
