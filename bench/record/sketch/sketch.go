// Package sketch counts durations of a short time, precise to 2%, in little memory: their percentiles
// are for lines over time. What figures and rules need is counted in histograms.
package sketch

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// growth is the ratio of the durations that two neighbouring buckets stand for.
	growth = 1.04
	// last is the bucket of an hour; the first is that of a microsecond. A duration outside counts as
	// the nearest inside.
	last = 561
	// mostDurations is the most that a text may hold, so that merging does not overflow.
	mostDurations = 1 << 50
)

// Sketch is the number of durations by bucket. A nil Sketch is empty and can be read and merged, but
// not added to. It is not safe for concurrent use.
type Sketch struct {
	// buckets are the buckets that are not empty, in order.
	buckets []bucket
}

type bucket struct {
	at uint16
	n  uint64
}

// Add counts d once.
func (s *Sketch) Add(d time.Duration) {
	at := uint16(0)
	if us := float64(d) / float64(time.Microsecond); us > 1 {
		at = uint16(min(math.Round(math.Log(us)/math.Log(growth)), last))
	}
	i, known := slices.BinarySearchFunc(s.buckets, at, func(b bucket, at uint16) int { return int(b.at) - int(at) })
	if !known {
		s.buckets = slices.Insert(s.buckets, i, bucket{at: at})
	}
	s.buckets[i].n++
}

// Merged is a new sketch of what both hold; nil if both are.
func Merged(a, b *Sketch) *Sketch {
	if a == nil && b == nil {
		return nil
	}
	all := &Sketch{}
	x, y := a.all(), b.all()
	for len(x)+len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].at < y[0].at:
			all.buckets, x = append(all.buckets, x[0]), x[1:]
		case len(x) == 0 || y[0].at < x[0].at:
			all.buckets, y = append(all.buckets, y[0]), y[1:]
		default:
			all.buckets = append(all.buckets, bucket{x[0].at, x[0].n + y[0].n})
			x, y = x[1:], y[1:]
		}
	}
	return all
}

func (s *Sketch) all() []bucket {
	if s == nil {
		return nil
	}
	return s.buckets
}

// Count is how many durations were added.
func (s *Sketch) Count() (n uint64) {
	for _, b := range s.all() {
		n += b.n
	}
	return n
}

// Quantile is the quantile q (0…1) to 2%: the duration that this share of all does not exceed; 0 when
// empty.
func (s *Sketch) Quantile(q float64) time.Duration {
	rank, seen := max(math.Ceil(q*float64(s.Count())), 1), uint64(0)
	for _, b := range s.all() {
		if seen += b.n; float64(seen) >= rank {
			return time.Duration(math.Pow(growth, float64(b.at)) * float64(time.Microsecond))
		}
	}
	return 0
}

// MarshalText writes, in base64, the distance of each bucket from the one before and its count.
func (s *Sketch) MarshalText() ([]byte, error) {
	var raw []byte
	before := uint16(0)
	for _, b := range s.buckets {
		raw = binary.AppendUvarint(raw, uint64(b.at-before))
		raw = binary.AppendUvarint(raw, b.n)
		before = b.at
	}
	return base64.RawStdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *Sketch) UnmarshalText(text []byte) error {
	raw, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("sketch: %w", err)
	}
	var read []bucket
	at, total := uint64(0), uint64(0)
	for len(raw) > 0 {
		step, k := binary.Uvarint(raw)
		if k <= 0 {
			return errors.New("sketch: it ends within a number")
		}
		n, m := binary.Uvarint(raw[k:])
		if m <= 0 {
			return errors.New("sketch: it ends within a number")
		}
		raw = raw[k+m:]
		if step > last || n == 0 || n > mostDurations || len(read) > 0 && step == 0 {
			return errors.New("sketch: expected buckets in order, each with durations")
		}
		at, total = at+step, total+n
		if at > last || total > mostDurations {
			return errors.New("sketch: it holds more than any run does")
		}
		read = append(read, bucket{uint16(at), n})
	}
	s.buckets = read
	return nil
}
