package figures

import (
	"math"

	"weighbridge/bench/stat"
)

// Interval is a value and its bounds.
type Interval struct{ Value, Low, High float64 }

// Exactly is a value without error.
func Exactly(v float64) Interval { return Interval{v, v, v} }

// Unknown is a value of which nothing is known: NaN, with infinite bounds.
func Unknown() Interval { return Interval{math.NaN(), math.Inf(-1), math.Inf(1)} }

// bounded is a value with its bounds, which are infinite if in is nil.
func bounded(value float64, in *stat.Interval) Interval {
	switch {
	case math.IsNaN(value):
		return Unknown()
	case in == nil:
		return Interval{value, math.Inf(-1), math.Inf(1)}
	}
	return Interval{value, in.Low, in.High}
}

// Calculate is x op y for an op of + - * and /. Its bounds hold wherever the bounds of x and
// y do, however the two depend on each other.
func Calculate(op string, x, y Interval) Interval {
	switch op {
	case "+":
		return Interval{x.Value + y.Value, x.Low + y.Low, x.High + y.High}
	case "-":
		return Interval{x.Value - y.Value, x.Low - y.High, x.High - y.Low}
	case "*":
		return corners(x.Value*y.Value, x, y, func(a, b float64) float64 {
			if a == 0 || b == 0 {
				return 0 // of infinite bounds too
			}
			return a * b
		})
	}
	if y.Low <= 0 && y.High >= 0 {
		return Interval{x.Value / y.Value, math.Inf(-1), math.Inf(1)}
	}
	return corners(x.Value/y.Value, x, y, func(a, b float64) float64 { return a / b })
}

// corners bounds a function that is monotone in either argument.
func corners(value float64, x, y Interval, f func(a, b float64) float64) Interval {
	out := Interval{value, math.Inf(1), math.Inf(-1)}
	for _, a := range []float64{x.Low, x.High} {
		for _, b := range []float64{y.Low, y.High} {
			v := f(a, b)
			if math.IsNaN(v) { // an infinite bound over an infinite one
				return Interval{value, math.Inf(-1), math.Inf(1)}
			}
			out.Low, out.High = min(out.Low, v), max(out.High, v)
		}
	}
	return out
}

// Negative is -x.
func Negative(x Interval) Interval { return Interval{-x.Value, -x.High, -x.Low} }
