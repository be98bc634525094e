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
	// length is in characters; 0 leaves it to the deck.
	length int
}

// arrivals returns, call by call, the prompts due in a block: in ascending order,
// each before the block ends. It returns false after the last. Its memory does not
// grow with the number of prompts.
type arrivals func() (arrival, bool)

// newArrivals draws the schedule of one block. It draws gaps with a mean of 1 and
// maps their sum through the inverse of the cumulative rate (time rescaling), so that
// the process is exact under any shape.
func newArrivals(o scenarios.Open, rng *rand.Rand) (arrivals, error) {
	nextGap, err := newGaps(o, rng)
	if err != nil {
		return nil, err
	}
	rate := newCumulativeRate(o)
	due, position := time.Duration(0), 0.0
	return func() (arrival, bool) {
		position += nextGap()
		if position >= rate.total {
			return arrival{}, false
		}
		due = max(due, time.Duration(rate.inverse(position)*float64(time.Second)))
		return arrival{due: due}, due < o.Duration
	}, nil
}
