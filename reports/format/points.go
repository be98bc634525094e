package format

import (
	"math"
	"strconv"
)

// Points prints a difference of shares in percentage points with its sign, and its interval, "" if
// it has none. It has as many decimals as the width of the interval is known to, and more for a
// bound that would look like 0 though the interval excludes 0.
func Points(difference, low, high *float64) (text, interval string) {
	if difference == nil {
		return Unknown, ""
	}
	if low == nil || high == nil {
		return signed(*difference, pointDecimals(math.Abs(*difference))), ""
	}
	decimals := pointDecimals(*high - *low)
	looksLikeZero := func(bound float64) bool { return rounded(bound*100, decimals) == 0 }
	for (*low > 0 || *high < 0) && decimals < 4 && (looksLikeZero(*low) || looksLikeZero(*high)) {
		decimals++
	}
	return signed(*difference, decimals), signed(*low, decimals) + " to " + signed(*high, decimals)
}

// pointDecimals is how many decimals a share of that size needs in percentage points for two
// significant digits, or one from 3 on.
func pointDecimals(share float64) int {
	if share == 0 {
		return 0
	}
	return min(max(int(math.Ceil(-math.Log10(share*100/3))), 0), 4)
}

// signed prints a share in percentage points with its sign.
func signed(share float64, decimals int) string {
	points := rounded(share*100, decimals)
	text := strconv.FormatFloat(points, 'f', decimals, 64)
	switch {
	case points == 0:
		return "0"
	case points > 0:
		return "+" + text
	}
	return text
}
