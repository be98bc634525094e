package gate

import "math"

// interval is a figure with its bounds; one that is not known is NaN with endless bounds.
type interval struct{ value, low, high float64 }

func exactly(v float64) interval { return interval{v, v, v} }

func unknown() interval { return interval{math.NaN(), math.Inf(-1), math.Inf(1)} }

// calculate is x op y, whatever the two have to do with each other: its bounds hold
// wherever theirs do.
func calculate(op string, x, y interval) interval {
	switch op {
	case "+":
		return interval{x.value + y.value, x.low + y.low, x.high + y.high}
	case "-":
		return interval{x.value - y.value, x.low - y.high, x.high - y.low}
	case "*":
		return corners(x.value*y.value, x, y, func(a, b float64) float64 {
			if a == 0 || b == 0 {
				return 0 // of endless bounds too
			}
			return a * b
		})
	}
	if y.low <= 0 && y.high >= 0 {
		return interval{x.value / y.value, math.Inf(-1), math.Inf(1)}
	}
	return corners(x.value/y.value, x, y, func(a, b float64) float64 { return a / b })
}

// corners bounds a function that is monotone in either argument.
func corners(value float64, x, y interval, f func(a, b float64) float64) interval {
	out := interval{value, math.Inf(1), math.Inf(-1)}
	for _, a := range []float64{x.low, x.high} {
		for _, b := range []float64{y.low, y.high} {
			v := f(a, b)
			if math.IsNaN(v) { // an endless bound over an endless one
				return interval{value, math.Inf(-1), math.Inf(1)}
			}
			out.low, out.high = min(out.low, v), max(out.high, v)
		}
	}
	return out
}

func negative(x interval) interval { return interval{-x.value, -x.high, -x.low} }

// truth is what can be said of a condition: yes, no, or unsure (Kleene's strong logic).
type truth int

const (
	unsure truth = iota
	yes
	no
)

// compareIntervals says whether x op y holds wherever the two lie.
func compareIntervals(op string, x, y interval) truth {
	switch op {
	case ">":
		return compareIntervals("<", y, x)
	case ">=":
		return compareIntervals("<=", y, x)
	case "<":
		return when(x.high < y.low, x.low >= y.high)
	}
	return when(x.high <= y.low, x.low > y.high)
}

func when(sure, never bool) truth {
	switch {
	case sure:
		return yes
	case never:
		return no
	}
	return unsure
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unsure
}

func (t truth) and(other truth) truth {
	switch {
	case t == no || other == no:
		return no
	case t == yes && other == yes:
		return yes
	}
	return unsure
}

func (t truth) or(other truth) truth { return t.not().and(other.not()).not() }
