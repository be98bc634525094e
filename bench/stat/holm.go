package stat

import (
	"cmp"
	"slices"
)

// Holm adjusts p's for being one of family tests each (Holm 1979): the k-th smallest,
// from 0, is multiplied by family−k, and none is under one before it. An adjusted p
// of at most α rejects with a chance of at most α of any false rejection in the
// family. Tests that have no p of their own count in family alone; it is at least len(p).
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
