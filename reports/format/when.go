package format

import "math"

// When prints when something happened, from the stretches of time in which it did, in ms after the start of
// the run, such as 12–14 s; empty if there were none.
func When(stretches [][2]float64, throughout bool) string {
	seconds := func(ms float64) string { return Count(uint64(math.Round(max(ms, 0) / 1000))) }
	stretch := func(s [2]float64) string { return seconds(s[0]) + "–" + seconds(s[1]) + " s" }
	switch n := len(stretches); {
	case n == 0:
		return ""
	case throughout:
		return "throughout"
	case n == 1:
		return stretch(stretches[0])
	case n == 2:
		return stretch(stretches[0]) + ", " + stretch(stretches[1])
	default:
		return stretch([2]float64{stretches[0][0], stretches[n-1][1]}) + ", on and off"
	}
}
