// Package dist holds the distributions of the scenario language: a constant, or
// one of uniform, normal, lognormal and exponential.
package dist

import (
	"errors"
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

// IsZero reports whether d is the constant zero.
func (d Dist[T]) IsZero() bool { return d.shapes() == 0 && d.Constant == 0 }

// Validate checks what one field alone cannot show.
func (d Dist[T]) Validate() error {
	switch {
	case d.shapes() > 1:
		return errors.New("expected one of uniform, normal, lognormal, exponential, found several")
	case d.Uniform != nil && d.Uniform.Max < d.Uniform.Min:
		return errors.New("uniform: max is under min")
	case d.LogNormal != nil && d.LogNormal.P50 <= 0:
		return errors.New("lognormal: p50 must be over 0")
	case d.LogNormal != nil && d.LogNormal.P99 < d.LogNormal.P50:
		return errors.New("lognormal: p99 is under p50")
	}
	return nil
}

// Quantile returns the value below which the share u of all draws lies; u in
// [0, 1). Feeding it uniform random numbers draws from the distribution, and
// the same number always draws the same value.
func (d Dist[T]) Quantile(u float64) T {
	u = min(max(u, 1e-12), 1-1e-12)
	switch {
	case d.Uniform != nil:
		return T(distuv.Uniform{Min: float64(d.Uniform.Min), Max: float64(d.Uniform.Max)}.Quantile(u))
	case d.Normal != nil:
		return T(max(0, distuv.Normal{Mu: float64(d.Normal.Mean), Sigma: float64(d.Normal.SD)}.Quantile(u)))
	case d.LogNormal != nil:
		return T(d.LogNormal.shape().Quantile(u))
	case d.Exponential != nil && d.Exponential.Mean > 0:
		return T(distuv.Exponential{Rate: 1 / float64(d.Exponential.Mean)}.Quantile(u))
	}
	return d.Constant
}

func (l LogNormal[T]) shape() distuv.LogNormal {
	z99 := distuv.UnitNormal.Quantile(0.99)
	return distuv.LogNormal{Mu: math.Log(float64(l.P50)), Sigma: math.Log(float64(l.P99)/float64(l.P50)) / z99}
}

func (d Dist[T]) shapes() int {
	n := 0
	for _, given := range []bool{d.Uniform != nil, d.Normal != nil, d.LogNormal != nil, d.Exponential != nil} {
		if given {
			n++
		}
	}
	return n
}
