package stat

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

const (
	// FewestInSeries is the fewest values in which Changes looks for a change: fewer values are in even the
	// most telling order by chance in more than 1 of 20 cases.
	FewestInSeries = 8
	// MostInSeries is the most values that Changes takes: its time grows with their square.
	MostInSeries = 1000
	// FewestBetweenChanges is the fewest values before, after and between changes: one or two unusual
	// values are no new level yet.
	FewestBetweenChanges = 3
)

const (
	// permutations is how many orders of the values of a part are tried, and permutationMost the largest
	// share of them that may have as wide a split.
	permutations    = 999
	permutationMost = 0.05
	// permutedReach is up to how many values on either side of a change are put in other orders.
	permutedReach = 50
	// weaker is how many times alpha the p of a change may be at first, while other changes may still hide it.
	weaker = 10
)

// Change is a place in a series where its level changed.
type Change struct {
	// At is the index of the first value of the new level.
	At int
	// Before and After are the means of the values since the last change and until the next.
	Before, After float64
	// Difference is After less Before, with its interval by Student's t. Its confidence does not allow
	// for the choice of the place.
	Difference Estimate
	// P is the two-sided p of Student's t for equal means, in (0,1], times the number of ways to divide the
	// series (Bonferroni).
	P float64
	// Permuted is the p of the permutation test, in (0,1]: the share of the orders of the values of the part
	// in which it was found that can be divided as well.
	Permuted float64
}

// Level is a stretch of a series without a change, of the values From to before To.
type Level struct {
	From, To int
	// Values is how many of them are known, and Mean is their mean, with its Interval by Student's t.
	Values   int
	Mean     float64
	Interval *Interval
	values   []float64
}

// Segmentation is a series divided by its changes into levels.
type Segmentation struct {
	Changes []Change
	Levels  []Level
	// Known is how many values the series has, without those that are not finite.
	Known int
	// Visible is the smallest difference between the halves of the series that would be a change, as the
	// values vary around their levels.
	Visible float64
	// Rho is the SerialCorrelation of the values around their levels. If it is high, each value is like the
	// one before, and the p's are too small.
	Rho float64
}

// Changes finds where the level of a series of runs changed, by E-divisive means (Matteson & James, A
// nonparametric approach for multiple change point analysis of multivariate data, Journal of the
// American Statistical Association 109, 2014) with the changes that Hunter made, as in Apache Otava
// (Fleming et al., Hunter: using change point detection to hunt for performance regressions, ICPE
// 2023): the series is divided where its parts differ most by the energy statistic, and its parts are
// divided again, as long as Student's t at ten times alpha calls them different; then the changes with
// the highest p are taken back until each has a p of at most alpha. That is corrected for the choice of
// the place, unlike Hunter's: in a series of independent normal values without a change any is found
// with a chance of at most alpha. Each part must also be divided by the permutation test of Matteson &
// James, which takes no distribution for granted, at about alpha or the least that so few values allow.
//
// Values that are not finite are left out. The same seed always gives the same result. It returns nil
// for fewer than FewestInSeries values or more than MostInSeries.
func Changes(x []float64, alpha float64, seed uint64) *Segmentation {
	s := series{alpha: alpha, seed: seed, length: len(x), permuted: map[int]float64{}}
	for i, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.x, s.index = append(s.x, v), append(s.index, i)
		}
	}
	n := len(s.x)
	if n < FewestInSeries || n > MostInSeries {
		return nil
	}
	s.splits = splits(n, FewestBetweenChanges)
	return s.segmentation(s.strong(s.weak(0, n)))
}

// series is a series in which changes are looked for.
type series struct {
	// x are the values, and index where each stands among all of length.
	x      []float64
	index  []int
	length int
	alpha  float64
	seed   uint64
	// splits is in how many ways the whole series could be divided.
	splits float64
	// permuted are the p's of the permutation tests, by place.
	permuted map[int]float64
}

