// Package schedule draws the work of a load test ahead of it: when prompts are due,
// what they say and how they form batches. It is pure: no clock, no network, no
// files; the same seed always gives the same work.
package schedule

import (
	"fmt"
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// Prompt is one item asked of the model.
type Prompt struct {
	// Due is an offset from the start of the attack; 0 where a prompt is due as soon
	// as a worker is free.
	Due   time.Duration
	Block int
	Text  string
}

// Work draws the prompts of one arm. What a block holds depends on the seed, the
// arm, the phase and the block alone, not on the blocks that were drawn before.
type Work struct {
	Seed uint64
	Arm  string
	Deck *Deck
	// Trace is the content of load.open.trace; nil without one.
	Trace *Trace
}

// Open returns, call by call, the prompts of consecutive blocks of open load in the
// order they are due, and false after the last. It fails where the load names a
// trace that was not read, or arrivals of no known kind.
func (w Work) Open(phase string, o scenarios.Open, first, blocks int) (func() (Prompt, bool), error) {
	block := first - 1
	var due arrivals
	var draw *rand.Rand
	advance := func() (err error) {
		block++
		due, err = w.arrivals(o, phase, block)
		draw = w.draws(phase, block)
		return err
	}
	if err := advance(); err != nil {
		return nil, err
	}
	return func() (Prompt, bool) {
		for {
			if next, ok := due(); ok {
				offset := time.Duration(block-first) * o.Duration
				return Prompt{Due: offset + next.due, Block: block, Text: w.text(draw, next.length)}, true
			}
			if block+1 >= first+blocks || advance() != nil {
				return Prompt{}, false
			}
		}
	}, nil
}

// Closed returns, call by call, the next request of a block of closed load: size
// prompts, and how long its worker thinks after the answer.
func (w Work) Closed(phase string, c scenarios.Closed, block, size int) func() (prompts []Prompt, think time.Duration) {
	draw := w.draws(phase, block)
	thinking := Random(w.Seed, "think", phase, w.Arm, block)
	return func() ([]Prompt, time.Duration) {
		think := c.Think.Quantile(thinking.Float64())
		return w.prompts(draw, block, size), think
	}
}

// Sample returns n prompts for requests that are on no schedule.
func (w Work) Sample(phase string, n int) []Prompt {
	return w.prompts(w.draws(phase, -1), 0, n)
}

// arrivals is when prompts are due in a block.
func (w Work) arrivals(o scenarios.Open, phase string, block int) (arrivals, error) {
	if o.Trace != "" {
		if w.Trace == nil {
			return nil, fmt.Errorf("load.open.trace: %s was not read", o.Trace)
		}
		return w.Trace.arrivals(block, o.Duration), nil
	}
	return newArrivals(o, Random(w.Seed, "arrivals", phase, w.Arm, block))
}

// draws are the random numbers that choose the prompts of a block.
func (w Work) draws(phase string, block int) *rand.Rand {
	return Random(w.Seed, "draw", phase, w.Arm, block)
}

func (w Work) prompts(draw *rand.Rand, block, n int) []Prompt {
	prompts := make([]Prompt, n)
	for i := range prompts {
		prompts[i] = Prompt{Block: block, Text: w.Deck.Draw(draw)}
	}
	return prompts
}

// text is a prompt of the deck, or a synthetic one of exactly length characters
// where length is not 0.
func (w Work) text(draw *rand.Rand, length int) string {
	if length > 0 {
		return synthetic(draw, length)
	}
	return w.Deck.Draw(draw)
}
