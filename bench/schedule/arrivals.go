package schedule

import (
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// arrival is a prompt on the schedule of a block.
type arrival struct {
	// due is an offset from the start of the block.
	due time.Duration
	// length is the length of the prompt.
	length length
	// output is the length of the answer to ask for, in tokens; 0 leaves it to the prompts.
	output int
}

// length is the length of a prompt, in characters or in tokens; the zero length leaves it to the deck.
type length struct {
	n      int
	tokens bool
}

// arrivals returns, call by call, the prompts due in a block: in ascending order,
// each before the block ends. It returns false after the last. Its memory does not
// grow with the number of prompts.
type arrivals func() (arrival, bool)

// newArrivals draws the schedule of one block of a run. The blocks of a run divide one schedule:
// what is due in all of them is what was asked, however short they are, and a block may have no
// prompt. random returns the generator of a block.
//
// A schedule is drawn as positions, which are a mean distance of 1 apart, and mapped through the
// inverse of the cumulative rate (time rescaling), so that the process is exact under any shape.
func newArrivals(o scenarios.Open, block int, random func(block int) *rand.Rand) (arrivals, error) {
	rate := newCumulativeRate(o)
	next, err := newPositions(o, block, rate.total, random)
	if err != nil {
		return nil, err
	}
	due := time.Duration(0)
	return func() (arrival, bool) {
		position, ok := next()
		if !ok {
			return arrival{}, false
		}
		due = max(due, time.Duration(rate.inverse(position)*float64(time.Second)))
		due = min(due, o.Duration-1) // which only a rounding error exceeds
		return arrival{due: due}, true
	}, nil
}
