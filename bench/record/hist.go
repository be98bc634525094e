package record

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Hist covers 1 µs to 1 h at 3 significant digits; a value outside counts as the nearest inside.
const (
	histLowest  = 1
	histHighest = int64(time.Hour / time.Microsecond)
	histDigits  = 3
	// maxCount is the most durations that a histogram may hold when it is read, so that
	// merging as many as a run may have does not overflow.
	maxCount = 1 << 50
)

// Hist is a histogram of durations, precise to 0.1% or 1 µs, whichever is more. Its memory
// grows with the number of different durations. A nil Hist is empty and can be read, but
// cannot record. It is not safe for concurrent use.
type Hist struct {
	// fresh counts durations that are not in live yet, which takes longer to count them.
	fresh [freshSpans]*freshSpan
	// live counts durations; nil once the histogram is packed.
	live *hdrhistogram.PackedHistogram
	// packed is pairs of varints in ascending order: the difference from the value before,
	// in µs, and the count.
	packed []byte
}

// NewHist returns an empty histogram.
func NewHist() *Hist { return &Hist{live: newLive()} }

func newLive() *hdrhistogram.PackedHistogram {
	return hdrhistogram.NewPacked(histLowest, histHighest, histDigits)
}

// Record counts d once; a negative duration counts as 0, one over an hour as an hour.
func (h *Hist) Record(d time.Duration) {
	v := uint64((min(max(d, 0), time.Hour) + time.Microsecond/2) / time.Microsecond)
	n := max(bits.Len64(v)-spanBits, 0)
	span := h.fresh[n]
	if span == nil {
		span = &freshSpan{}
		h.fresh[n] = span
	}
	count := &span[v>>max(n-1, 0)%uint64(len(span))]
	if *count++; *count == math.MaxUint32 {
		h.settle()
	}
}

// Fresh durations are counted in µs, as finely as the histogram counts them: the first span holds values of
// up to spanBits bits, and each further span values of one bit more, without their lowest bits, which the
// histogram drops too.
const (
	spanBits   = 10
	freshSpans = 32 - spanBits + 1 // histHighest has 32 bits
)

type freshSpan [1 << spanBits]uint32

// settle moves what is fresh to live.
func (h *Hist) settle() {
	for n, span := range h.fresh {
		if span == nil {
			continue
		}
		for i, count := range span {
			v := int64(i)
			if n > 0 {
				v = int64(i+len(span)) << (n - 1)
			}
			if count > 0 && h.live.RecordValues(v, int64(count)) != nil {
				panic(fmt.Sprintf("record: %d µs are inside the histogram's range, but were refused", v))
			}
		}
		h.fresh[n] = nil
	}
}

// pack halves the memory of a histogram that is complete. It can still be read, written and
// merged, but only Merge makes it record again.
func (h *Hist) pack() {
	if h == nil || h.live == nil {
		return
	}
	h.settle()
	packed, last := make([]byte, 0, 3*h.live.Populated()), int64(0)
	for value, count := range h.live.ForEachBucket {
		packed = binary.AppendUvarint(packed, uint64(value-last))
		packed = binary.AppendUvarint(packed, uint64(count))
		last = value
	}
	h.live, h.packed = nil, packed
}

// each yields every different duration, rounded and in µs, with its count.
func (h *Hist) each(yield func(value, count int64) bool) {
	if h == nil {
		return
	}
	if h.live != nil {
		h.settle()
		h.live.ForEachBucket(yield)
		return
	}
	value := uint64(0)
	for unread := h.packed; len(unread) > 0; {
		step, n := binary.Uvarint(unread)
		count, m := binary.Uvarint(unread[n:])
		value, unread = value+step, unread[n+m:]
		if !yield(int64(value), int64(count)) {
			return
		}
	}
}

// recorder is a dense or a packed histogram.
type recorder interface{ RecordValues(v, n int64) error }

func (h *Hist) addTo(all recorder) {
	for value, count := range h.each {
		if err := all.RecordValues(value, count); err != nil {
			panic(fmt.Sprintf("record: a value of one histogram was refused by another of the same range: %v", err))
		}
	}
}

// read is a histogram to read h's values from; h may be nil or packed.
func (h *Hist) read() *hdrhistogram.PackedHistogram {
	if h != nil && h.live != nil {
		h.settle()
		return h.live
	}
	live := newLive()
	h.addTo(live)
	return live
}

