package schedule

import (
	"math"
	"math/rand/v2"
	"sort"

	"weighbridge/scenarios"
)

// choose returns a function that returns the prompts of a slice in turn, as indices, in an order
// of prompts.order. A sequential one begins after so many prompts of earlier slices.
func (d *Deck) choose(order string, rng *rand.Rand, after float64) func() int {
	switch n := d.size(); order {
	case scenarios.OrderSequential:
		next := int(math.Mod(after, float64(n)))
		return func() int {
			i := next
			next = (next + 1) % n
			return i
		}
	case scenarios.OrderShuffle:
		return shuffled(n, rng)
	}
	return func() int { return min(sort.SearchFloat64s(d.cumulative, rng.Float64()), d.size()-1) }
}

// shuffled returns a function that returns the numbers from 0 to n-1 in a random order, each once,
// and then again in another. It is the shuffle of Fisher and Yates, whose memory is that of the
// numbers returned.
func shuffled(n int, rng *rand.Rand) func() int {
	moved, done := map[int]int{}, 0
	at := func(i int) int {
		if j, ok := moved[i]; ok {
			return j
		}
		return i
	}
	return func() int {
		if done == n {
			clear(moved)
			done = 0
		}
		pick := done + rng.IntN(n-done)
		chosen := at(pick)
		moved[pick] = at(done)
		delete(moved, done)
		done++
		return chosen
	}
}