// weak returns the places between from and to that may be changes.
func (s series) weak(from, to int) []int {
	widest, found := widestSplit(s.x[from:to], FewestBetweenChanges)
	if !found {
		return nil
	}
	at := from + widest.At
	p := student(s.x[from:at], s.x[at:from+widest.End]).p * splits(to-from, FewestBetweenChanges)
	if p > min(weaker*s.alpha, 0.5) || !s.holds(from, at, to) {
		return nil
	}
	return slices.Concat(s.weak(from, at), []int{at}, s.weak(at, to))
}

// strong returns the places that are changes: it takes back the one with the highest p until none is above
// alpha.
func (s series) strong(places []int) []Change {
	var made []Change
	for range places {
		made = append(made, Change{})
	}
	stale := func(int) bool { return true }
	for {
		worst := -1
		for i := range places {
			if stale(i) {
				made[i] = s.change(places, i)
			}
			if made[i].P > s.alpha && (worst < 0 || made[i].P > made[worst].P) {
				worst = i
			}
		}
		if worst < 0 {
			return made
		}
		places, made = slices.Delete(places, worst, worst+1), slices.Delete(made, worst, worst+1)
		stale = func(i int) bool { return i == worst-1 || i == worst }
	}
}

// change is the change at the i-th of the places; its At is among the known values.
func (s series) change(places []int, i int) Change {
	from, at, to := 0, places[i], len(s.x)
	if i > 0 {
		from = places[i-1]
	}
	if i+1 < len(places) {
		to = places[i+1]
	}
	t := student(s.x[from:at], s.x[at:to])
	c := Change{At: at, Before: t.before, After: t.after, P: min(t.p*s.splits, 1), Permuted: s.permuted[at]}
	c.Difference.Value = t.after - t.before
	reach := studentT((1-seriesConfidence)/2, t.freedom) * t.standardError
	c.Difference.Interval = &Interval{c.Difference.Value - reach, c.Difference.Value + reach, seriesConfidence}
	return c
}

// seriesConfidence is the confidence of the intervals of differences and levels.
const seriesConfidence = 0.95

// allowed is the highest permutation p-value at which m values followed by n others count as a change:
// alpha, or the p-value of the best possible separation if that is higher, with an allowance for the
// random draw of permutations.
func (s series) allowed(m, n int) float64 {
	const twoSided = 2 // the larger values may come first or last
	all, _ := math.Lgamma(float64(m + n + 1))
	ofM, _ := math.Lgamma(float64(m + 1))
	ofN, _ := math.Lgamma(float64(n + 1))
	expected := permutations * max(s.alpha, twoSided*math.Exp(ofM+ofN-all))
	return min((expected+3*math.Sqrt(expected)+1)/(permutations+1), permutationMost)
}

// holds reports whether the values between from and to differ before and after at by the permutation test:
// few shuffles of them have a split, at any place, that separates as well.
func (s series) holds(from, at, to int) bool {
	from, to = max(from, at-permutedReach), min(to, at+permutedReach)
	values := slices.Clone(s.x[from:to])
	now, found := widestSplit(values, FewestBetweenChanges)
	if !found {
		return false
	}
	const rounding = 1e-9 // of sums in another order
	allowed, as := s.allowed(now.At, now.End-now.At), 1.0
	random := rand.New(rand.NewPCG(s.seed, uint64(at)))
	for range permutations {
		random.Shuffle(len(values), func(i, k int) { values[i], values[k] = values[k], values[i] })
		if w, _ := widestSplit(values, FewestBetweenChanges); w.Energy >= now.Energy*(1-rounding) {
			as++
		}
		if as > allowed*(permutations+1) {
			return false
		}
	}
	s.permuted[at] = as / (permutations + 1)
	return true
}

// segmentation is the series divided by the changes.
func (s series) segmentation(changes []Change) *Segmentation {
	out := &Segmentation{Known: len(s.x)}
	rest, square := slices.Clone(s.x), 0.0
	from := 0
	for i := range len(changes) + 1 {
		to, end := len(s.x), s.length
		if i < len(changes) {
			to = changes[i].At
			end = s.index[to]
			changes[i].At = end
		}
		level := levelOf(s.x[from:to])
		if level.To = end; i > 0 {
			level.From = out.Levels[i-1].To
		}
		out.Levels = append(out.Levels, level)
		for k := from; k < to; k++ {
			rest[k] -= level.Mean
			square += rest[k] * rest[k]
		}
		from = to
	}
	out.Changes, out.Rho = changes, SerialCorrelation(rest)
	out.widen()
	n := float64(len(s.x))
	sd := math.Sqrt(square / (n - float64(len(out.Levels))))
	out.Visible = studentT(s.alpha/s.splits/2, n-2) * sd * math.Sqrt(4/n)
	return out
}

