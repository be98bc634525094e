package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Student's 95% interval of the mean of his own ten differences in hours of sleep
// (Biometrika 6, 1908), as R's t.test(extra ~ group, sleep, paired = TRUE) gives it:
// 1.58, 0.7001 to 2.4599, with p = 0.002833. In this order their correlation is negative, and
// beside 99 others that alternate they are worth ten.
func TestMeanOfStudentsSleep(t *testing.T) {
	got := OfMeans([]float64{4.6, 0, 2.4, 0.8, 1.8, 1, 1.4, 1.2, 1.3, 1.3}, 0.025, Shared{Rho: -1, Samples: 99, Longest: 45})
	near(t, "mean", got.Value, 1.58, 1e-12)
	near(t, "low", got.Interval.Low, 0.7001142, 1e-6)
	near(t, "high", got.Interval.High, 2.4598858, 1e-6)
	near(t, "worth", got.Worth, 10, 0)
	near(t, "p by signs", got.Greater, 2.0/1024, 1e-12)
}

func TestMeanEdges(t *testing.T) {
	if got := OfMeans(nil, 0.025, Shared{}); got != nil {
		t.Errorf("the mean of nothing is %+v", got)
	}
	if got := OfMeans([]float64{1, 2, 3, 4, 5}, 0.025, Shared{}); got.Interval != nil || got.Value != 3 {
		t.Errorf("five values have %+v", got)
	}
	same := make([]float64, 15)
	if got := OfMeans(same, 0.025, Shared{Rho: 0, Samples: 1, Longest: 15}); got.Greater != 1 || *got.Interval != (Interval{0, 0, 0.95}) {
		t.Errorf("no difference at all has %+v (%+v)", got, got.Interval)
	}
	for i := range same {
		same[i] = 0.01
	}
	if got := OfMeans(same, 0.025, Shared{Rho: 0, Samples: 1, Longest: 15}); got.Greater != math.Pow(2, -15) || got.TwoSided != math.Pow(2, -14) {
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
		if OfMeans(x, 0.025, SharedBy([][]float64{x})).Greater <= 0.01 {
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
