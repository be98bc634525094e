package transport

import (
	"strconv"
	"strings"
	"time"
)

// Timing is one entry of a Server-Timing header.
type Timing struct {
	Name     string
	Duration time.Duration
}

// parseServerTiming returns the entries that have a duration (W3C Server Timing:
// name;dur=milliseconds, comma-separated); others are skipped.
func parseServerTiming(header string) []Timing {
	if header == "" {
		return nil
	}
	var timings []Timing
	for entry := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(entry), ";")
		for param := range strings.SplitSeq(params, ";") {
			value, ok := strings.CutPrefix(strings.TrimSpace(param), "dur=")
			if !ok {
				continue
			}
			if d, ok := parseDuration(value, time.Millisecond); ok {
				timings = append(timings, Timing{name, d})
			}
		}
	}
	return timings
}

// longestHeaderDuration is the longest duration accepted from a header.
const longestHeaderDuration = 365 * 24 * time.Hour

// parseDuration parses a number of units; false if it is not a number, negative or
// longer than longestHeaderDuration.
func parseDuration(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= float64(longestHeaderDuration/unit)) {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}
