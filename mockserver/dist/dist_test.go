package dist_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/mockserver/dist"
)

func TestQuantile(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name string
		dist dist.Duration
		u    float64
		want time.Duration
	}{
		{"zero", dist.Duration{}, 0.5, 0},
		{"constant", dist.Duration{Constant: 7 * ms}, 0.99, 7 * ms},
		{"uniform", dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: 10 * ms, Max: 20 * ms}}, 0.25, 12500 * time.Microsecond},
		{"uniform of one value", dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: 10 * ms, Max: 10 * ms}}, 0.7, 10 * ms},
		{"normal median", dist.Duration{Normal: &dist.Normal[time.Duration]{Mean: 10 * ms, SD: ms}}, 0.5, 10 * ms},
		{"normal at one deviation", dist.Duration{Normal: &dist.Normal[time.Duration]{Mean: 10 * ms, SD: ms}}, 0.841344746, 11 * ms},
		{"normal is cut at 0", dist.Duration{Normal: &dist.Normal[time.Duration]{Mean: ms, SD: 10 * ms}}, 0.01, 0},
		{"lognormal median", dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 15 * ms, P99: 40 * ms}}, 0.5, 15 * ms},
		{"lognormal p99", dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 15 * ms, P99: 40 * ms}}, 0.99, 40 * ms},
		{"lognormal of one value", dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 15 * ms, P99: 15 * ms}}, 0.9, 15 * ms},
		{"exponential median", dist.Duration{Exponential: &dist.Exponential[time.Duration]{Mean: 10 * ms}}, 0.5, 6931472 * time.Nanosecond},
		{"pareto minimum", dist.Duration{Pareto: &dist.Pareto[time.Duration]{Min: 10 * ms, Alpha: 2}}, 0, 10 * ms},
		{"pareto three quarters", dist.Duration{Pareto: &dist.Pareto[time.Duration]{Min: 10 * ms, Alpha: 2}}, 0.75, 20 * ms},
		{"pareto p99", dist.Duration{Pareto: &dist.Pareto[time.Duration]{Min: 10 * ms, Alpha: 1}}, 0.99, time.Second},
		{"pareto beyond the cap", dist.Duration{Pareto: &dist.Pareto[time.Duration]{Min: time.Second, Alpha: 0.01}}, 0.999, 24 * time.Hour},
		{"empirical minimum", empirical(10*ms, 20*ms, 100*ms), 0, 10 * ms},
		{"empirical between two", empirical(10*ms, 20*ms, 100*ms), 0.25, 15 * ms},
		{"empirical median", empirical(10*ms, 20*ms, 100*ms), 0.5, 20 * ms},
		{"empirical tail", empirical(10*ms, 20*ms, 100*ms), 0.75, 60 * ms},
		{"empirical maximum", empirical(10*ms, 20*ms, 100*ms), 1, 100 * ms},
		{"empirical of equal values", empirical(10*ms, 10*ms, 20*ms), 0.3, 10 * ms},
		{"empirical of one value", empirical(10 * ms), 0.9, 10 * ms},
		{"exponential with mean 0", dist.Duration{Exponential: &dist.Exponential[time.Duration]{}}, 0.5, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.dist.Quantile(test.u); math.Abs(float64(got-test.want)) > float64(time.Microsecond) {
				t.Errorf("Quantile(%v) = %v, want %v", test.u, got, test.want)
			}
		})
	}
}

func empirical(values ...time.Duration) dist.Duration {
	return dist.Duration{Empirical: &dist.Empirical[time.Duration]{Values: values}}
}

func TestQuantileIsMonotonicAndNonNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDist(t)
		u, v := rapid.Float64Range(0, 1).Draw(t, "u"), rapid.Float64Range(0, 1).Draw(t, "v")
		low, high := d.Quantile(min(u, v)), d.Quantile(max(u, v))
		if low < 0 || high < low || math.IsInf(high, 0) || math.IsNaN(high) {
			t.Fatalf("Quantile(%v) = %v and Quantile(%v) = %v", min(u, v), low, max(u, v), high)
		}
	})
}