// Count is how many durations were recorded.
func (h *Hist) Count() uint64 { return uint64(h.read().TotalCount()) }

// Quantile is the quantile q (0…1): the duration that this share of all durations does not
// exceed; 0 when empty.
func (h *Hist) Quantile(q float64) time.Duration {
	return time.Duration(h.read().ValueAtPercentile(q*100)) * time.Microsecond
}

// CountsAround is how many durations are shorter than d, equal to it at the histogram's
// precision, and longer.
func (h *Hist) CountsAround(d time.Duration) (shorter, equal, longer uint64) {
	one := NewHist() // rounds d as h does
	one.Record(d)
	for rounded := range one.each {
		for value, n := range h.each {
			switch {
			case value < rounded:
				shorter += uint64(n)
			case value > rounded:
				longer += uint64(n)
			default:
				equal += uint64(n)
			}
		}
	}
	return shorter, equal, longer
}

// Mean is the arithmetic mean; 0 when empty.
func (h *Hist) Mean() time.Duration {
	return time.Duration(h.read().Mean() * float64(time.Microsecond))
}

// Max is the longest duration; 0 when empty.
func (h *Hist) Max() time.Duration { return time.Duration(h.read().Max()) * time.Microsecond }

// AtMost is how many durations are at most d, at the histogram's precision.
func (h *Hist) AtMost(d time.Duration) (n uint64) {
	shorter, equal, _ := h.CountsAround(d)
	return shorter + equal
}

// WritePercentiles writes the distribution, in ms, as HdrHistogram's plotter reads it: with five ticks
// per half of the distance to 100%.
func (h *Hist) WritePercentiles(w io.Writer) error {
	all := hdrhistogram.New(histLowest, histHighest, histDigits)
	h.addTo(all)
	const ticks, microseconds = 5, 1000 // per ms
	_, err := all.PercentilesPrint(w, ticks, microseconds)
	return err
}

// MarshalText writes the histogram's V2 compressed encoding in base64, as the library's Encode does: that
// takes 0.6 MB for each histogram, and a record has a thousand.
func (h *Hist) MarshalText() ([]byte, error) {
	const header, cookie, compressedCookie = 40, 0x1c849313, 0x1c849314
	counts := h.appendCounts(make([]byte, header, 1024))
	be := binary.BigEndian
	be.PutUint32(counts[0:], cookie)
	be.PutUint32(counts[4:], uint32(len(counts)-header))
	be.PutUint32(counts[12:], histDigits)
	be.PutUint64(counts[16:], histLowest)
	be.PutUint64(counts[24:], uint64(histHighest))
	be.PutUint64(counts[32:], math.Float64bits(1))
	compressor := compressors.Get().(*zlib.Writer)
	defer compressors.Put(compressor)
	var out bytes.Buffer
	out.Write(make([]byte, 8))
	compressor.Reset(&out)
	if _, err := compressor.Write(counts); err != nil {
		return nil, fmt.Errorf("encode histogram: %w", err)
	}
	if err := compressor.Close(); err != nil {
		return nil, fmt.Errorf("encode histogram: %w", err)
	}
	be.PutUint32(out.Bytes()[0:], compressedCookie)
	be.PutUint32(out.Bytes()[4:], uint32(out.Len()-8))
	return base64.StdEncoding.AppendEncode(nil, out.Bytes()), nil
}

// compressors are kept only because making one takes longer than compressing a histogram.
var compressors = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(nil, zlib.BestCompression)
	if err != nil {
		panic(err) // there is that level
	}
	return w
}}

// appendCounts appends the counts of all buckets up to the last that has any, as signed varints: of several
// empty ones in a row, how many they are, negated.
func (h *Hist) appendCounts(to []byte) []byte {
	next := int64(0)
	for value, count := range h.each {
		power := max(bits.Len64(uint64(value))-spanBits-1, 0)
		bucket := int64(power)<<spanBits + value>>power
		switch empty := bucket - next; {
		case empty == 1:
			to = append(to, 0)
		case empty > 1:
			to = binary.AppendVarint(to, -empty)
		}
		to, next = binary.AppendVarint(to, count), bucket+1
	}
	if next == 0 {
		to = append(to, 0)
	}
	return to
}

