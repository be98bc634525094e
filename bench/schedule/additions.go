package schedule

import (
	"fmt"
	"math"
	"math/rand/v2"

	"weighbridge/scenarios"
)

// The values of prompts.cache_bust.
const (
	bustRequest = "request"
	bustBlock   = "block"
	bustArm     = "arm"
)

// maxOutputTokens is the most that prompts.max_tokens may ask for.
const maxOutputTokens = 1_000_000

// WithPrefixes returns the deck with p.Pool beginnings of p.Tokens tokens that prompts share. They
// depend on the seed and on s, which spells them, so that arms with equal ones have the same.
func (d *Deck) WithPrefixes(p scenarios.Prefix, seed uint64, s *Speller) (*Deck, error) {
	out := *d
	out.prefixes, out.speller = nil, s
	if p.Tokens == 0 {
		return &out, nil
	}
	for i := range p.Pool {
		text := s.text(Random(seed, "prefixes", i), p.Tokens)
		if err := s.check(text, p.Tokens); err != nil {
			return nil, err
		}
		out.prefixes = append(out.prefixes, text)
	}
	return &out, nil
}

// additions returns a function that completes the prompts of a block in turn: by a shared
// beginning, by what keeps the provider's cache from knowing it, and by the length of its answer.
// Each has random numbers of its own, so that the texts drawn from the deck stay the same.
func (w Work) additions(phase string, block int) func(*Prompt) {
	shared, lengths := Random(w.Seed, "prefix", phase, w.Arm, block), Random(w.Seed, "max_tokens", phase, w.Arm, block)
	bust := w.buster(phase, block)
	return func(p *Prompt) {
		if n := len(w.Deck.prefixes); n > 0 {
			p.Text = w.Deck.prefixes[shared.IntN(n)] + " " + p.Text
			if p.Tokens > 0 {
				p.Tokens += w.Prompts.Prefix.Tokens
			}
		}
		p.Bust = bust()
		if p.MaxTokens == 0 {
			p.MaxTokens = lengthOf(w.Prompts, lengths)
		}
	}
}

// lengthOf draws the length of an answer that a prompt asks for.
func lengthOf(p scenarios.Prompts, rng *rand.Rand) int {
	n := p.MaxTokens.Quantile(rng.Float64())
	return int(min(max(math.Round(n), 1), maxOutputTokens))
}

// buster returns a function that returns what prompts begin with in turn, so that the beginnings
// of their requests, blocks or arms differ; empty if they need not.
func (w Work) buster(phase string, block int) func() string {
	tag := func(rng *rand.Rand) string { return fmt.Sprintf("%012x ", rng.Uint64()>>16) }
	var fixed string
	switch w.Prompts.CacheBust {
	case bustRequest:
		rng := Random(w.Seed, "bust", phase, w.Arm, block)
		return func() string { return tag(rng) }
	case bustBlock:
		fixed = tag(Random(w.Seed, "bust", phase, w.Arm, block))
	case bustArm:
		fixed = tag(Random(w.Seed, "bust", w.Arm))
	}
	return func() string { return fixed }
}
