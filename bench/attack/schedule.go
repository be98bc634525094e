package attack

import (
	"fmt"
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// arrival is a moment at which a prompt is due.
type arrival struct {
	// At is its offset from the start of the block.
	At time.Duration
	// Length is how many characters the prompt has; 0 leaves it to prompts.
	Length int
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
	at, passed := time.Duration(0), 0.0
	return func() (arrival, bool) {
		passed += next()
		if passed >= shape.expected {
			return arrival{}, false
		}
		at = max(at, time.Duration(shape.when(passed)*float64(time.Second)))
		return arrival{At: at}, at < o.Duration
	}, nil
}

// arrivals is the schedule of one of the arm's blocks.
func (a *Arm) arrivals(o scenarios.Open, phase string, block int) (arrivals, error) {
	if o.Trace != "" {
		if a.Trace == nil {
			return nil, fmt.Errorf("load.open.trace: %s was not read", o.Trace)
		}
		return a.Trace.arrivals(block, o.Duration), nil
	}
	return newArrivals(o, stream(a.seed, "arrivals", phase, a.Name, block))
}
