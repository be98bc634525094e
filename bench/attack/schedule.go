package attack

import (
	"fmt"
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// arrivals gives, call by call, when prompts are due in a block: offsets from
// its start, ascending, all under its duration. false ends it.
type arrivals func() (time.Duration, bool)

// newArrivals draws the schedule of one block.
func newArrivals(o scenarios.Open, rng *rand.Rand) (arrivals, error) {
	switch o.Arrivals {
	case "constant":
		return constant(o.Rate, o.Duration), nil
	case "poisson":
		return poisson(o.Rate, o.Duration, rng), nil
	}
	return nil, fmt.Errorf("load.open.arrivals: expected constant or poisson, found %q", o.Arrivals)
}

// constant spaces prompts evenly, the first at once; each offset is computed
// anew, so that no rounding adds up.
func constant(rate float64, duration time.Duration) arrivals {
	n := 0
	return func() (time.Duration, bool) {
		at := time.Duration(float64(n) / rate * float64(time.Second))
		n++
		return at, at < duration
	}
}

// poisson spaces prompts by exponential gaps: each moment is as likely as any other.
func poisson(rate float64, duration time.Duration, rng *rand.Rand) arrivals {
	at := 0.0
	return func() (time.Duration, bool) {
		at += rng.ExpFloat64() / rate
		if at >= duration.Seconds() {
			return 0, false
		}
		return time.Duration(at * float64(time.Second)), true
	}
}
