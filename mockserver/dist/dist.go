// Package dist holds the distributions of the scenario language: a constant, or
// one of uniform, normal, lognormal, exponential, pareto and empirical.
package dist

import (
	"errors"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Value is the type of a distribution's values: durations, or numbers without a unit.
type Value interface{ time.Duration | float64 }

// Dist is a distribution. A scalar in a scenario is its Constant; a mapping has
// exactly one of the other fields. The zero Dist is the constant zero.
type Dist[T Value] struct {
	// Constant is the value if no distribution is given, at least 0.
	Constant T `yaml:",scalar" check:"min=0"`
	// Uniform is a uniform distribution between two bounds.
	Uniform *Uniform[T] `yaml:"uniform"`
	// Normal is a normal distribution; negative values become 0.
	Normal *Normal[T] `yaml:"normal"`
	// LogNormal is a lognormal distribution given by two percentiles.
	LogNormal *LogNormal[T] `yaml:"lognormal"`
	// Exponential is an exponential distribution.
	Exponential *Exponential[T] `yaml:"exponential"`
	// Pareto is a Pareto distribution: a minimum and a heavy tail.
	Pareto *Pareto[T] `yaml:"pareto"`
	// Empirical is the distribution of measured values, interpolated linearly.
	Empirical *Empirical[T] `yaml:"empirical"`
}

// Duration is a distribution of durations.
type Duration = Dist[time.Duration]

// Number is a distribution of numbers without a unit.
type Number = Dist[float64]

// Uniform is the uniform distribution on [Min, Max].
type Uniform[T Value] struct {
	// Min is the lower bound, at least 0.
	Min T `yaml:"min" check:"min=0"`
	// Max is the upper bound, at least min.
	Max T `yaml:"max" check:"min=0"`
}

// Normal is a normal distribution; negative values become 0.
type Normal[T Value] struct {
	// Mean is the mean, at least 0.
	Mean T `yaml:"mean" check:"min=0"`
	// SD is the standard deviation, at least 0.
	SD T `yaml:"sd" check:"min=0"`
}

// LogNormal is the lognormal distribution with a given median and 99th percentile.
type LogNormal[T Value] struct {
	// P50 is the median, greater than 0.
	P50 T `yaml:"p50" check:"min=0"`
	// P99 is the 99th percentile, at least p50.
	P99 T `yaml:"p99" check:"min=0"`
}

// Exponential is the exponential distribution with a given mean.
type Exponential[T Value] struct {
	// Mean is the mean, at least 0.
	Mean T `yaml:"mean" check:"min=0"`
}

// Pareto is the Pareto distribution of type I: P(X > x) = (Min/x)^Alpha.
type Pareto[T Value] struct {
	// Min is the smallest value, greater than 0.
	Min T `yaml:"min" check:"min=0"`
	// Alpha is the tail index, 0.01…1000; the smaller, the heavier the tail. With 1.16 the largest 20% of the values make 80% of the sum; up to 1 the mean is infinite.
	Alpha float64 `yaml:"alpha" check:"min=0.01,max=1000"`
}

// Empirical is the distribution of a sample. Its quantiles are interpolated linearly
// between the sorted values (R's type 7: Hyndman, Fan: Sample Quantiles, 1996).
type Empirical[T Value] struct {
	// Values are the measured values in ascending order, at least one, each at least 0; repeat equal values.
	Values []T `yaml:"values" check:"min=0"`
}

// The bounds of a distribution. A larger value is an error, and a larger sample is cut.
const (
	maxDuration = 24 * time.Hour
	maxNumber   = 10_000_000
	// maxSpread is how many times its median the 99th percentile of a lognormal
	// distribution may be.
	maxSpread = 1_000_000
	// maxValues is the number of values of an empirical distribution.
	maxValues = 10_000
)

// largest is the largest value that a distribution of T gives.
func largest[T Value]() T {
	if _, duration := any(T(0)).(time.Duration); duration {
		return T(maxDuration)
	}
	return T(maxNumber)
}

// IsZero reports whether d is the constant zero.
func (d Dist[T]) IsZero() bool { return d.shapes() == 0 && d.Constant == 0 }

// Validate checks what the tags of single fields cannot express.
func (d Dist[T]) Validate() error {
	for _, value := range d.values() {
		if value > largest[T]() {
			return fmt.Errorf("expected at most %v, found %v", largest[T](), value)
		}
	}
	switch {
	case d.shapes() > 1:
		return errors.New("expected one of uniform, normal, lognormal, exponential, pareto, empirical, found several")
	case d.Uniform != nil && d.Uniform.Max < d.Uniform.Min:
		return errors.New("uniform: max must not be less than min")
	case d.LogNormal != nil && d.LogNormal.P50 <= 0:
		return errors.New("lognormal: p50 must be greater than 0")
	case d.LogNormal != nil && d.LogNormal.P99 < d.LogNormal.P50:
		return errors.New("lognormal: p99 must not be less than p50")
	case d.LogNormal != nil && float64(d.LogNormal.P99) > maxSpread*float64(d.LogNormal.P50):
		return fmt.Errorf("lognormal: p99 must be at most %d times p50", maxSpread)
	case d.Pareto != nil && d.Pareto.Min <= 0:
		return errors.New("pareto: min must be greater than 0")
	case d.Pareto != nil && d.Pareto.Alpha <= 0:
		return errors.New("pareto: alpha must be greater than 0")
	case d.Empirical != nil:
		return d.Empirical.validate()
	}
	return nil
}

func (e Empirical[T]) validate() error {
	if n := len(e.Values); n == 0 || n > maxValues {
		return fmt.Errorf("empirical: expected 1 to %d values, found %d", maxValues, n)
	}
	for i, value := range e.Values[1:] {
		if value < e.Values[i] {
			return fmt.Errorf("empirical: values must be in ascending order, but %v follows %v", value, e.Values[i])
		}
	}
	return nil
}

// Quantile returns the u-quantile, u in [0, 1). Applied to uniform random numbers, it
// samples the distribution; the same number always gives the same value. Values beyond
// 24h or 10,000,000, which heavy tails can exceed, are cut to that.
func (d Dist[T]) Quantile(u float64) T {
	if d.shapes() == 0 {
		return d.Constant
	}
	return T(min(d.quantile(min(max(u, 1e-12), 1-1e-12)), float64(largest[T]())))
}

func (d Dist[T]) quantile(u float64) float64 {
	switch {
	case d.Uniform != nil:
		return distuv.Uniform{Min: float64(d.Uniform.Min), Max: float64(d.Uniform.Max)}.Quantile(u)
	case d.Normal != nil:
		return max(0, distuv.Normal{Mu: float64(d.Normal.Mean), Sigma: float64(d.Normal.SD)}.Quantile(u))
	case d.LogNormal != nil:
		return d.LogNormal.shape().Quantile(u)
	case d.Exponential != nil && d.Exponential.Mean > 0:
		return distuv.Exponential{Rate: 1 / float64(d.Exponential.Mean)}.Quantile(u)
	case d.Pareto != nil:
		return distuv.Pareto{Xm: float64(d.Pareto.Min), Alpha: d.Pareto.Alpha}.Quantile(u)
	case d.Empirical != nil:
		return d.Empirical.quantile(u)
	}
	return 0 // an exponential distribution of mean 0
}

// values returns the values that define d. It leaves out shapes that have none.
func (d Dist[T]) values() []T {
	all := []T{d.Constant}
	if d.Uniform != nil {
		all = append(all, d.Uniform.Min, d.Uniform.Max)
	}
	if d.Normal != nil {
		all = append(all, d.Normal.Mean, d.Normal.SD)
	}
	if d.LogNormal != nil {
		all = append(all, d.LogNormal.P50, d.LogNormal.P99)
	}
	if d.Exponential != nil {
		all = append(all, d.Exponential.Mean)
	}
	if d.Pareto != nil {
		all = append(all, d.Pareto.Min)
	}
	if d.Empirical != nil {
		all = append(all, d.Empirical.Values...)
	}
	return all
}

func (l LogNormal[T]) shape() distuv.LogNormal {
	z99 := distuv.UnitNormal.Quantile(0.99)
	return distuv.LogNormal{Mu: math.Log(float64(l.P50)), Sigma: math.Log(float64(l.P99)/float64(l.P50)) / z99}
}

func (e Empirical[T]) quantile(u float64) float64 {
	last := len(e.Values) - 1
	if last == 0 {
		return float64(e.Values[0])
	}
	whole, part := math.Modf(u * float64(last))
	below := min(int(whole), last-1)
	low, high := float64(e.Values[below]), float64(e.Values[below+1])
	return min(low+part*(high-low), high) // rounding must not exceed the upper value
}

func (d Dist[T]) shapes() int {
	n := 0
	for _, given := range []bool{
		d.Uniform != nil, d.Normal != nil, d.LogNormal != nil,
		d.Exponential != nil, d.Pareto != nil, d.Empirical != nil,
	} {
		if given {
			n++
		}
	}
	return n
}
