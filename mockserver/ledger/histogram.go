package ledger

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of durations in µs: 1 µs to 1 h; what lies outside is recorded at
// the edge. All durations have 3 digits, 188 KB; those by route, status and
// fault have 2, 28 KB each, as there may be many.
const (
	lowest       = 1
	highest      = int64(time.Hour / time.Microsecond)
	servedDigits = 3
	partDigits   = 2
)

func newHistogram(digits int) *hdrhistogram.Histogram {
	return hdrhistogram.New(lowest, highest, digits)
}

func record(h *hdrhistogram.Histogram, took time.Duration) {
	v := min(max(took.Microseconds(), 0), highest)
	if err := h.RecordValue(v); err != nil {
		panic(fmt.Sprintf("ledger: %v is inside the histogram's range but was refused: %v", took, err))
	}
}

// encode is a histogram in HdrHistogram's V2 compressed form, in base64.
func encode(h *hdrhistogram.Histogram) (string, error) {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return "", fmt.Errorf("encode durations: %w", err)
	}
	return string(text), nil
}
