package stat

import (
	"cmp"
	"math"
	"slices"
)

// SignedRankTest is the outcome of a Wilcoxon signed-rank test of the hypothesis
// that the values are distributed symmetrically around 0.
type SignedRankTest struct {
	// V is the sum of the ranks of the positive values.
	V float64
	// N is the number of values ranked: those that are not 0.
	N int
	// Tied is how many of them have the same magnitude as another.
	Tied int
	// Exact is false if N is over ExactLimit and the p's are approximations.
	Exact bool
	// Greater, Less and TwoSided are the p's, in (0,1], against the alternatives
	// that the values' centre lies above 0, below 0, or on either side.
	Greater, Less, TwoSided float64
}

// SignedRank tests x (Wilcoxon 1945). Zeros are dropped; equal magnitudes, such as those of
// infinite values, get their midrank, and the p's are exact given those midranks (Pratt & Gibbons,
// Concepts of Nonparametric Theory, 1981, ch. 3). Above ExactLimit it is the
// normal approximation with corrections for continuity and ties (Hollander &
// Wolfe, Nonparametric Statistical Methods, 2nd ed., §3.1). If all values are 0
// every p is 1. It returns nil for fewer than MinValues values.
func SignedRank(x []float64) *SignedRankTest {
	if len(x) < MinValues {
		return nil
	}
	values := slices.DeleteFunc(slices.Clone(x), func(v float64) bool { return v == 0 })
	ranks := doubledMidranks(values, math.Abs)
	v2 := 0
	for i, v := range values {
		if v > 0 {
			v2 += ranks[i]
		}
	}
	t := &SignedRankTest{V: float64(v2) / 2, N: len(values), Tied: tied(values), Exact: len(values) <= ExactLimit}
	if t.Exact {
		t.Less, t.Greater = exactTails(ranks, v2)
	} else {
		t.Less, t.Greater = normalTails(ranks, v2)
	}
	t.TwoSided = min(1, 2*min(t.Less, t.Greater))
	return t
}

// tied is how many values have the same magnitude as another.
func tied(values []float64) (n int) {
	often := map[float64]int{}
	for _, v := range values {
		often[math.Abs(v)]++
	}
	for _, times := range often {
		if times > 1 {
			n += times
		}
	}
	return n
}

// doubledMidranks are twice the ranks of x by a key, in the order of x: a midrank is a multiple
// of ½, so that twice it is whole and can index a table.
func doubledMidranks(x []float64, key func(float64) float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(key(x[a]), key(x[b])) })
	ranks := make([]int, len(x))
	for start := 0; start < len(order); {
		end := start + 1
		for end < len(order) && key(x[order[end]]) == key(x[order[start]]) {
			end++
		}
		for _, i := range order[start:end] {
			ranks[i] = start + 1 + end // first rank + last rank of the tie
		}
		start = end
	}
	return ranks
}

// firstRanks are the ranks of n values without ties.
func firstRanks(n int) []int {
	ranks := make([]int, n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	return ranks
}

// doubled are the ranks times two, as normalTails and moments take them.
func doubled(ranks []int) []int {
	out := make([]int, len(ranks))
	for i, r := range ranks {
		out[i] = 2 * r
	}
	return out
}

// nullDistribution is P(S = s) for s = 0…Σranks, where S is the sum of the ranks
// that a fair coin picks. Halving at each rank keeps it from overflowing.
func nullDistribution(ranks []int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	p := make([]float64, total+1)
	p[0] = 1
	reach := 0
	for _, r := range ranks {
		reach += r
		for s := reach; s >= r; s-- {
			p[s] = (p[s] + p[s-r]) / 2
		}
		for s := range r {
			p[s] /= 2
		}
	}
	return p
}

// exactTails are P(S ≤ v) and P(S ≥ v). The distribution is symmetric, so both are summed
// from its smallest probabilities up, which loses nothing to rounding.
func exactTails(ranks []int, v int) (below, above float64) {
	p := nullDistribution(ranks)
	for _, q := range p[:v+1] {
		below += q
	}
	for _, q := range p[:len(p)-v] {
		above += q
	}
	return min(below, 1), min(above, 1)
}

// normalTails are the tails by the normal approximation, with a continuity correction of half
// a rank.
func normalTails(ranks []int, v2 int) (below, above float64) {
	mean, sd := moments(ranks)
	d := float64(v2)/2 - mean
	return normalTail(-(d + 0.5) / sd), normalTail((d - 0.5) / sd)
}

// moments are the mean and standard deviation of the statistic under the
// hypothesis. Each rank r is in the sum with a chance of ½, so its variance is r²/4; the sum
// over midranks is n(n+1)(2n+1)/24 minus the usual Σ(t³−t)/48 for ties of t.
func moments(ranks []int) (mean, sd float64) {
	variance := 0.0
	for _, r := range ranks {
		rank := float64(r) / 2
		mean += rank / 2
		variance += rank * rank / 4
	}
	return mean, math.Sqrt(variance)
}

// normalTail is P(Z > z) of a standard normal; never 0, so that a p is in (0,1].
func normalTail(z float64) float64 {
	return max(math.Erfc(z/math.Sqrt2)/2, math.SmallestNonzeroFloat64)
}
