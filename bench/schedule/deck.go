package schedule

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"weighbridge/scenarios"
)

// Deck is the distinct prompts of a scenario and how popular each is. Arms of a run
// draw from equal decks, so that they carry the same work. A Deck is read-only and
// safe for concurrent use.
type Deck struct {
	texts []string
	// scripts are conversations in place of the texts.
	scripts []script
	// cumulative[i] is the probability of drawing one of the prompts 0…i.
	cumulative []float64
	// prefixes are beginnings that prompts share; nil for none.
	prefixes []string
	// asked are the tokens that each text was made of; nil if that is not known.
	asked []uint32
	// speller makes the prompts of a trace whose lengths are in tokens.
	speller *Speller
}

// The bounds of a file of prompts.
const (
	// MaxPromptBytes is the length of the longest file.
	MaxPromptBytes = 256 << 20
	maxPrompts     = 1_000_000
)

// SyntheticDeck generates p.Distinct prompts whose lengths follow p.Length. More than
// scenarios.MaxCharacters in all, which only a heavy tail can draw from a valid
// scenario, are an error.
func SyntheticDeck(p scenarios.Prompts, seed uint64) (*Deck, error) {
	texts, err := syntheticTexts(p, seed, scenarios.MaxCharacters)
	if err != nil {
		return nil, err
	}
	return newDeck(texts, p.Zipf), nil
}

func syntheticTexts(p scenarios.Prompts, seed uint64, most int) ([]string, error) {
	rng := Random(seed, "prompts", p.Distinct)
	texts := make([]string, p.Distinct)
	total := 0
	for i := range texts {
		length := int(p.Length.Quantile(rng.Float64()))
		if total += length; total > most {
			return nil, fmt.Errorf("prompts: expected at most %d characters in all distinct prompts, found more in %d of %d", most, i+1, p.Distinct)
		}
		texts[i] = syntheticPrompt(rng, length)
	}
	return texts, nil
}

// ReadDeck reads the prompts of a file in a format of prompts.format; "" finds it by the name
// and the content. The i-th prompt is drawn 1/i^zipf times as often as the first. Errors name
// the file and the line.
func ReadDeck(file, format string, r io.Reader, zipf float64) (*Deck, error) {
	read, err := readPrompts(file, format, r)
	if err != nil {
		return nil, err
	}
	d := &Deck{texts: read.texts, scripts: read.scripts}
	d.cumulative = zipfCumulative(d.size(), zipf)
	return d, nil
}

func newDeck(texts []string, zipf float64) *Deck {
	return &Deck{texts: texts, cumulative: zipfCumulative(len(texts), zipf)}
}

// zipfCumulative returns the cumulative probabilities of n prompts. Prompt i has the weight
// 1/i^exponent.
func zipfCumulative(n int, exponent float64) []float64 {
	cumulative := make([]float64, n)
	sum := 0.0
	for i := range cumulative {
		sum += math.Pow(float64(i+1), -exponent)
		cumulative[i] = sum
	}
	for i := range cumulative {
		cumulative[i] /= sum
	}
	return cumulative
}

// size is the number of distinct prompts, or of conversations.
func (d *Deck) size() int { return max(len(d.texts), len(d.scripts)) }

// Turns is the mean and the largest number of turns of a conversation of which at most so many are
// sent, 0 for all; 1 and 1 if prompts are no turns.
func (d *Deck) Turns(most int) (mean float64, longest int) {
	if len(d.scripts) == 0 {
		return 1, 1
	}
	before := 0.0
	for i, s := range d.scripts {
		n := len(s.turns)
		if most > 0 {
			n = min(n, most)
		}
		mean += float64(n) * (d.cumulative[i] - before)
		longest, before = max(longest, n), d.cumulative[i]
	}
	return mean, longest
}

// ofLength makes a prompt of a length that a trace asks for.
func (d *Deck) ofLength(l length, rng *rand.Rand) Prompt {
	if !l.tokens {
		return Prompt{Text: syntheticPrompt(rng, l.n)}
	}
	p := Prompt{Text: d.speller.text(rng, l.n)}
	if d.speller.counts() {
		p.Tokens = l.n
	}
	return p
}

// words is the text that synthetic prompts are made of.
const words = "the weight of a truck is read twice once loaded and once empty so that what it carries is known to the pound "

// syntheticPrompt generates a prompt of max(n, 1) characters. It begins with a random
// number, so that no two prompts share a prefix that a server could cache.
func syntheticPrompt(rng *rand.Rand, n int) string {
	n = max(n, 1)
	text := fmt.Sprintf("%x ", rng.Uint32())
	start := rng.IntN(len(words))
	text += words[start:]
	if missing := n - len(text); missing > 0 {
		text += strings.Repeat(words, missing/len(words)+1)
	}
	return text[:n]
}
