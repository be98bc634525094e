package record

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a Hist: 1 µs to 1 h at 3 digits; what lies outside is recorded at the edge.
const (
	histLowest  = 1
	histHighest = int64(time.Hour / time.Microsecond)
	histDigits  = 3
)

// Hist is a histogram of durations, precise to 0.1% and to 1 µs. A nil Hist is
// empty and can be read. It is not safe for concurrent use.
type Hist struct{ h *hdrhistogram.Histogram }

// NewHist returns an empty histogram.
func NewHist() *Hist { return &Hist{hdrhistogram.New(histLowest, histHighest, histDigits)} }

// Record counts d once; negative durations count as 0, those over an hour as an hour.
func (h *Hist) Record(d time.Duration) { h.RecordN(d, 1) }

// RecordN counts d n times.
func (h *Hist) RecordN(d time.Duration, n int) {
	v := min(max(int64(d.Round(time.Microsecond)/time.Microsecond), 0), histHighest)
	if err := h.h.RecordValues(v, int64(n)); err != nil {
		panic(fmt.Sprintf("record: %v is inside the histogram's range but was refused: %v", d, err))
	}
}

// Merge adds all that other holds.
func (h *Hist) Merge(other *Hist) {
	if other == nil {
		return
	}
	if dropped := h.h.Merge(other.h); dropped > 0 {
		panic(fmt.Sprintf("record: merging histograms of one geometry dropped %d values", dropped))
	}
}

// Count is how many durations are in it.
func (h *Hist) Count() uint64 {
	if h == nil {
		return 0
	}
	return uint64(h.h.TotalCount())
}

// Quantile is the duration that the share q (0…1) of all does not exceed; 0 when empty.
func (h *Hist) Quantile(q float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.h.ValueAtQuantile(q*100)) * time.Microsecond
}

// Mean is the arithmetic mean; 0 when empty.
func (h *Hist) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.h.Mean() * float64(time.Microsecond))
}

// Max is the longest; 0 when empty.
func (h *Hist) Max() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.h.Max()) * time.Microsecond
}

// MarshalJSON writes the histogram as its V2 compressed encoding in base64.
func (h *Hist) MarshalJSON() ([]byte, error) {
	text, err := h.h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("encode histogram: %w", err)
	}
	return json.Marshal(string(text))
}

// UnmarshalJSON reads what MarshalJSON wrote. A histogram of another geometry is an error.
func (h *Hist) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	decoded, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	fresh := NewHist()
	if dropped := fresh.h.Merge(decoded); dropped > 0 {
		return fmt.Errorf("histogram: %d values lie outside 1 µs to 1 h", dropped)
	}
	h.h = fresh.h
	return nil
}

// Merged is a new histogram of all that hists hold; nils are empty.
func Merged(hists ...*Hist) *Hist {
	all := NewHist()
	for _, h := range hists {
		all.Merge(h)
	}
	return all
}