// UnmarshalText reads what MarshalText wrote. A histogram of another range or precision is
// an error, and so is one with more durations than any run has.
func (h *Hist) UnmarshalText(text []byte) error {
	live, err := hdrhistogram.DecodePacked(text)
	if err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	if live.LowestTrackableValue() != histLowest || live.HighestTrackableValue() != histHighest || live.SignificantFigures() != histDigits {
		return fmt.Errorf("histogram: expected 1 µs to 1 h at %d digits", histDigits)
	}
	if n := live.TotalCount(); n > maxCount {
		return fmt.Errorf("histogram: %d durations are more than any run has", n)
	}
	h.live = live
	h.pack()
	return nil
}

// Each calls visit with every different duration, in order and rounded as the histogram does, and how
// often it was recorded.
func (h *Hist) Each(visit func(d time.Duration, n uint64)) {
	for value, count := range h.each {
		visit(time.Duration(value)*time.Microsecond, uint64(count))
	}
}

// Merge adds what other holds; nil holds nothing. What was packed can record again.
func (h *Hist) Merge(other *Hist) { *h = *Merged(h, other) }

// mergedOrNil is a new histogram of all that hists hold; nil if all are nil.
func mergedOrNil(hists []*Hist) *Hist {
	if !slices.ContainsFunc(hists, func(h *Hist) bool { return h != nil }) {
		return nil
	}
	return Merged(hists...)
}

// Merged is a new histogram of all that hists hold; nils are empty.
func Merged(hists ...*Hist) *Hist {
	merged, values := NewHist(), 0
	for _, h := range hists {
		values += h.values()
	}
	if values <= fewValues {
		for _, h := range hists {
			h.addTo(merged.live)
		}
		return merged
	}
	all := hdrhistogram.New(histLowest, histHighest, histDigits)
	for _, h := range hists {
		h.addTo(all)
	}
	merged.live.MergeFrom(all)
	return merged
}

// fewValues is up to how many values are added faster one by one than by way of a dense
// histogram, which takes 190 KB.
const fewValues = 500

// values is about how many different values are in it.
func (h *Hist) values() int {
	switch {
	case h == nil:
		return 0
	case h.live != nil:
		h.settle()
		return int(h.live.Populated())
	}
	return len(h.packed) / 2 // a value and its count take a few bytes each
}

// SliceHist is one of a slice's histograms, named as in the record.
type SliceHist struct {
	Name string
	Hist **Hist // where the slice holds it
	// Streamed marks a histogram of event streams; it is nil if no answer was one.
	Streamed bool
}

// Hists are the slice's histograms in the order of its fields.
func (s *Slice) Hists() []SliceHist {
	return []SliceHist{
		{"response", &s.Response, false},
		{"service", &s.Service, false},
		{"first_byte", &s.FirstByte, false},
		{"ttft", &s.TTFT, true},
		{"ttfo", &s.TTFO, true},
		{"first_content", &s.FirstContent, true},
		{"chunk_gap", &s.ChunkGap, true},
		{"tpot", &s.TPOT, true},
		{"failed_after", &s.FailedAfter, false},
		{"slot_wait", &s.SlotWait, false},
		{"limit_wait", &s.LimitWait, false},
		{"send_lag", &s.SendLag, false},
		{"read_lag", &s.ReadLag, false},
		{"from_client", &s.FromClient, false},
		{"from_edge", &s.FromEdge, false},
		{"from_server", &s.FromServer, false},
		{"fill", &s.Fill, false},
		{"latency_error", &s.LatencyError, false},
		{"overstated", &s.Overstated, false},
	}
}

// AddStreamHists adds empty histograms of event streams, unless there are some.
func (s *Slice) AddStreamHists() {
	if s.TTFT == nil {
		s.addHists(true)
	}
}

func (s *Slice) addHists(streamed bool) {
	later := []**Hist{&s.Overstated, &s.ReadLag, &s.LimitWait, &s.FromClient, &s.FromEdge, &s.FromServer} // with the first value
	for _, h := range s.Hists() {
		if h.Streamed == streamed && !slices.Contains(later, h.Hist) {
			*h.Hist = NewHist()
		}
	}
}
