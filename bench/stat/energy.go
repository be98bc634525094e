package stat

import "math"

// split is a place where a run of values may be divided in two: the values before At, and those from
// At to before End. Values after End belong to neither side.
type split struct {
	At, End int
	// Energy is the distance of the two sides' distributions.
	Energy float64
}

// widestSplit is the split of x whose sides differ most by the energy statistic, of all that leave
// fewest values or more on either side, as Matteson & James choose it (Journal of the American
// Statistical Association 109, 2014, eq. 7), with distances |a−b|: Q = mn/(m+n) times twice the mean
// distance between the sides less the mean distances within them. It is false if x is too short. It
// takes len(x)² steps.
func widestSplit(x []float64, fewest int) (widest split, found bool) {
	n := len(x)
	// first[k] is the sum of the distances between all pairs of the first k values.
	first := make([]float64, n+1)
	for k := 1; k < n; k++ {
		first[k+1] = first[k]
		for _, v := range x[:k] {
			first[k+1] += math.Abs(v - x[k])
		}
	}
	// to[k] is the sum of the distances from x[k] to the values from at to before k.
	to := make([]float64, n)
	for at := n - 1; at >= fewest; at-- {
		second := 0.0 // as first, of the values from at on
		for k := at + 1; k < n; k++ {
			to[k] += math.Abs(x[at] - x[k])
			second += to[k]
			end := k + 1
			if end-at < fewest {
				continue
			}
			if q := energy(first[at], second, first[end], at, end-at); !found || q > widest.Energy {
				widest, found = split{at, end, q}, true
			}
		}
	}
	return widest, found
}

// energy is the statistic of m and n values, from the sums of the distances between all pairs of the m,
// of the n, and of all of them together.
func energy(inFirst, inSecond, inAll float64, m, n int) float64 {
	pairs := func(k int) float64 { return max(float64(k)*float64(k-1)/2, 1) }
	mean := (inAll - inFirst - inSecond) / (float64(m) * float64(n))
	return float64(m) * float64(n) / float64(m+n) * (2*mean - inFirst/pairs(m) - inSecond/pairs(n))
}

// splits is how many splits widestSplit chooses from, of n values.
func splits(n, fewest int) float64 {
	places := float64(max(n-2*fewest+1, 0))
	return places * (places + 1) / 2
}
