package limits

import (
	"math"
	"time"
)

// mostPeaks bounds the memory of a bucket.
const mostPeaks = 1024

// bucket is what may still be taken of the share of a gradual limit, as from a token bucket.
type bucket struct {
	level   float64
	updated time.Time
	// peaks are the levels before each attempt was taken, without levels that a later one exceeds: they
	// tell how full the bucket has been since any attempt.
	peaks []peak
}

type peak struct {
	seq   uint64
	level float64
}

func (b *bucket) take(seq uint64, n float64) {
	for len(b.peaks) > 0 && b.peaks[len(b.peaks)-1].level <= b.level {
		b.peaks = b.peaks[:len(b.peaks)-1]
	}
	b.peaks = append(b.peaks, peak{seq, b.level})
	if len(b.peaks) > mostPeaks {
		b.peaks[1].level = b.peaks[0].level
		b.peaks = b.peaks[1:]
	}
	b.level -= n
}

// giveBack gives back a part of what an attempt took, as if it had not taken it: without what would
// have overflowed since.
func (b *bucket) giveBack(seq uint64, n, most float64) {
	fullest := b.level
	for _, p := range b.peaks {
		if p.seq > seq {
			fullest = math.Max(fullest, p.level)
			break // the first is the highest
		}
	}
	b.level += n - math.Max(0, fullest+n-most)
}
