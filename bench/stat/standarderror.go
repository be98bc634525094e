package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// standardError is what blocks show of the standard error of their mean. Few blocks do not show how they
// follow each other, so that it is not one value but several, each with its probability: the
// posterior distribution of a first-order autoregression, whose correlation is assumed to be anywhere in
// 0…0.8 with the same probability a priori (Zellner & Tiao, JASA 59, 1964). A mean then follows a
// mixture of Student's t or normal distributions. The coverage is in bench/README.md.
type standardError struct {
	// squares are the possible values, squared, and chances their probabilities.
	squares, chances []float64
	// freedom is the degrees of freedom of each t; infinite for normal distributions.
	freedom float64
}

// correlations are the autocorrelations that blocks are assumed to have: up to lasting, all with the same
// probability.
func correlations() []float64 {
	return []float64{0, lasting / 4, lasting / 2, lasting * 3 / 4, lasting}
}

// errorOfMean returns the standard error of the mean of values of which nothing else is known.
func errorOfMean(x []float64) standardError {
	n := float64(len(x))
	out := standardError{freedom: n - 1}
	var logs []float64
	independent := make([]float64, len(x))
	for _, rho := range correlations() {
		l := likelihoodOf(x, independent, 1, rho)
		logs = append(logs, -(l.determinant+math.Log(l.unit)+(n-1)*math.Log(l.square))/2)
		out.squares = append(out.squares, l.square/(n-1)*varianceOfSum(len(x), rho)/(n*n))
	}
	out.weigh(logs)
	return out
}

// errorOfShare returns the standard error of a share from its residuals. trials are the variances that these
// would have if trials were independent, which is the least that they can have; variation beyond that is
// assumed to last over blocks. The part of the variance that independent trials explain is assumed to be
// anywhere in 0…1 with the same probability a priori (Strawderman, Annals of Mathematical Statistics 42,
// 1971).
func errorOfShare(residuals, trials []float64) standardError {
	const steps = 16
	n, square, least := float64(len(residuals)), 0.0, 0.0
	for i, r := range residuals {
		square, least = square+r*r, least+trials[i]/float64(len(trials))
	}
	out := standardError{freedom: math.Inf(1)}
	shown, width := math.Log(max(square/(n-1)/least, 1)), 8/math.Sqrt(n-1)
	from, to := max(shown-width, 0), shown+1.5*width // with which others the residuals would be next to impossible
	var logs []float64
	for k := range steps + 1 {
		whole := from + (to-from)*float64(k)/steps
		lasting := math.Expm1(whole) * least
		for _, rho := range correlations() {
			l := likelihoodOf(residuals, trials, lasting, rho)
			logs = append(logs, -(2*whole+l.determinant+math.Log(l.unit)+l.square)/2)
			out.squares = append(out.squares, (least*n+lasting*varianceOfSum(len(residuals), rho))/(n*n))
		}
	}
	out.weigh(logs)
	return out
}

// weigh sets the probabilities from their logarithms, up to a constant, and leaves out what is next to
// impossible.
func (s *standardError) weigh(logs []float64) {
	const possible = 1e-9
	most, sum, squares := slices.Max(logs), 0.0, s.squares
	s.squares = nil
	for i, l := range logs {
		if chance := math.Exp(l - most); chance > possible {
			s.squares, s.chances, sum = append(s.squares, squares[i]), append(s.chances, chance), sum+chance
		}
	}
	for i := range s.chances {
		s.chances[i] /= sum
	}
}

// tail is the probability that the error of the mean is x or more.
func (s standardError) tail(x float64) (p float64) {
	t := distuv.StudentsT{Sigma: 1, Nu: s.freedom}
	for i, square := range s.squares {
		if math.IsInf(s.freedom, 1) {
			p += s.chances[i] * normalTail(x/math.Sqrt(square))
		} else {
			p += s.chances[i] * t.Survival(x/math.Sqrt(square))
		}
	}
	return p
}

// reach is the error that is exceeded with the probability alpha, up to a millionth of it. It lies between the
// smallest and the largest of the distributions', and is found by the Illinois method (Dowell & Jarratt, BIT 11, 1971)
// on the logarithm of the probability.
func (s standardError) reach(alpha float64) float64 {
	const precision, most = 1e-6, 100
	quantile := distuv.UnitNormal.Quantile(1 - alpha)
	if !math.IsInf(s.freedom, 1) {
		quantile = studentT(alpha, s.freedom)
	}
	off := func(x float64) float64 { return math.Log(s.tail(x) / alpha) }
	low, high := quantile*math.Sqrt(slices.Min(s.squares)), quantile*math.Sqrt(slices.Max(s.squares))
	offLow, offHigh := off(low), off(high)
	if !(offLow > precision) {
		return low
	}
	for range most {
		middle := low + (high-low)*offLow/(offLow-offHigh)
		switch at := off(middle); {
		case math.Abs(at) <= precision || !(low < middle && middle < high):
			return middle
		case at > 0:
			low, offLow, offHigh = middle, at, offHigh/2
		default:
			high, offHigh, offLow = middle, at, offLow/2
		}
	}
	return high
}

// likelihood holds the terms of the likelihood of values with an unknown mean: the logarithm of the
// determinant of their covariance C, 1'C⁻¹1, and their sum of squares around that mean, weighted by C⁻¹.
type likelihood struct{ determinant, unit, square float64 }

// likelihoodOf returns the likelihood of values that are the sum of a first-order autoregression, with the
// variance lasting and the correlation rho, and of independent noise, by the Kalman filter (Harvey, Forecasting, Structural Time
// Series Models and the Kalman Filter, 1989, §3.4).
func likelihoodOf(x, independent []float64, lasting, rho float64) (l likelihood) {
	var level, unit, squares, products float64 // of the autoregression, as predicted from x and from ones
	variance := lasting
	for i, v := range x {
		all := variance + independent[i]
		gain, off, offUnit := variance/all, v-level, 1-unit
		l.determinant += math.Log(all)
		squares += off * off / all
		products += off * offUnit / all
		l.unit += offUnit * offUnit / all
		level, unit = rho*(level+gain*off), rho*(unit+gain*offUnit)
		variance = rho*rho*variance*(1-gain) + lasting*(1-rho*rho)
	}
	l.square = squares - products*products/l.unit
	return l
}

// varianceOfSum returns the variance of the sum of n values of a first-order autoregression with variance 1.
func varianceOfSum(n int, rho float64) float64 {
	sum, power := float64(n), 1.0
	for lag := 1; lag < n; lag++ {
		power *= rho
		sum += 2 * float64(n-lag) * power
	}
	return sum
}
