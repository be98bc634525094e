package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cluster is one block's part of a rate: the count and what it is divided by, such as failed
// prompts (Count) and prompts due (Of).
type Cluster struct{ Count, Of float64 }

// Rate is the ratio of two sums over blocks, such as prompts answered per second or
// attempts per request, with its standard error from the spread between blocks.
type Rate struct {
	// Value is ΣCount/ΣOf; NaN if ΣOf is 0.
	Value float64
	// Blocks is the number of blocks.
	Blocks int
	blocks []Cluster
	// of is ΣOf.
	of float64
}

// RateOf estimates a rate from blocks by the linearised variance of a ratio of sums
// (Cochran, Sampling Techniques, 3rd ed., §6.3), and takes into account that blocks may follow
// each other.
func RateOf(blocks []Cluster) Rate {
	r := Rate{Blocks: len(blocks), blocks: blocks}
	count := 0.0
	for _, b := range blocks {
		count += b.Count
		r.of += b.Of
	}
	r.Value = count / r.of
	return r
}

// residuals are how far the blocks lie from the rate, of which their mean is the error: their sum is 0.
func (r Rate) residuals() []float64 {
	out := make([]float64, len(r.blocks))
	for i, b := range r.blocks {
		out[i] = (b.Count - r.Value*b.Of) / r.of * float64(len(r.blocks))
	}
	return out
}

// Bounds returns bounds for a positive rate, each with the one-sided alpha given, by Student's t
// on the logarithm. It returns nil for fewer than MinValues blocks, or if the rate is not
// positive.
func (r Rate) Bounds(alpha float64) *Interval {
	if r.Blocks < MinValues || !(r.Value > 0) {
		return nil
	}
	relative := r.residuals()
	for i := range relative {
		relative[i] /= r.Value
	}
	return around(r.Value, relative, alpha)
}

// around returns bounds for a positive value; the error of its logarithm is the mean of the residuals.
func around(value float64, residuals []float64, alpha float64) *Interval {
	const rounding = 1e-9
	factor := 1.0
	if slices.Max(residuals)-slices.Min(residuals) > rounding {
		factor = math.Exp(errorOfMean(residuals).reach(alpha))
	}
	return &Interval{Low: value / factor, High: value * factor, Confidence: 1 - 2*alpha}
}

// RatioOf is the ratio of two rates measured in the same blocks, head over base, with bounds
// by Student's t on its logarithm; nil if either rate is not positive. The bounds are nil
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
	joint, inBase := h.residuals(), b.residuals()
	for i := range joint {
		joint[i] = joint[i]/h.Value - inBase[i]/b.Value
	}
	e.Interval = around(e.Value, joint, alpha)
	return e
}

// studentT is the value that Student's t with df degrees of freedom exceeds with the chance
// alpha.
func studentT(alpha, df float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - alpha)
}

// ShareBounds returns bounds for a share, with Of trials and Count successes: Clopper and
// Pearson's exact bounds for the effective number of trials, which takes the spread between blocks
// into account (Korn & Graubard, Survey Methodology 24, 1998). It returns nil for no trials.
func (r Rate) ShareBounds(alpha float64) *Interval {
	if !(r.of > 0) {
		return nil
	}
	effect := 1.0
	if r.Blocks >= 2 && r.varies() {
		residuals, trials := r.besideTrials()
		effect = designEffect(residuals, trials).at(alpha)
	}
	return clopperPearson(r.Value, r.of/effect, alpha)
}

// varies says whether the share is neither 0 nor 1.
func (r Rate) varies() bool { return r.Value > 0 && r.Value < 1 }

// besideTrials returns the residuals of a share and, for each, the variance that it would have if trials
// were independent. Blocks without trials have none.
func (r Rate) besideTrials() (residuals, trials []float64) {
	n := float64(len(r.blocks))
	for i, residual := range r.residuals() {
		if of := r.blocks[i].Of; of > 0 {
			residuals = append(residuals, residual)
			trials = append(trials, r.Value*(1-r.Value)*of/r.of/r.of*n*n)
		}
	}
	return residuals, trials
}

