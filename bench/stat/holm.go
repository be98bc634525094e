package stat

import (
	"cmp"
	"slices"
)

// Holm adjusts p values for multiple testing (Holm 1979): the k-th smallest, counted from 0, is
// multiplied by family−k, and none is smaller than the one before it. Rejecting where the adjusted
// p is at most α makes a false rejection anywhere in the family with a chance of at most α. family
// is the number of tests, those without a p value included, so at least len(p).
func Holm(p []float64, family int) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	worst := 0.0
	for k, i := range order {
		worst = min(1, max(worst, p[i]*float64(max(family, len(p))-k)))
		adjusted[i] = worst
	}
	return adjusted
}
