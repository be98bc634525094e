package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// FlipTest is the outcome of a sign-flip permutation test of the hypothesis that
// each value is as likely as the same value with the other sign.
type FlipTest struct {
	// N is the number of values that are not 0.
	N int
	// Greater, Less and TwoSided are the p's, in (0,1], against the alternatives
	// that the sum lies above 0, below 0, or on either side.
	Greater, Less, TwoSided float64
}

// flipSteps is the sum of the rounded magnitudes if they have no common unit: each is
// rounded by at most half of 1/16384 of the sum.
const flipSteps = 1 << 14

// SignFlip tests x by its sum, over all 2ⁿ ways to sign the magnitudes (Fisher, The
// Design of Experiments, 1935, §21). Magnitudes that have a common unit are
// taken as they are, others rounded to steps of 1/16384 of their sum; the p's are exact for
// these, as rounding is the same for either sign. If all are 0 every p is 1. It returns nil
// for no values. It takes up to 16384 steps per value.
func SignFlip(x []float64) *FlipTest {
	if len(x) == 0 {
		return nil
	}
	steps := inSteps(x)
	t := &FlipTest{}
	positive := 0
	var magnitudes []int
	for i, k := range steps {
		if k == 0 {
			continue
		}
		t.N++
		magnitudes = append(magnitudes, k)
		if x[i] > 0 {
			positive += k
		}
	}
	t.Less, t.Greater = exactTails(magnitudes, positive)
	t.TwoSided = min(1, 2*min(t.Less, t.Greater))
	return t
}

// inSteps returns the magnitudes of x as whole multiples of the common unit. Only a 0 becomes 0.
func inSteps(x []float64) []int {
	unit := commonUnit(x)
	steps := make([]int, len(x))
	for i, v := range x {
		if v != 0 {
			steps[i] = max(1, int(math.Round(math.Abs(v)/unit)))
		}
	}
	return steps
}

// commonUnit returns the largest number of which all x are multiples, by Euclid's algorithm up to
// rounding. It is never smaller than 1/16384 of their sum.
func commonUnit(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(v)
	}
	step, unit := sum/flipSteps, 0.0
	for _, v := range x {
		a, b := math.Abs(v), unit
		for b > step/16 {
			a, b = b, math.Abs(math.Remainder(a, b))
		}
		if unit = a; unit < step && unit > 0 {
			return step
		}
	}
	return unit
}

// Averaged is a test of whether the mean of the values of blocks, each a difference of two arms, is above 0.
type Averaged struct {
	// Greater is the p, in (0,1], against the alternative that the mean lies above 0.
	Greater float64
	Serial
}

// OfMeans compares blocks by SignFlip and by their mean. If the values follow each other, so that they are
// worth fewer independent ones, the p is at least that of Student's t with the widened standard error.
// shared is that of the gate that x belongs to; its correlation is not used. It returns nil for no values.
func OfMeans(x []float64, shared Shared) *Averaged {
	n := len(x)
	if n == 0 {
		return nil
	}
	a := &Averaged{Greater: SignFlip(x).Greater, Serial: independent(n)}
	if n < MinValues {
		return a
	}
	shared.Rho = math.Inf(-1) // few failures tell nothing of how those of other arms follow each other
	a.Serial = serialOf(x, n, shared)
	mean, square := MeanAndSquares(x)
	if a.Sure < float64(n) && square > 0 {
		sd := math.Sqrt(square / float64(n-1) / float64(n))
		student := distuv.StudentsT{Sigma: sd * Widening(n, a.Sure), Nu: Freedom(a.Sure)}
		a.Greater = max(a.Greater, student.Survival(mean))
	}
	return a
}