// effect is how many trials it takes to tell as much of a share as one independent trial would: the design
// effect (Kish, Survey Sampling, 1965, §8.2).
type effect struct {
	standardError
	// independent is the variance of the share if trials were independent.
	independent float64
}

func designEffect(residuals, trials []float64) effect {
	n, sum := float64(len(residuals)), 0.0
	for _, v := range trials {
		sum += v
	}
	if n < 2 || !(sum > 0) {
		return effect{}
	}
	return effect{errorOfShare(residuals, trials), sum / (n * n)}
}

// at returns the design effect for a bound with the one-sided alpha, at least 1.
func (e effect) at(alpha float64) float64 {
	if len(e.squares) == 0 {
		return 1
	}
	return max(square(e.reach(alpha)/distuv.UnitNormal.Quantile(1-alpha))/e.independent, 1)
}

// clopperPearson returns bounds for a share of n trials, which need not be a whole number. The upper bound is
// calculated from the lower bound of the share of failures, because quantiles near 1 are not exact.
func clopperPearson(share, n, alpha float64) *Interval {
	x := share * n
	in := &Interval{Low: 0, High: 1, Confidence: 1 - 2*alpha}
	if x > 0 {
		in.Low = distuv.Beta{Alpha: x, Beta: n - x + 1}.Quantile(alpha)
	}
	if x < n {
		in.High = 1 - distuv.Beta{Alpha: n - x, Beta: x + 1}.Quantile(alpha)
	}
	return in
}

// ShareDifference is how much two shares differ.
type ShareDifference struct {
	// Value is head's share minus base's; NaN if either has no trials.
	Value      float64
	head, base Rate
	// effects are the design effects; the largest counts.
	effects []effect
	runs    betweenRuns
}

// DifferenceOf returns the difference of two shares that were measured in different blocks. If the
// successes of one side come in clusters, those of the other are assumed to do so too, because it may show
// too few of them to tell.
func DifferenceOf(head, base []Cluster) ShareDifference {
	d := differenceOf(head, base)
	d.effects = []effect{designEffect(d.head.besideTrials()), designEffect(d.base.besideTrials())}
	return d
}

// DifferenceFromRuns is DifferenceOf for a base of several runs, whose shares may differ by more than their blocks
// explain, as head's then may from theirs.
func DifferenceFromRuns(head []Cluster, runs [][]Cluster) ShareDifference {
	d := DifferenceOf(head, slices.Concat(runs...))
	d.runs = betweenRunsOf(runs)
	return d
}

// Within is the difference as if runs did not differ by more than their blocks explain.
func (d ShareDifference) Within() ShareDifference {
	d.runs = betweenRuns{}
	return d
}

// BetweenRuns is how far above that of its runs, and how far below, another run of base may have its share by what the
// runs differ, with the one-sided alpha each.
func (d ShareDifference) BetweenRuns(alpha float64) (above, below float64) {
	if d.runs.sd == 0 {
		return 0, 0
	}
	root, reach := math.Sqrt(d.base.Value), studentT(alpha, d.runs.freedom)*d.runs.sd
	return square(root+reach) - d.base.Value, d.base.Value - square(max(root-reach, 0))
}

// betweenRuns is how much another run's share differs from that of several runs, beyond what the blocks of
// each explain: the standard error of its square root, by which runs of high and of low shares differ alike.
type betweenRuns struct{ sd, freedom float64 }

// FewestRuns is the fewest runs that show how much runs differ.
const FewestRuns = 3

// betweenRunsOf takes from the variance of the runs' shares that of clustered trials (DerSimonian & Laird,
// Controlled Clinical Trials 7, 1986).
func betweenRunsOf(runs [][]Cluster) betweenRuns {
	if len(runs) < FewestRuns {
		return betweenRuns{}
	}
	var roots []float64
	residual, independent, perTrial := 0.0, 0.0, 0.0
	for _, run := range runs {
		r := RateOf(run)
		if !(r.of > 0) {
			return betweenRuns{}
		}
		roots = append(roots, math.Sqrt(r.Value))
		perTrial += (1 - r.Value) / (4 * r.of)
		if n := float64(len(run)); n > 1 {
			for _, b := range run {
				residual += square(b.Count-r.Value*b.Of) * n / (n - 1)
				independent += b.Of * r.Value * (1 - r.Value)
			}
		}
	}
	n := float64(len(runs))
	_, squares := MeanAndSquares(roots)
	clustered := 1.0
	if independent > 0 {
		clustered = max(residual/independent, 1)
	}
	excess := squares/(n-1) - clustered*perTrial/n
	return betweenRuns{math.Sqrt(max(excess, 0) * (1 + 1/n)), n - 1}
}

