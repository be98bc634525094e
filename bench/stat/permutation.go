package stat

import "math"

// PermutationTest is the outcome of a two-sample permutation test of the hypothesis
// that head and base have the same distribution.
type PermutationTest struct {
	// Exact is false if there are too many values and the p is an approximation.
	Exact bool
	// Greater is the p, in (0,1], against the alternative that head's values are larger.
	Greater float64
}

// The limits of an exact permutation test: the number of all values times that of head's,
// and the steps that the sum of all values is rounded to.
const (
	permutationLimit = 40_000
	permutationSteps = 1 << 10
)

// Permutation tests whether head's values, at least 0, are larger than base's, by the
// distribution of their sum over all ways to choose as many of all values (Pitman, Supplement
// to the Journal of the Royal Statistical Society 4, 1937), in steps of 1/1024 of the sum of
// all. If the number of all values times that of head's is over 40,000, it uses the normal
// approximation of that distribution. It returns nil if either is empty.
func Permutation(head, base []float64) *PermutationTest {
	if len(head) == 0 || len(base) == 0 {
		return nil
	}
	all := append(append([]float64{}, head...), base...)
	if len(all)*len(head) > permutationLimit {
		return &PermutationTest{Greater: normalPermutationTail(all, head)}
	}
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	if sum == 0 {
		return &PermutationTest{Exact: true, Greater: 1}
	}
	steps, seen := make([]int, len(all)), 0
	for i, v := range all {
		steps[i] = int(math.Round(v / sum * permutationSteps))
		if i < len(head) {
			seen += steps[i]
		}
	}
	return &PermutationTest{Exact: true, Greater: chosenTail(steps, len(head), seen)}
}

// chosenTail is the share of all ways to choose size of the steps that add up to seen or more.
func chosenTail(steps []int, size, seen int) float64 {
	total := 0
	for _, k := range steps {
		total += k
	}
	// ways[j][s] is the share of all ways to choose j of the values so far that add up to s.
	ways := make([][]float64, size+1)
	for j := range ways {
		ways[j] = make([]float64, total+1)
	}
	ways[0][0] = 1
	reach := 0
	for n, k := range steps {
		reach += k
		for j := min(n+1, size); j >= 1; j-- {
			in := float64(j) / float64(n+1) // the share of choices of j values that include the last
			for s := reach; s >= 0; s-- {
				with := 0.0
				if s >= k {
					with = ways[j-1][s-k]
				}
				ways[j][s] = ways[j][s]*(1-in) + with*in
			}
		}
	}
	tail := 0.0
	for _, p := range ways[size][seen:] {
		tail += p
	}
	return min(tail, 1)
}

// normalPermutationTail is the tail by the normal approximation.
func normalPermutationTail(all, head []float64) float64 {
	n, size := float64(len(all)), float64(len(head))
	seen := 0.0
	for _, v := range head {
		seen += v
	}
	mean, square := MeanAndSquares(all)
	if square == 0 {
		return 1
	}
	sd := math.Sqrt(size * (n - size) / (n * (n - 1)) * square)
	return normalTail((seen - size*mean) / sd)
}
