package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Student's own ten differences in hours of sleep (Biometrika 6, 1908): 2 of the 1024 ways to sign them give
// as large a sum. In this order their correlation is negative, and beside 99 others that alternate they are
// worth ten.
func TestMeanOfStudentsSleep(t *testing.T) {
	got := OfMeans([]float64{4.6, 0, 2.4, 0.8, 1.8, 1, 1.4, 1.2, 1.3, 1.3}, Shared{Rho: -1, Samples: 99, Longest: 45})
	near(t, "worth", got.Worth, 10, 0)
	near(t, "p by signs", got.Greater, 2.0/1024, 1e-12)
}

func TestMeanEdges(t *testing.T) {
	if got := OfMeans(nil, Shared{}); got != nil {
		t.Errorf("the mean of nothing is %+v", got)
	}
	same := make([]float64, 15)
	if got := OfMeans(same, Shared{Rho: 0, Samples: 1, Longest: 15}); got.Greater != 1 {
		t.Errorf("no difference at all has %+v", got)
	}
	for i := range same {
		same[i] = 0.01
	}
	if got := OfMeans(same, Shared{Rho: 0, Samples: 1, Longest: 15}); got.Greater != math.Pow(2, -15) {
		t.Errorf("the same difference in each of 15 blocks has %+v", got)
	}
}

// An outage of several blocks is one event, on whichever side it is: identical servers that have
// some are told apart in 1% of cases at most. The signs of blocks alone would do so in over 5%.
func TestMeansOfOutagesThatLast(t *testing.T) {
	const runs, n = 1500, 30
	rng := rand.New(rand.NewPCG(1, 2))
	called, bySigns := 0, 0
	x, down := make([]float64, n), [2]bool{}
	for range runs {
		for i := range x {
			x[i] = 0
			for side, sign := range []float64{-1, 1} {
				if change := rng.Float64(); down[side] && change < 0.2 || !down[side] && change < 0.1 {
					down[side] = !down[side]
				}
				if down[side] {
					x[i] += sign * 0.05
				}
			}
		}
		if OfMeans(x, SharedBy([][]float64{x})).Greater <= 0.01 {
			called++
		}
		if SignFlip(x).Greater <= 0.01 {
			bySigns++
		}
	}
	if called > runs/100 || bySigns < runs/20 {
		t.Errorf("of %d, %d by their mean, %d by signs", runs, called, bySigns)
	}
}
