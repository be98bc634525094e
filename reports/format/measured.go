package format

import (
	"cmp"
	"math"
	"strconv"

	"weighbridge/scenarios/metric"
)

// Measured prints what a rule or a claim measured, with the bounds that are known in brackets.
// The value is the ratio of head to base of a metric, the difference of the two for a metric
// that is a share, and the figure of an expression for the zero Metric. If failed prompts,
// whose latency counts as infinite, make the value or its upper bound infinite, failed is
// their share of the prompts due; else it is nil.
func Measured(of metric.Metric, value, low, high, failed *float64) string {
	switch {
	case value == nil && failed != nil:
		return "∞ (" + Percent(failed) + " failed)"
	case value == nil:
		return Unknown
	case failed != nil:
		alike := sameDecimals(*value)
		from := "?"
		if low != nil {
			from = alike(*low)
		}
		return alike(*value) + " (" + from + "–∞, " + Percent(failed) + " failed)"
	case of.Kind == metric.OfShare:
		return signedShare(*value) + " of " + string(of.Per) + "s" + bracketed(low, high, signedShare)
	case of.Name == "":
		alike := sameDecimals(cmp.Or(*value, *cmp.Or(high, low, value)))
		return alike(*value) + bracketed(low, high, alike)
	case low != nil && high != nil:
		figure, bounds := Ratio(value, low, high)
		return figure + "× (" + bounds + ")"
	}
	return ratioOnly(*value) + "×" + bracketed(low, high, ratioOnly)
}

// bracketed prints the bounds that are known in brackets.
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

// sameDecimals returns a function that prints with as many decimals as v needs for three
// significant digits, so that a value and its bounds have the same number of decimals.
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

// Effect prints a margin or the smallest visible effect: a percentage of the base, or of
// prompts for a metric that is a share.
func Effect(of metric.Metric, effect *float64) string {
	if effect == nil {
		return Unknown
	}
	if of.Kind == metric.OfShare {
		return Significant(*effect*100, 2) + "% of " + string(of.Per) + "s"
	}
	return strconv.FormatFloat(*effect*100, 'g', 3, 64) + "%"
}