func levelOf(x []float64) Level {
	l, n := Level{Values: len(x), values: x}, float64(len(x))
	mean, square := MeanAndSquares(x)
	reach := studentT((1-seriesConfidence)/2, n-1) * math.Sqrt(square/(n-1)/n)
	l.Mean, l.Interval = mean, &Interval{mean - reach, mean + reach, seriesConfidence}
	return l
}

// widen widens the intervals of levels and differences for every correlation that the values around their
// levels may have.
func (s *Segmentation) widen() {
	f := aroundLevels(s.Levels)
	for i := range s.Levels {
		l := &s.Levels[i]
		n := l.Values
		l.Interval.widen(l.Mean, f.wider(func(rho float64) float64 { return varianceOfSum(n, rho) / float64(n*n) }))
	}
	for i := range s.Changes {
		d, m, n := &s.Changes[i].Difference, s.Levels[i].Values, s.Levels[i+1].Values
		d.Interval.widen(d.Value, f.wider(func(rho float64) float64 {
			before, after := varianceOfSum(m, rho), varianceOfSum(n, rho)
			shared := varianceOfSum(m+n, rho) - before - after // twice their covariance
			return before/float64(m*m) + after/float64(n*n) - shared/float64(m*n)
		}))
	}
}

// leveled is what values around their levels show of how they follow each other: for each of the
// correlations, the weighted sum of their squares and the logarithm of its probability.
type leveled struct {
	squares, logs []float64
	freedom       float64
}

func aroundLevels(levels []Level) (f leveled) {
	var rests [][]float64
	for _, l := range levels {
		f.freedom += float64(l.Values - 1)
		rest := slices.Clone(l.values)
		for i := range rest {
			rest[i] -= l.Mean
		}
		rests = append(rests, rest)
	}
	for _, rho := range correlations() {
		square, log := 0.0, 0.0
		for _, rest := range rests {
			l := likelihoodOf(rest, make([]float64, len(rest)), 1, rho)
			square, log = square+l.square, log-(l.determinant+math.Log(l.unit))/2
		}
		f.squares, f.logs = append(f.squares, square), append(f.logs, log-f.freedom*math.Log(square)/2)
	}
	return f
}

// wider returns how many times as wide an interval is as for independent values, at least 1. variance is the
// variance of the estimate for values of variance 1 with the autocorrelation rho.
func (f leveled) wider(variance func(rho float64) float64) float64 {
	const rounding = 1e-18
	if !(f.squares[0] > rounding) { // all are the same
		return 1
	}
	e := standardError{freedom: f.freedom}
	for i, rho := range correlations() {
		e.squares = append(e.squares, f.squares[i]/f.freedom*variance(rho))
	}
	e.weigh(f.logs)
	const alpha = (1 - seriesConfidence) / 2
	return max(e.reach(alpha)/(studentT(alpha, f.freedom)*math.Sqrt(f.squares[0]/f.freedom*variance(0))), 1)
}

// tTest is Student's test of two samples for equal means, of equal variance.
type tTest struct{ before, after, standardError, freedom, p float64 }

func student(before, after []float64) tTest {
	a, squareA := MeanAndSquares(before)
	b, squareB := MeanAndSquares(after)
	m, n := float64(len(before)), float64(len(after))
	t := tTest{before: a, after: b, freedom: m + n - 2, p: 1}
	t.standardError = math.Sqrt((squareA + squareB) / t.freedom * (1/m + 1/n))
	if difference := math.Abs(b - a); difference > 0 {
		t.p = math.SmallestNonzeroFloat64
		if t.standardError > 0 {
			t.p = max(t.p, 2*distuv.StudentsT{Sigma: 1, Nu: t.freedom}.Survival(difference/t.standardError))
		}
	}
	return t
}
