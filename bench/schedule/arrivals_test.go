package schedule

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/scenarios"
)

func offsets(t rapid.TB, o scenarios.Open, seed uint64) []time.Duration {
	t.Helper()
	return offsetsOf(t, o, seed, 0)
}

// offsetsOf returns the due times of one block.
func offsetsOf(t rapid.TB, o scenarios.Open, seed uint64, block int) []time.Duration {
	t.Helper()
	next, err := newArrivals(o, block, func(block int) *rand.Rand { return Random(seed, "test", block) })
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Duration
	for at, ok := next(); ok; at, ok = next() {
		all = append(all, at.due)
	}
	return all
}

// anyOpen draws any kind of open load but a trace.
func anyOpen(t *rapid.T) scenarios.Open {
	lengths := ms(1, 70, 333, 1000, 3000) // a range would mostly draw short ones
	o := scenarios.Open{
		Rate:       rapid.SampledFrom([]float64{0.5, 33.3, 400, 3e3}).Draw(t, "rate"),
		Arrivals:   rapid.SampledFrom([]string{"constant", "poisson", "gamma"}).Draw(t, "arrivals"),
		Burstiness: rapid.SampledFrom([]float64{0.05, 0.7, 1, 2, 8}).Draw(t, "burstiness"),
		Duration:   rapid.SampledFrom(lengths).Draw(t, "duration"),
	}
	rates := rapid.SampledFrom([]float64{0, 0.3, 20, 777, 1e3, 3e3})
	switch rapid.SampledFrom([]string{"flat", "ramp", "steps", "sine"}).Draw(t, "shape") {
	case "ramp":
		r := &scenarios.Ramp{From: rates.Draw(t, "from"), To: rates.Draw(t, "to")}
		o.Shape.Ramp, o.Rate = r, (r.From+r.To)/2
	case "steps":
		steps := rapid.SliceOfN(rates, 1, 20).Draw(t, "steps")
		o.Shape.Steps, o.Rate = &steps, 0
		for _, rate := range steps {
			o.Rate += rate / float64(len(steps))
		}
	case "sine":
		o.Shape.Sine = &scenarios.Sine{
			Amplitude: rapid.Float64Range(0.01, 1).Draw(t, "amplitude"),
			Period:    rapid.SampledFrom(append(lengths, 0)).Draw(t, "period"),
		}
	}
	return o
}

// spread is the largest allowed deviation of a count: eight standard deviations, plus
// an allowance for long gaps that the edges of a block cut.
func spread(o scenarios.Open, expected float64) float64 {
	cv := map[string]float64{"poisson": 1, "gamma": o.Burstiness}[o.Arrivals]
	return 1 + 8*cv*math.Sqrt(expected) + 12*cv*cv
}

func TestConstantArrivalsAreEvenlySpaced(t *testing.T) {
	got := offsets(t, scenarios.Open{Rate: 200, Arrivals: "constant", Duration: time.Hour}, 1)
	if len(got) != 200*3600 {
		t.Fatalf("%d prompts in an hour at 200/s, want %d", len(got), 200*3600)
	}
	for i, at := range got {
		if want := time.Duration(i) * 5 * time.Millisecond; (at - want).Abs() > time.Microsecond {
			t.Fatalf("prompt %d is due at %v, want %v", i, at, want)
		}
	}
}

func TestPoissonHasItsRateAndGaps(t *testing.T) {
	got := offsets(t, scenarios.Open{Rate: 1000, Arrivals: "poisson", Duration: 1000 * time.Second}, 7)
	const want = 1e6
	// Six standard deviations of a Poisson count.
	if n := float64(len(got)); math.Abs(n-want) > 6*math.Sqrt(want) {
		t.Errorf("%v prompts, want %v ± %v", n, want, 6*math.Sqrt(want))
	}
	// The share of gaps longer than the mean is 1/e.
	long := 0
	for i := 1; i < len(got); i++ {
		if got[i]-got[i-1] > time.Millisecond {
			long++
		}
	}
	if share := float64(long) / float64(len(got)); math.Abs(share-1/math.E) > 0.003 {
		t.Errorf("%.4f of the gaps are longer than the mean, want %.4f", share, 1/math.E)
	}
}

func TestSchedulesAreSortedWithinTheBlockAndRepeatable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOpen(t)
		seed := rapid.Uint64().Draw(t, "seed")
		got := offsets(t, o, seed)
		if !slices.IsSorted(got) {
			t.Fatal("the schedule is not sorted")
		}
		n := len(got)
		if n > 0 && (got[0] < 0 || got[n-1] >= o.Duration) {
			t.Fatalf("the schedule is not within [0, %v): %v … %v", o.Duration, got[0], got[n-1])
		}
		expected := o.Rate * o.Duration.Seconds()
		if math.Abs(float64(n)-expected) > spread(o, expected) {
			t.Fatalf("%d prompts, want %v ± %v", n, expected, spread(o, expected))
		}
		if !slices.Equal(got, offsets(t, o, seed)) {
			t.Fatal("the same seed gives a different schedule")
		}
		if o.Arrivals != "constant" && n > 5 && slices.Equal(got, offsets(t, o, seed+1)) {
			t.Fatal("different seeds give the same schedule")
		}
	})
}

