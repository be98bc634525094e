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

// parseServerTiming reads the entries that give a duration (W3C Server Timing:
// name;dur=milliseconds, comma separated); others are skipped.
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
			if ms, err := strconv.ParseFloat(value, 64); err == nil && ms >= 0 {
				timings = append(timings, Timing{name, time.Duration(ms * float64(time.Millisecond))})
			}
		}
	}
	return timings
}
