package record

import (
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
type Hist struct {
	// live is where durations are counted; packed is its encoding once it is closed.
	live   *hdrhistogram.Histogram
	packed string
}

// NewHist returns an empty histogram.
func NewHist() *Hist { return &Hist{live: hdrhistogram.New(histLowest, histHighest, histDigits)} }

// Record counts d once; negative durations count as 0, those over an hour as an hour.
func (h *Hist) Record(d time.Duration) {
	v := min(max(int64(d.Round(time.Microsecond)/time.Microsecond), 0), histHighest)
	if err := h.live.RecordValue(v); err != nil {
		panic(fmt.Sprintf("record: %v is inside the histogram's range but was refused: %v", d, err))
	}
}

// Pack gives back the memory of a histogram that is full: it can be read, merged
// and written, but records no more.
func (h *Hist) Pack() error {
	if h == nil || h.live == nil {
		return nil
	}
	text, err := h.live.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return fmt.Errorf("encode histogram: %w", err)
	}
	h.live, h.packed = nil, string(text)
	return nil
}

// read is the histogram to read from; nil is empty.
func (h *Hist) read() *hdrhistogram.Histogram {
	if h == nil {
		return nil
	}
	if h.live != nil {
		return h.live
	}
	unpacked, err := unpack(h.packed)
	if err != nil {
		panic(fmt.Sprintf("record: a histogram that was packed or checked here does not unpack: %v", err))
	}
	return unpacked
}

func unpack(text string) (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	if h.LowestTrackableValue() != histLowest || h.HighestTrackableValue() != histHighest || h.SignificantFigures() != histDigits {
		return nil, fmt.Errorf("histogram: expected 1 µs to 1 h at %d digits", histDigits)
	}
	return h, nil
}

// Count is how many durations are in it.
func (h *Hist) Count() uint64 {
	if r := h.read(); r != nil {
		return uint64(r.TotalCount())
	}
	return 0
}

// Quantile is the duration that the share q (0…1) of all does not exceed; 0 when empty.
func (h *Hist) Quantile(q float64) time.Duration {
	if r := h.read(); r != nil {
		return time.Duration(r.ValueAtQuantile(q*100)) * time.Microsecond
	}
	return 0
}

// Around is how many durations are shorter than d, as long to the histogram's
// precision, and longer.
func (h *Hist) Around(d time.Duration) (below, at, above uint64) {
	r := h.read()
	if r == nil {
		return 0, 0, 0
	}
	for _, bar := range r.Distribution() {
		switch n := uint64(bar.Count); {
		case bar.To < d.Microseconds():
			below += n
		case bar.From > d.Microseconds():
			above += n
		default:
			at += n
		}
	}
	return below, at, above
}

// Mean is the arithmetic mean; 0 when empty.
func (h *Hist) Mean() time.Duration {
	if r := h.read(); r != nil {
		return time.Duration(r.Mean() * float64(time.Microsecond))
	}
	return 0
}

// Max is the longest; 0 when empty.
func (h *Hist) Max() time.Duration {
	if r := h.read(); r != nil && r.TotalCount() > 0 {
		return time.Duration(r.Max()) * time.Microsecond
	}
	return 0
}

// MarshalText writes the histogram's V2 compressed encoding in base64.
func (h *Hist) MarshalText() ([]byte, error) {
	if err := h.Pack(); err != nil {
		return nil, err
	}
	return []byte(h.packed), nil
}

// UnmarshalText reads what MarshalText wrote. A histogram of another geometry is an error.
func (h *Hist) UnmarshalText(text []byte) error {
	if _, err := unpack(string(text)); err != nil {
		return err
	}
	h.live, h.packed = nil, string(text)
	return nil
}

// Merged is a new histogram of all that hists hold; nils are empty.
func Merged(hists ...*Hist) *Hist {
	all := NewHist()
	for _, h := range hists {
		r := h.read()
		if r == nil {
			continue
		}
		if dropped := all.live.Merge(r); dropped > 0 {
			panic(fmt.Sprintf("record: merging histograms of one geometry dropped %d values", dropped))
		}
	}
	return all
}