// TestShapesHaveTheirRateInEveryQuarter compares each shape with its integral: 100 s at a mean of 1000/s.
func TestShapesHaveTheirRateInEveryQuarter(t *testing.T) {
	const mean, third = 1000.0, 4000.0 / 3
	for _, row := range []struct {
		name  string
		shape scenarios.Shape
		want  [4]float64 // prompts/s in each quarter
	}{
		{"flat", scenarios.Shape{}, [4]float64{mean, mean, mean, mean}},
		{"ramp up", scenarios.Shape{Ramp: &scenarios.Ramp{To: 2000}}, [4]float64{250, 750, 1250, 1750}},
		{"ramp down", scenarios.Shape{Ramp: &scenarios.Ramp{From: 2000}}, [4]float64{1750, 1250, 750, 250}},
		{"ramp without a slope", scenarios.Shape{Ramp: &scenarios.Ramp{From: 1000, To: 1000}}, [4]float64{mean, mean, mean, mean}},
		{"four steps", scenarios.Shape{Steps: &[]float64{0, 3000, 0, 1000}}, [4]float64{0, 3000, 0, 1000}},
		{"three steps", scenarios.Shape{Steps: &[]float64{2000, 1000, 0}}, [4]float64{2000, third, 2000 - third, 0}},
		{"one period", scenarios.Shape{Sine: &scenarios.Sine{Amplitude: 1}}, [4]float64{mean * (1 + 2/math.Pi), mean * (1 + 2/math.Pi), mean * (1 - 2/math.Pi), mean * (1 - 2/math.Pi)}},
		{"many periods", scenarios.Shape{Sine: &scenarios.Sine{Amplitude: 0.5, Period: 5 * time.Second}}, [4]float64{mean, mean, mean, mean}},
		{"a period that does not fit", scenarios.Shape{Sine: &scenarios.Sine{Amplitude: 1, Period: 90 * time.Second}}, [4]float64{mean * (1 + 2/math.Pi), mean * (1 + 2/math.Pi), mean * (1 - 2/math.Pi), mean * (1 - 2/math.Pi)}},
	} {
		for _, arrivals := range []string{"constant", "poisson", "gamma"} {
			o := scenarios.Open{Rate: mean, Arrivals: arrivals, Burstiness: 2, Shape: row.shape, Duration: 100 * time.Second}
			var got [4]float64
			for _, at := range offsets(t, o, 3) {
				got[at/(o.Duration/4)]++
			}
			for quarter, n := range got {
				want := row.want[quarter] * 25
				if bound := spread(o, want); math.Abs(n-want) > bound && (arrivals != "constant" || math.Abs(n-want) > 2) {
					t.Errorf("%s, %s: %v prompts in quarter %d, want %v ± %v", row.name, arrivals, n, quarter+1, want, bound)
				}
			}
		}
	}
}

func TestGammaHasItsCoefficientOfVariation(t *testing.T) {
	for _, cv := range []float64{0.1, 0.5, 1, 2, 5} {
		got := offsets(t, scenarios.Open{Rate: 1000, Arrivals: "gamma", Burstiness: cv, Duration: 300 * time.Second}, 9)
		var sum, squares float64
		for i := 1; i < len(got); i++ {
			gap := (got[i] - got[i-1]).Seconds()
			sum, squares = sum+gap, squares+gap*gap
		}
		n := float64(len(got) - 1)
		mean := sum / n
		if is := math.Sqrt(squares/n-mean*mean) / mean; math.Abs(is/cv-1) > 0.03 {
			t.Errorf("the gaps have a coefficient of variation of %.3f, want %v", is, cv)
		}
	}
}

// TestShortBlocksOfBurstsHaveAnUnbiasedRate: a schedule that began with a full gap
// would have (cv² − 1)/2 prompts per block too many.
func TestShortBlocksOfBurstsHaveAnUnbiasedRate(t *testing.T) {
	for _, cv := range []float64{0.2, 3} {
		o := scenarios.Open{Rate: 100, Arrivals: "gamma", Burstiness: cv, Duration: 100 * time.Millisecond}
		prompts, products, before := 0.0, 0.0, 0.0
		const blocks = 5_000
		for seed := range uint64(blocks) {
			n := float64(len(offsets(t, o, seed)))
			prompts += n
			products += (n - 10) * (before - 10)
			before = n
		}
		// The variance of a block's count is at most cv²·10.
		if mean := prompts / blocks; math.Abs(mean-10) > 6*max(cv, 0.5)*math.Sqrt(10.0/blocks) {
			t.Errorf("burstiness %v: %v prompts per block, want 10", cv, mean)
		}
		if shared := products / blocks; math.Abs(shared) > 6*max(cv*cv, 1)*10/math.Sqrt(blocks) {
			t.Errorf("burstiness %v: neighbouring blocks have a covariance of %v", cv, shared)
		}
	}
}

func TestSchedulesDoNotAllocate(t *testing.T) {
	sine, parts := scenarios.Sine{Amplitude: 0.9, Period: time.Second}, []float64{2e6, 1e6}
	for _, shape := range []scenarios.Shape{{}, {Ramp: &scenarios.Ramp{From: 1e6, To: 2e6}}, {Steps: &parts}, {Sine: &sine}} {
		for _, arrivals := range []string{"constant", "poisson", "gamma"} {
			o := scenarios.Open{Rate: 1e6, Arrivals: arrivals, Burstiness: 2, Shape: shape, Duration: time.Hour}
			next, err := newArrivals(o, 0, func(int) *rand.Rand { return Random(1, "memory") })
			if err != nil {
				t.Fatal(err)
			}
			// A mean over several runs, which what the runtime allocates meanwhile does not lift to 1.
			allocated := testing.AllocsPerRun(100, func() {
				for range 100 {
					if _, ok := next(); !ok {
						t.Fatal("the schedule has ended")
					}
				}
			})
			if allocated > 0 {
				t.Errorf("%s, %s: %v allocations", arrivals, shape, allocated)
			}
		}
	}
}

func TestUnknownArrivalsAreAnError(t *testing.T) {
	if _, err := newArrivals(scenarios.Open{Arrivals: "sine"}, 0, nil); err == nil {
		t.Error("no error for an unknown kind of arrivals")
	}
}
