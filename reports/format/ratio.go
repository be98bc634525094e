package format

import (
	"math"
	"strconv"
)

// Ratio prints a ratio and its interval, "" if there is none. It uses two decimals, fewer for
// large ratios, and more for small ones, for bounds that would look equal, and for a bound
// that would look like 1 though the interval excludes 1.
func Ratio(ratio, low, high *float64) (text, interval string) {
	if ratio == nil {
		return Unknown, ""
	}
	decimals := 2
	for scaled := *ratio; scaled >= 10 && decimals > 0; scaled /= 10 {
		decimals--
	}
	for scaled := *ratio; scaled > 0 && scaled < 0.5 && decimals < 4; scaled *= 10 {
		decimals++
	}
	if low != nil && (*low > 1 || *high < 1) {
		for decimals < 4 && (rounded(*low, decimals) == 1 || rounded(*high, decimals) == 1) {
			decimals++
		}
	}
	for low != nil && *low < *high && decimals < 4 && rounded(*low, decimals) == rounded(*high, decimals) {
		decimals++
	}
	print := func(v float64) string { return thousands(strconv.FormatFloat(v, 'f', decimals, 64)) }
	if low == nil {
		return print(*ratio), ""
	}
	return print(*ratio), print(*low) + "–" + print(*high)
}

func rounded(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}
