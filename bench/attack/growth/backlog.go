package growth

import (
	"math"
	"time"
)

// backlog counts the prompts that were due and not yet finished, at two moments of a
// probe: half and end, offsets from its start.
type backlog struct {
	half, end time.Duration
	// atHalf and atEnd are the backlogs, dueBetween the prompts due from half on.
	atHalf, atEnd, dueBetween uint64
	// waited is the sum of how long each prompt was in the backlog before half. Divided
	// by half, it is the mean backlog of the first half (Little's law).
	waited time.Duration
}

// add counts a prompt by when it was due and when it ended, both offsets from the start.
func (b *backlog) add(due, ended time.Duration) {
	if due >= b.half {
		b.dueBetween++
	} else {
		b.waited += min(ended, b.half) - due
	}
	if due < b.half && ended > b.half {
		b.atHalf++
	}
	if ended > b.end {
		b.atEnd++
	}
}

// leastAllowed is the growth that may always be chance: of a backlog as a share of the prompts due, of latencies as
// a share of the time that passed.
const leastAllowed = 0.01

// growth returns the growth of the backlog between the two moments, as a share of the
// prompts due in between, and the growth allowed: 1%, plus two standard deviations of
// the difference of two independent Poisson counts, but at least one prompt. The mean of
// those counts is the mean backlog of the whole first half, because the backlog at a
// single moment is small and varies.
func (b *backlog) growth() (grown, allowed float64) {
	if b.dueBetween == 0 {
		return 0, leastAllowed
	}
	due, mean := float64(b.dueBetween), float64(b.waited)/float64(b.half)
	return (float64(b.atEnd) - float64(b.atHalf)) / due, max(leastAllowed+2*math.Sqrt(2*mean)/due, 1/due)
}
