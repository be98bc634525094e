package reports

import (
	"cmp"
	"math"
	"strconv"

	"weighbridge/bench/gate"
)

// quantity is what kind of figure a rule judged, which says how it is printed.
type quantity int

const (
	// plainly is the left side of an assertion, or a claim's figure.
	plainly quantity = iota
	// asRatio is head over base.
	asRatio
	// asShare is a difference in share of prompts.
	asShare
)

// quantityOf is that of a finding's metric.
func quantityOf(metric string) quantity {
	switch metric {
	case "":
		return plainly
	case "error_rate":
		return asShare
	}
	return asRatio
}

// measured prints a figure with its bounds in brackets, as far as they are known.
func (q quantity) measured(value, low, high *float64) string {
	value, low, high = finite(value), finite(low), finite(high)
	if value == nil {
		return unknown
	}
	switch {
	case q == asShare:
		return shareOf(*value) + " of prompts" + bracketed(low, high, shareOf)
	case q == plainly:
		alike := alikeTo(cmp.Or(*value, *cmp.Or(high, low, value)))
		return alike(*value) + bracketed(low, high, alike)
	case low != nil && high != nil:
		figure, bounds := times(gate.Comparison{Ratio: value, Low: low, High: high})
		return figure + "× (" + bounds + ")"
	}
	return ratioOf(*value) + "×" + bracketed(low, high, ratioOf)
}

// bracketed are the bounds as print prints them, as far as they are known.
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

func ratioOf(v float64) string {
	ratio, _ := times(gate.Comparison{Ratio: &v})
	return ratio
}

// shareOf prints a difference in share with its sign.
func shareOf(v float64) string {
	text := figures(v*100, 2) + "%"
	if v > 0 {
		return "+" + text
	}
	return text
}

// alikeTo prints with as many decimals as give v three significant digits, so
// that a bound is told from the limit that the figure keeps.
func alikeTo(v float64) func(float64) string {
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

// effect prints a margin or the smallest visible effect.
func (q quantity) effect(share *float64) string {
	if share = finite(share); share == nil {
		return unknown
	}
	if q == asShare {
		return figures(*share*100, 2) + "% of prompts"
	}
	return strconv.FormatFloat(*share*100, 'g', 3, 64) + "%"
}

// chance prints a p or its alpha.
func chance(p *float64) string {
	switch p = finite(p); {
	case p == nil:
		return unknown
	case *p > 0 && *p < 0.0001:
		return "under 0.0001"
	}
	return strconv.FormatFloat(*p, 'g', 2, 64)
}