func anyDist(t *rapid.T) dist.Number {
	a := rapid.Float64Range(0.001, 1e6).Draw(t, "a")
	b := a + rapid.Float64Range(0, 1e6).Draw(t, "b")
	values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 20).Draw(t, "values")
	slices.Sort(values)
	return rapid.SampledFrom([]dist.Number{
		{Constant: a},
		{Uniform: &dist.Uniform[float64]{Min: a, Max: b}},
		{Normal: &dist.Normal[float64]{Mean: a, SD: b}},
		{LogNormal: &dist.LogNormal[float64]{P50: a, P99: b}},
		{Exponential: &dist.Exponential[float64]{Mean: a}},
		{Pareto: &dist.Pareto[float64]{Min: a, Alpha: rapid.Float64Range(0.01, 10).Draw(t, "alpha")}},
		{Empirical: &dist.Empirical[float64]{Values: values}},
	}).Draw(t, "shape")
}

// Value i of n is the quantile i/(n-1).
func TestEmpiricalQuantilesAreItsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 2, 50).Draw(t, "values")
		slices.Sort(values)
		d := dist.Number{Empirical: &dist.Empirical[float64]{Values: values}}
		for i, want := range values {
			u := float64(i) / float64(len(values)-1)
			if got := d.Quantile(u); math.Abs(got-want) > 1e-4 { // Quantile keeps u 1e-12 away from 0 and 1
				t.Fatalf("Quantile(%v) = %v, want value %d of %d, %v", u, got, i, len(values), want)
			}
		}
	})
}

func TestValidate(t *testing.T) {
	uniform := &dist.Uniform[float64]{Min: 1, Max: 2}
	for _, test := range []struct {
		name string
		dist dist.Number
		want string
	}{
		{"constant", dist.Number{Constant: 3}, ""},
		{"uniform", dist.Number{Uniform: uniform}, ""},
		{
			"two distributions",
			dist.Number{Uniform: uniform, Exponential: &dist.Exponential[float64]{Mean: 1}},
			"expected one of uniform, normal, lognormal, exponential, pareto, empirical, found several",
		},
		{"uniform with max below min", dist.Number{Uniform: &dist.Uniform[float64]{Min: 2, Max: 1}}, "uniform: max must not be less than min"},
		{"lognormal with median 0", dist.Number{LogNormal: &dist.LogNormal[float64]{P99: 1}}, "lognormal: p50 must be greater than 0"},
		{"the largest number", dist.Number{Constant: 1e7}, ""},
		{"a number beyond the largest", dist.Number{Constant: 1e18}, "expected at most 1e+07, found 1e+18"},
		{"uniform beyond the largest", dist.Number{Uniform: &dist.Uniform[float64]{Max: 1e8}}, "expected at most 1e+07, found 1e+08"},
		{"normal beyond the largest", dist.Number{Normal: &dist.Normal[float64]{SD: 1e8}}, "expected at most 1e+07, found 1e+08"},
		{"exponential beyond the largest", dist.Number{Exponential: &dist.Exponential[float64]{Mean: 1e8}}, "expected at most 1e+07, found 1e+08"},
		{"pareto beyond the largest", dist.Number{Pareto: &dist.Pareto[float64]{Min: 1e8, Alpha: 1}}, "expected at most 1e+07, found 1e+08"},
		{"empirical beyond the largest", dist.Number{Empirical: &dist.Empirical[float64]{Values: []float64{1e8}}}, "expected at most 1e+07, found 1e+08"},
		{"too many values", dist.Number{Empirical: &dist.Empirical[float64]{Values: make([]float64, 10001)}}, "empirical: expected 1 to 10000 values, found 10001"},
		{"lognormal with an absurd tail", dist.Number{LogNormal: &dist.LogNormal[float64]{P50: 1e-9, P99: 1}}, "lognormal: p99 must be at most 1000000 times p50"},
		{"lognormal with p99 below p50", dist.Number{LogNormal: &dist.LogNormal[float64]{P50: 2, P99: 1}}, "lognormal: p99 must not be less than p50"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := test.dist.Validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestIsZero(t *testing.T) {
	if !(dist.Number{}).IsZero() {
		t.Error("the zero Dist is not zero")
	}
	if (dist.Number{Constant: 1}).IsZero() || (dist.Number{Exponential: &dist.Exponential[float64]{}}).IsZero() {
		t.Error("a Dist that is not the constant zero is zero")
	}
}

func TestDurationsAreAtMostADay(t *testing.T) {
	day := dist.Duration{Constant: 24 * time.Hour}
	if err := day.Validate(); err != nil {
		t.Errorf("24h: %v", err)
	}
	day.Constant++
	if err := day.Validate(); err == nil {
		t.Error("more than 24h is accepted")
	}
}
