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

// Value is what a distribution is over: durations, or numbers without a unit.
type Value interface{ time.Duration | float64 }

// Dist is one distribution. A scalar in a scenario is its Constant; a mapping
// names exactly one of the shapes. The zero Dist is the constant zero.
type Dist[T Value] struct {
	// Constant is the value when no shape is given; at least 0.
	Constant T `yaml:",scalar" check:"min=0"`
	// Uniform draws evenly between two bounds.
	Uniform *Uniform[T] `yaml:"uniform"`
	// Normal draws from a normal distribution cut at 0.
	Normal *Normal[T] `yaml:"normal"`
	// LogNormal draws from a lognormal distribution given by two percentiles.
	LogNormal *LogNormal[T] `yaml:"lognormal"`
	// Exponential draws from an exponential distribution.
	Exponential *Exponential[T] `yaml:"exponential"`
	// Pareto draws from a Pareto distribution: a least value and a heavy tail.
	Pareto *Pareto[T] `yaml:"pareto"`
	// Empirical draws from measured values and what lies between them.
	Empirical *Empirical[T] `yaml:"empirical"`
}

// Duration is a distribution of durations.
type Duration = Dist[time.Duration]

// Number is a distribution of numbers without a unit.
type Number = Dist[float64]

// Uniform lies evenly in [Min, Max].
type Uniform[T Value] struct {
	// Min is the lower bound, at least 0.
	Min T `yaml:"min" check:"min=0"`
	// Max is the upper bound, no less than the lower one.
	Max T `yaml:"max" check:"min=0"`
}

// Normal has a mean and a standard deviation; what falls under 0 is 0.
type Normal[T Value] struct {
	// Mean is the mean, at least 0.
	Mean T `yaml:"mean" check:"min=0"`
	// SD is the standard deviation, at least 0.
	SD T `yaml:"sd" check:"min=0"`
}

// LogNormal is given by its median and its 99th percentile.
type LogNormal[T Value] struct {
	// P50 is the median, over 0.
	P50 T `yaml:"p50" check:"min=0"`
	// P99 is the 99th percentile, no less than the median.
	P99 T `yaml:"p99" check:"min=0"`
}

// Exponential is given by its mean.
type Exponential[T Value] struct {
	// Mean is the mean, at least 0.
	Mean T `yaml:"mean" check:"min=0"`
}

// Pareto is Pareto's distribution of the first kind: the share (Min/x)^Alpha of
// the draws lies over x.
type Pareto[T Value] struct {
	// Min is the least value, over 0.
	Min T `yaml:"min" check:"min=0"`
	// Alpha is how thin the tail is, over 0: 1.16 gives the largest fifth of the draws 80% of the sum; up to 1 there is no mean.
	Alpha float64 `yaml:"alpha" check:"min=0"`
}

// Empirical has as many draws between any two neighbours of its values. Its
// quantiles are interpolated linearly, the first value being the least and the
// last the largest (R's type 7: Hyndman, Fan: Sample Quantiles, 1996).
type Empirical[T Value] struct {
	// Values are measured values, each at least 0, one or more, from the least to the largest; equal ones are given as often as they were measured.
	Values []T `yaml:"values" check:"min=0"`
}

// IsZero reports whether d is the constant zero.
func (d Dist[T]) IsZero() bool { return d.shapes() == 0 && d.Constant == 0 }

// Validate checks what one field alone cannot show.
func (d Dist[T]) Validate() error {
	switch {
	case d.shapes() > 1:
		return errors.New("expected one of uniform, normal, lognormal, exponential, pareto, empirical, found several")
	case d.Uniform != nil && d.Uniform.Max < d.Uniform.Min:
		return errors.New("uniform: max is under min")
	case d.LogNormal != nil && d.LogNormal.P50 <= 0:
		return errors.New("lognormal: p50 must be over 0")
	case d.LogNormal != nil && d.LogNormal.P99 < d.LogNormal.P50:
		return errors.New("lognormal: p99 is under p50")
	case d.Pareto != nil && d.Pareto.Min <= 0:
		return errors.New("pareto: min must be over 0")
	case d.Pareto != nil && d.Pareto.Alpha <= 0:
		return errors.New("pareto: alpha must be over 0")
	case d.Empirical != nil:
		return d.Empirical.validate()
	}
	return nil
}

func (e Empirical[T]) validate() error {
	if len(e.Values) == 0 {
		return errors.New("empirical: values must be one or more")
	}
	for i, value := range e.Values[1:] {
		if value < e.Values[i] {
			return fmt.Errorf("empirical: values must stand from the least to the largest, %v stands after %v", value, e.Values[i])
		}
	}
	return nil
}

// Quantile returns the value below which the share u of all draws lies; u in
// [0, 1). Feeding it uniform random numbers draws from the distribution, and
// the same number always draws the same value. No value is over 2⁶² (ns: 146
// years), which a heavy tail may reach.
func (d Dist[T]) Quantile(u float64) T {
	if d.shapes() == 0 {
		return d.Constant
	}
	return T(min(d.quantile(min(max(u, 1e-12), 1-1e-12)), 1<<62))
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
	return min(low+part*(high-low), high) // rounding must not lead past the neighbour
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