// PairedDifferenceOf returns the difference of two shares that were measured in the same blocks: what affects
// both sides of a block cancels out.
func PairedDifferenceOf(head, base []Cluster) ShareDifference {
	d := differenceOf(head, base)
	n := float64(len(head))
	var residuals, trials []float64
	inHead, inBase := d.head.residuals(), d.base.residuals()
	variance := func(r Rate, of float64) float64 { return r.Value * (1 - r.Value) * of / r.of / r.of * n * n }
	for i := range head {
		if head[i].Of > 0 && base[i].Of > 0 {
			residuals = append(residuals, inHead[i]-inBase[i])
			trials = append(trials, variance(d.head, head[i].Of)+variance(d.base, base[i].Of))
		}
	}
	d.effects = []effect{designEffect(residuals, trials)}
	return d
}

func differenceOf(head, base []Cluster) ShareDifference {
	h, b := RateOf(head), RateOf(base)
	return ShareDifference{Value: h.Value - b.Value, head: h, base: b}
}

// Bounds returns bounds of the difference with the one-sided alpha each, from the bounds of the two shares (Newcombe,
// Statistics in Medicine 17, 1998, method 10). It returns nil if either is of fewer than MinValues
// blocks.
func (d ShareDifference) Bounds(alpha float64) *Interval {
	if min(d.head.Blocks, d.base.Blocks) < MinValues || math.IsNaN(d.Value) {
		return nil
	}
	effect := 1.0
	for _, e := range d.effects {
		effect = max(effect, e.at(alpha))
	}
	h := clopperPearson(d.head.Value, d.head.of/effect, alpha)
	b := clopperPearson(d.base.Value, d.base.of/effect, alpha)
	above, below := d.BetweenRuns(alpha)
	return &Interval{
		Low:        d.Value - math.Hypot(math.Hypot(d.head.Value-h.Low, b.High-d.base.Value), above),
		High:       d.Value + math.Hypot(math.Hypot(h.High-d.head.Value, d.base.Value-b.Low), below),
		Confidence: 1 - 2*alpha,
	}
}

// Reach is the distance of the farther bound; NaN if there are none.
func (d ShareDifference) Reach(alpha float64) float64 {
	in := d.Bounds(alpha)
	if in == nil {
		return math.NaN()
	}
	return max(d.Value-in.Low, in.High-d.Value)
}

// Greater returns the p against the alternative that head's share is higher: that at which the bounds begin
// to include 0, so that the p and the bounds never contradict each other. It is at least 1e-12, and 1 if
// there are no bounds.
func (d ShareDifference) Greater() float64 {
	return d.begins(func(in *Interval) bool { return in.Low > 0 })
}

// TwoSided is Greater against the alternative that the two shares differ; at least 2e-12.
func (d ShareDifference) TwoSided() float64 {
	return min(1, 2*d.begins(func(in *Interval) bool { return in.Low > 0 || in.High < 0 }))
}

func (d ShareDifference) begins(excludes func(*Interval) bool) float64 {
	if d.Value == 0 {
		return 1
	}
	return beginsAt(leastTail, func(alpha float64) bool {
		in := d.Bounds(alpha)
		return in != nil && excludes(in)
	})
}

// beginsAt returns the smallest one-sided alpha, from least to a half, at which bounds exclude a value, to
// 0.2%; 1 if they exclude it at none.
func beginsAt(least float64, excludes func(alpha float64) bool) float64 {
	const most, precision = 0.499, 0.002
	switch {
	case !excludes(most):
		return 1
	case excludes(least):
		return least
	}
	low, high := math.Log(least), math.Log(most)
	for high-low > precision {
		if middle := (low + high) / 2; excludes(math.Exp(middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return math.Exp(high)
}
