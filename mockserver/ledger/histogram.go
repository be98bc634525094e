package ledger

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of durations in µs: 1 µs to 1 h; durations outside are recorded at the
// nearest bound. The histogram of all durations has 3 significant digits, 188 KB; those
// by route, status and fault have 2, 28 KB each, as there may be many of them.
const (
	minMicros   = 1
	maxMicros   = int64(time.Hour / time.Microsecond)
	totalDigits = 3
	partDigits  = 2
)

func newHistogram(digits int) *hdrhistogram.Histogram {
	return hdrhistogram.New(minMicros, maxMicros, digits)
}

func record(h *hdrhistogram.Histogram, took time.Duration) {
	v := min(max(took.Microseconds(), 0), maxMicros)
	if err := h.RecordValue(v); err != nil {
		panic(fmt.Sprintf("ledger: the histogram refused %v, which is in its range: %v", took, err))
	}
}

// recordKnown records a duration other than 0 in a histogram that is made for the first.
func recordKnown(h **hdrhistogram.Histogram, took time.Duration) {
	if took <= 0 {
		return
	}
	if *h == nil {
		*h = newHistogram(totalDigits)
	}
	record(*h, took)
}

// encodeKnown is encode; "" for nil.
func encodeKnown(h *hdrhistogram.Histogram) (string, error) {
	if h == nil {
		return "", nil
	}
	return encode(h)
}

// encode returns a histogram in HdrHistogram's V2 compressed format, in base64.
func encode(h *hdrhistogram.Histogram) (string, error) {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return "", fmt.Errorf("encode durations: %w", err)
	}
	return string(text), nil
}
