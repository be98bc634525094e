package format

import (
	"math"
	"strconv"
)

// Ratio prints a ratio and its interval, "" if there is none; a lone bound is "over" or "under"
// it. It uses two decimals, fewer for large ratios, and more for small ones, for bounds that
// would look equal, and for a bound that would look like 1 though the interval excludes 1.
func Ratio(ratio, low, high *float64) (text, interval string) {
	if ratio == nil {
		return Unknown, ""
	}
	decimals := ratioDecimals(*ratio, low, high)
	print := func(v float64) string { return thousands(strconv.FormatFloat(v, 'f', decimals, 64)) }
	if low != nil && high != nil && *high >= 10**ratio { // so wide that its decimals say nothing
		return print(*ratio), print(*low) + "–" + thousands(strconv.FormatFloat(*high, 'f', ratioDecimals(*high, nil, nil), 64))
	}
	switch {
	case low != nil && high != nil:
		interval = print(*low) + "–" + print(*high)
	case low != nil:
		interval = "over " + print(*low)
	case high != nil:
		interval = "under " + print(*high)
	}
	return print(*ratio), interval
}

func ratioDecimals(ratio float64, low, high *float64) int {
	decimals := 2
	for scaled := ratio; scaled >= 10 && decimals > 0; scaled /= 10 {
		decimals--
	}
	for scaled := ratio; scaled > 0 && scaled < 0.5 && decimals < 4; scaled *= 10 {
		decimals++
	}
	looksLikeOne := func(bound *float64) bool { return bound != nil && rounded(*bound, decimals) == 1 }
	if low != nil && *low > 1 || high != nil && *high < 1 {
		for decimals < 4 && (looksLikeOne(low) || looksLikeOne(high)) {
			decimals++
		}
	}
	if low == nil || high == nil {
		return decimals
	}
	for *low < *high && decimals < 4 && rounded(*low, decimals) == rounded(*high, decimals) {
		decimals++
	}
	return decimals
}

func rounded(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}
