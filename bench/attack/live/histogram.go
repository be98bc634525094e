package live

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Histogram counts durations of up to an hour, each as the next longer one of two decimal digits of
// microseconds (1, 2, … 99, 100, 110, … 990, 1,000, 1,100 µs …): at most 10% longer than it was. Those
// bounds are what Prometheus's buckets are usually bounded by. The zero Histogram is empty.
type Histogram struct {
	buckets [buckets]atomic.Uint64
	// total is the sum of all durations, in ns.
	total atomic.Int64
}

const (
	// singles is the number of buckets of 1 µs, and perDecade that of each decade after them.
	singles, perDecade = 99, 90
	buckets            = singles + 8*perDecade
	longest            = time.Hour
)

// powers are the powers of ten that have at most as many digits as an hour has microseconds.
var powers = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10}

// bucketOf is the bucket of a duration.
func bucketOf(d time.Duration) int {
	v := uint64((min(max(d, 1), longest) + time.Microsecond - 1) / time.Microsecond)
	if v <= singles {
		return int(v) - 1
	}
	decade := bits.Len64(v) * 1233 >> 12 // the logarithm to base 10, or one more
	if v < powers[decade] {
		decade--
	}
	unit := powers[decade-1] // of the second digit
	return singles + (decade-2)*perDecade + int((v+unit-1)/unit) - 10
}

// boundOf is the longest duration of a bucket.
func boundOf(bucket int) time.Duration {
	if bucket < singles {
		return time.Duration(bucket+1) * time.Microsecond
	}
	bucket -= singles
	return time.Duration(uint64(10+bucket%perDecade)*powers[1+bucket/perDecade]) * time.Microsecond
}

// Record counts a duration; a negative one as 1 µs, and one over an hour as an hour.
func (h *Histogram) Record(d time.Duration) {
	h.buckets[bucketOf(d)].Add(1)
	h.total.Add(int64(max(d, 0)))
}

// Snapshot is the counts of histograms at a moment. The zero Snapshot is empty.
type Snapshot struct {
	counts [buckets]uint64
	// Total is the sum of all durations.
	Total time.Duration
}

// Add adds what a histogram holds.
func (s *Snapshot) Add(h *Histogram) {
	for i := range h.buckets {
		s.counts[i] += h.buckets[i].Load()
	}
	s.Total += time.Duration(h.total.Load())
}

// since is what came after an earlier snapshot of the same histograms.
func (s *Snapshot) since(earlier *Snapshot) *Snapshot {
	out := &Snapshot{Total: s.Total - earlier.Total}
	for i := range s.counts {
		out.counts[i] = s.counts[i] - earlier.counts[i]
	}
	return out
}

// Count is the number of durations.
func (s *Snapshot) Count() (n uint64) {
	for _, c := range s.counts {
		n += c
	}
	return n
}

// AtMost is the number of durations of at most d, which must be the bound of a bucket.
func (s *Snapshot) AtMost(d time.Duration) (n uint64) {
	for _, c := range s.counts[:bucketOf(d)+1] {
		n += c
	}
	return n
}

// Quantile is the quantile q (0…1), rounded up to two digits: the duration that this share of all
// does not exceed. It returns false if there are none.
func (s *Snapshot) Quantile(q float64) (time.Duration, bool) {
	rank, n := max(uint64(math.Ceil(q*float64(s.Count()))), 1), uint64(0)
	for i, c := range s.counts {
		if n += c; n >= rank {
			return boundOf(i), true
		}
	}
	return 0, false
}
