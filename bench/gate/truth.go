package gate

import "weighbridge/bench/figures"

// truth is whether a condition holds: yes, no, or unsure (Kleene's strong logic).
type truth int

const (
	unsure truth = iota
	yes
	no
)

// compareIntervals says whether x op y holds wherever the two lie within their bounds.
func compareIntervals(op string, x, y figures.Interval) truth {
	switch op {
	case ">":
		return compareIntervals("<", y, x)
	case ">=":
		return compareIntervals("<=", y, x)
	case "<":
		return truthOf(x.High < y.Low, x.Low >= y.High)
	}
	return truthOf(x.High <= y.Low, x.Low > y.High)
}

func truthOf(always, never bool) truth {
	switch {
	case always:
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
