// Package format prints figures, each with the significant digits of its kind.
package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"weighbridge/scenarios/metric"
)

// Unknown stands for a figure that is unknown; 0 never does.
const Unknown = "–"

// Significant prints v with the given number of significant digits, but never rounds digits
// before the decimal point.
func Significant(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	decimals := digits - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	return thousands(strconv.FormatFloat(v, 'f', max(decimals, 0), 64))
}

// thousands puts commas into the whole part of a number.
func thousands(number string) string {
	whole, fraction, dotted := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dotted {
		return whole + "." + fraction
	}
	return whole
}

// Count prints a count with commas between thousands.
func Count(n uint64) string { return thousands(strconv.FormatUint(n, 10)) }

// Figure prints the value of a metric as its unit and kind ask for.
func Figure(of metric.Metric, v *float64) string {
	switch {
	case v == nil:
		return Unknown
	case of.Unit == metric.PerSecond:
		return PerSecond(v)
	case of.Unit == metric.Share:
		return Percent(v)
	case of.Unit == metric.USD:
		return USD(*v)
	case of.Kind == metric.OfCount:
		return Count(uint64(*v))
	}
	return Significant(*v, 3)
}

// PerSecond prints a rate with four significant digits.
func PerSecond(v *float64) string {
	if v == nil {
		return Unknown
	}
	return Significant(*v, 4)
}

// Millis prints milliseconds with three significant digits.
func Millis(v float64) string { return Significant(v, 3) }

// FineMillis prints milliseconds with three significant digits, at most to the microsecond.
func FineMillis(v float64) string {
	switch {
	case v > 0 && v < 0.001:
		return "<0.001"
	case math.Abs(v) < 0.1 && v != 0:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return Millis(v)
}

// Percent prints a share as a percentage with two significant digits, three from 10% on.
func Percent(share *float64) string {
	switch {
	case share == nil:
		return Unknown
	case *share < 0.1:
		return Significant(*share*100, 2) + "%"
	}
	return Significant(*share*100, 3) + "%"
}

// PartOf prints a part of a latency in milliseconds and its share of the whole.
func PartOf(part, whole float64) string {
	share := Unknown
	if whole != 0 {
		share = Percent(new(part / whole))
	}
	switch {
	case part == 0:
		return "0"
	case part > 0 && part < whole/1000:
		share = "<0.1%"
	}
	return fmt.Sprintf("%s (%s)", FineMillis(part), share)
}

// PercentMore prints the difference of a ratio from 1 as a percentage with its sign.
func PercentMore(ratio float64) string {
	text := Significant((ratio-1)*100, 2) + "%"
	if ratio > 1 {
		return "+" + text
	}
	return text
}

// PValue prints a p-value or the α that it is compared with.
func PValue(p *float64) string {
	switch {
	case p == nil:
		return Unknown
	case *p > 0 && *p < 0.0001:
		return "<0.0001"
	}
	return strconv.FormatFloat(*p, 'g', 2, 64)
}

// USD prints an amount of dollars to the cent, and one of less than a dollar with three
// significant digits.
func USD(v float64) string {
	if v < 1 {
		return Significant(v, 3)
	}
	return thousands(strconv.FormatFloat(v, 'f', 2, 64))
}
