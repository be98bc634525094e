package format

import (
	"cmp"
	"math"
	"strconv"
)

// Quantity is what kind of figure a rule judged, which says how it is printed.
type Quantity int

const (
	// Plain is the left side of an assertion, or a claim's figure.
	Plain Quantity = iota
	// RatioOfTwo is head over base.
	RatioOfTwo
	// ShareDifference is a difference in share of prompts.
	ShareDifference
)

// Measured prints a figure with its bounds in brackets, as far as they are known.
func (q Quantity) Measured(value, low, high *float64) string {
	value, low, high = finite(value), finite(low), finite(high)
	if value == nil {
		return Unknown
	}
	switch {
	case q == ShareDifference:
		return signedShare(*value) + " of prompts" + bracketed(low, high, signedShare)
	case q == Plain:
		alike := sameDecimals(cmp.Or(*value, *cmp.Or(high, low, value)))
		return alike(*value) + bracketed(low, high, alike)
	case low != nil && high != nil:
		figure, bounds := Ratio(value, low, high)
		return figure + "× (" + bounds + ")"
	}
	return ratioOnly(*value) + "×" + bracketed(low, high, ratioOnly)
}

// bracketed prints the bounds in brackets, as far as they are known.
func bracketed(low, high *float64, print func(float64) string) string {
	switch {
	case low != nil && high != nil && *low < 0:
		return " (" + print(*low) + " to " + print(*high) + ")"
	case low != nil && high != nil:
		return " (" + print(*low) + "–" + print(*high) + ")"
	case low != nil:
		return " (over " + print(*low) + ")"
	case high != nil:
		return " (under " + print(*high) + ")"
	}
	return ""
}

func ratioOnly(v float64) string {
	ratio, _ := Ratio(&v, nil, nil)
	return ratio
}

// signedShare prints a difference in share with its sign.
func signedShare(v float64) string {
	text := Significant(v*100, 2) + "%"
	if v > 0 {
		return "+" + text
	}
	return text
}

// sameDecimals prints with as many decimals as give v three significant digits, so
// that a bound can be told from the limit that the figure keeps to.
func sameDecimals(v float64) func(float64) string {
	decimals := 0
	if v != 0 {
		decimals = max(2-int(math.Floor(math.Log10(math.Abs(v)))), 0)
	}
	return func(v float64) string {
		if v == 0 {
			return "0"
		}
		return thousands(strconv.FormatFloat(v, 'f', decimals, 64))
	}
}

// Effect prints a margin or the smallest visible effect.
func (q Quantity) Effect(share *float64) string {
	if share = finite(share); share == nil {
		return Unknown
	}
	if q == ShareDifference {
		return Significant(*share*100, 2) + "% of prompts"
	}
	return strconv.FormatFloat(*share*100, 'g', 3, 64) + "%"
}
