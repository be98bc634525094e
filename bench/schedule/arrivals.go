package schedule

import (
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// arrival is a moment at which a prompt is due.
type arrival struct {
	// due is an offset from the start of the block.
	due time.Duration
	// length is the prompt's, in characters; 0 where the deck decides.
	length int
}

// arrivals gives, call by call, when prompts are due in a block: ascending, all
// under its duration. false ends it. It keeps nothing of what it gave.
type arrivals func() (arrival, bool)

// newArrivals draws the schedule of one block. Arrivals are drawn at a rate of 1,
// and each is due when the shape expects as many prompts as have passed by then:
// time rescaled so keeps the process exact under any shape.
func newArrivals(o scenarios.Open, rng *rand.Rand) (arrivals, error) {
	next, err := newGaps(o, rng)
	if err != nil {
		return nil, err
	}
	shape := newIntensity(o)
	due, passed := time.Duration(0), 0.0
	return func() (arrival, bool) {
		passed += next()
		if passed >= shape.expected {
			return arrival{}, false
		}
		due = max(due, time.Duration(shape.when(passed)*float64(time.Second)))
		return arrival{due: due}, due < o.Duration
	}, nil
}
