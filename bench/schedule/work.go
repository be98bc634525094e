// Package schedule generates the work of a load test ahead of time: when prompts are
// due, what they say, and how they form batches. It is pure: it uses no clock, no
// network and no files, and the same seed always gives the same work.
package schedule

import (
	"fmt"
	"math/rand/v2"
	"time"

	"weighbridge/scenarios"
)

// Prompt is one item asked of the model.
type Prompt struct {
	// Due is an offset from the start of the attack. Under closed load it is 0: a
	// prompt is due when a worker is free.
	Due   time.Duration
	Block int
	Text  string
	// Bust is to stand before all that is sent of the prompt, so that no cache knows its
	// beginning; empty if there is nothing.
	Bust string
	// Tokens is how many tokens the text was made of; 0 if that is not known.
	Tokens int
	// MaxTokens is the maximum length of the answer to ask for, in tokens.
	MaxTokens int
	// Conversation is the conversation of which the prompt is a turn; nil if it is none.
	Conversation *Conversation
	turn         int
}

// Work generates the prompts of one arm. The prompts of a block depend only on the
// seed, the arm, the phase and the block, not on which blocks came before it.
type Work struct {
	Seed uint64
	Arm  string
	Deck *Deck
	// Prompts says how the prompts of the deck are completed.
	Prompts scenarios.Prompts
	// Trace is the content of load.open.trace, or nil.
	Trace *Trace
}

// Open returns a function that returns the prompts of consecutive blocks of open load
// in the order they are due, and false after the last. The blocks from 0 on divide one
// schedule, in which each begins where the one before it ended. It fails if the load has a
// trace and w has none, or if the kind of arrivals is unknown.
func (w Work) Open(phase string, o scenarios.Open, first, blocks int) (func() (Prompt, bool), error) {
	return w.open(phase, o, first, blocks, 0)
}

// Alone is like Open for one block that begins a schedule of its own, such as the n-th probe
// of a search.
func (w Work) Alone(phase string, o scenarios.Open, n int) (func() (Prompt, bool), error) {
	return w.open(phase, o, n, 1, n)
}

// open returns the prompts of blocks of the schedule that begins with the block origin.
func (w Work) open(phase string, o scenarios.Open, first, blocks, origin int) (func() (Prompt, bool), error) {
	block := first - 1
	var due arrivals
	var draw func(length) Prompt
	var complete func(*Prompt)
	advance := func() (err error) {
		block++
		due, err = w.arrivals(o, phase, block, origin)
		draw, complete = w.contents(phase, block, w.dueBefore(o, block-origin)), w.additions(phase, block)
		return err
	}
	if err := advance(); err != nil {
		return nil, err
	}
	return func() (Prompt, bool) {
		for {
			if next, ok := due(); ok {
				p := draw(next.length)
				p.Due, p.Block, p.MaxTokens = time.Duration(block-first)*o.Duration+next.due, block, next.output
				complete(&p)
				return p, true
			}
			if block+1 >= first+blocks || advance() != nil {
				return Prompt{}, false
			}
		}
	}, nil
}

// Closed returns a function that returns the requests of a block of closed load: the
// batchSize prompts of each, and how long its worker thinks after the answer.
func (w Work) Closed(phase string, c scenarios.Closed, block, batchSize int) func() (prompts []Prompt, think time.Duration) {
	draw, complete := w.contents(phase, block, 0), w.additions(phase, block)
	thinkRandom := Random(w.Seed, "think", phase, w.Arm, block)
	return func() ([]Prompt, time.Duration) {
		think := c.Think.Quantile(thinkRandom.Float64())
		return prompts(draw, complete, block, batchSize), think
	}
}

// Batch returns the n prompts of a block that are submitted together.
func (w Work) Batch(phase string, block, n int) []Prompt {
	return prompts(w.contents(phase, block, float64(block*n)), w.additions(phase, block), block, n)
}

// Sample returns n prompts that are on no schedule.
func (w Work) Sample(phase string, n int) []Prompt {
	return prompts(w.contents(phase, -1, 0), w.additions(phase, -1), 0, n)
}

// arrivals returns the schedule of a block.
func (w Work) arrivals(o scenarios.Open, phase string, block, origin int) (arrivals, error) {
	if o.Trace != "" {
		if w.Trace == nil {
			return nil, fmt.Errorf("load.open.trace: %s was not read", o.Trace)
		}
		return w.Trace.arrivals(block-origin, o.Duration), nil
	}
	return newArrivals(o, block-origin, func(block int) *rand.Rand {
		return Random(w.Seed, "arrivals", phase, w.Arm, origin+block)
	})
}

// dueBefore is the number of prompts due in the blocks of a schedule before one: of drawn arrivals
// the number expected.
func (w Work) dueBefore(o scenarios.Open, block int) float64 {
	if w.Trace != nil && o.Trace != "" {
		return float64(w.Trace.due(time.Duration(block) * o.Duration))
	}
	return firstWhole(block, newCumulativeRate(o).total)
}

// contents returns a function that returns what the prompts of a slice say in turn: a prompt of the
// deck or, of another than the zero length, a synthetic one. The slices before it had so many.
//
// Changing the labels of its random numbers would change the prompts that a seed gives.
func (w Work) contents(phase string, block int, before float64) func(length) Prompt {
	rng := Random(w.Seed, "draw", phase, w.Arm, block)
	next := w.Deck.choose(w.Prompts.Order, rng, before)
	if w.Deck.scripts != nil {
		seeds := Random(w.Seed, "conversations", phase, w.Arm, block)
		return func(length) Prompt { return w.Deck.scripts[next()].begin(w.Prompts, seeds) }
	}
	return func(l length) Prompt {
		if l.n > 0 {
			return w.Deck.ofLength(l, rng)
		}
		i := next()
		p := Prompt{Text: w.Deck.texts[i]}
		if w.Deck.asked != nil {
			p.Tokens = int(w.Deck.asked[i])
		}
		return p
	}
}

// prompts returns n prompts of the deck.
func prompts(draw func(length) Prompt, complete func(*Prompt), block, n int) []Prompt {
	drawn := make([]Prompt, n)
	for i := range drawn {
		drawn[i] = draw(length{})
		drawn[i].Block = block
		complete(&drawn[i])
	}
	return drawn
}
