package reports

import (
	"math"
	"strconv"
	"strings"

	"weighbridge/bench/gate"
)

// unknown stands where a figure is not known; never a 0.
const unknown = "–"

// figures prints v with the significant digits, whole from that size on.
func figures(v float64, digits int) string {
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

func counted(n uint64) string { return thousands(strconv.FormatUint(n, 10)) }

// perSecond prints a rate with four significant digits.
func perSecond(v *float64) string {
	if v == nil {
		return unknown
	}
	return figures(*v, 4)
}

// millis prints milliseconds with three significant digits.
func millis(v float64) string { return figures(v, 3) }

// percent prints a share as a percentage with two significant digits, three from 10% on.
func percent(share *float64) string {
	switch {
	case share == nil:
		return unknown
	case *share < 0.1:
		return figures(*share*100, 2) + "%"
	}
	return figures(*share*100, 3) + "%"
}

// times prints a ratio and its bounds, "" where there are none: two decimals, fewer
// for large and more for small ratios, and as many as tell the bounds from each
// other and one that is not 1 from 1.
func times(c gate.Comparison) (ratio, bounds string) {
	if c.Ratio == nil {
		return unknown, ""
	}
	decimals := 2
	for scaled := *c.Ratio; scaled >= 10 && decimals > 0; scaled /= 10 {
		decimals--
	}
	for scaled := *c.Ratio; scaled > 0 && scaled < 0.5 && decimals < 4; scaled *= 10 {
		decimals++
	}
	if c.Low != nil && differs(c) {
		for decimals < 4 && (rounded(*c.Low, decimals) == 1 || rounded(*c.High, decimals) == 1) {
			decimals++
		}
	}
	for c.Low != nil && *c.Low < *c.High && decimals < 4 && rounded(*c.Low, decimals) == rounded(*c.High, decimals) {
		decimals++
	}
	print := func(v float64) string { return thousands(strconv.FormatFloat(v, 'f', decimals, 64)) }
	if c.Low == nil {
		return print(*c.Ratio), ""
	}
	return print(*c.Ratio), print(*c.Low) + "–" + print(*c.High)
}

// differs says whether the interval leaves out 1.
func differs(c gate.Comparison) bool { return c.Low != nil && (*c.Low > 1 || *c.High < 1) }

func rounded(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}
