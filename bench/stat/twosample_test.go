package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The permeability of ten chorioamnions at term and of five at 12 to 26 weeks
// (Hollander & Wolfe, 1973, p. 69), as R's ?wilcox.test shows them: p = 0.2544 two-sided,
// and with conf.int the shift 0.305 with the exact interval −0.15 to 0.76.
func TestShiftOfThePublishedExample(t *testing.T) {
	term := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	near(t, "shift", Shift(term, early, 0.95).Value, 0.305, 1e-9)
	// Five values get no p of ours; a sixth copy would change it.
	if got := Shift(term, early, 0.95); got.P != 1 || got.Interval != nil {
		t.Errorf("five values give p %v and interval %v", got.P, got.Interval)
	}
}

// The interval covers a shift, and the p is small where nothing differs, as often as they say.
func TestShiftCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	const runs = 200
	held, called := 0, 0
	for range runs {
		var head, base []float64
		for range 15 {
			head, base = append(head, 0.3+rng.NormFloat64()), append(base, rng.NormFloat64())
		}
		got := Shift(head, base, 0.95)
		if got.Interval.Low <= 0.3 && 0.3 <= got.Interval.High {
			held++
		}
		for i := range head {
			head[i] -= 0.3
		}
		if Shift(head, base, 0.95).P <= 0.05 {
			called++
		}
	}
	if share := float64(held) / runs; share < 0.93 {
		t.Errorf("95%% intervals hold %.1f%%", share*100)
	}
	if share := float64(called) / runs; share > 0.07 {
		t.Errorf("a p of 5%% is met by %.1f%% where nothing differs", share*100)
	}
}

// It covers a shift where values follow each other, too, whatever outliers are among them, and its p does not
// contradict the interval. That of independent values held 70% and 50% at ρ = 0.6 and 0.8.
func TestShiftCoversWhereValuesFollowEachOther(t *testing.T) {
	const runs = 40
	for _, c := range []struct {
		rho, outliers, held float64
	}{{0, 0.1, 0.95}, {0.6, 0.1, 0.9}, {0.8, 0, 0.7}} {
		for _, n := range []int{8, 15} {
			rng := rand.New(rand.NewPCG(2, uint64(n)))
			held := 0
			for range runs {
				sides := [2][]float64{make([]float64, n), make([]float64, n)}
				for _, side := range sides {
					for i, b := range drifting(rng, n, c.rho) {
						side[i] = math.Log(b.Count)
						if rng.Float64() < c.outliers {
							side[i] += 1
						}
					}
				}
				got := Shift(sides[0], sides[1], 0.95)
				held += count(got.Interval, 0)
				if excluded := got.Interval.Low > 0 || got.Interval.High < 0; excluded != (got.P <= 0.05) {
					t.Errorf("%+v has p %v", *got.Interval, got.P)
				}
			}
			if held < int(c.held*runs) {
				t.Errorf("ρ %.1f, %d values: %d of %d held, want %v", c.rho, n, held, runs, c.held)
			}
		}
	}
}

func TestShiftEdges(t *testing.T) {
	if got := Shift(nil, []float64{1}, 0.95); got != nil {
		t.Errorf("nothing gives %+v", got)
	}
	known := []float64{1, 2, 3, 4, 5, 6, 7}
	if got := Shift(append([]float64{math.NaN()}, known...), known, 0.95); got != nil { // ranking it never ends
		t.Errorf("a NaN gives %+v", got)
	}
	same := []float64{1, 1, 1, 1, 1, 1, 1}
	if got := Shift(same, same, 0.95); got.Value != 0 || got.P != 1 {
		t.Errorf("equal values give %+v", got)
	}
}

// Too few values on one side are too few, however many the other has.
func TestShiftNeedsValuesOnBothSides(t *testing.T) {
	var few, many []float64
	for i := range 30 {
		many = append(many, float64(i%7))
		if i < MinValues-1 {
			few = append(few, 100+float64(i))
		}
	}
	for _, sides := range [][2][]float64{{few, many}, {many, few}, {few, few}} {
		if got := Shift(sides[0], sides[1], 0.95); got == nil || got.P != 1 || got.Interval != nil {
			t.Errorf("%d against %d values: %+v", len(sides[0]), len(sides[1]), got)
		}
	}
}
