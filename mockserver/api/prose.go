package api

import "strings"

// vocabulary is words with one space between them, none of which JSON escapes.
const vocabulary = "the scale takes what comes and says how heavy it is a cart of stone one of straw then " +
	"an empty one to see if the needle still rests where it should nobody argues with a beam that was " +
	"tested in the morning and again at noon some drive around it at night and are found out by their ruts"

// laps is how often a supply holds the vocabulary: then nearly every completion
// is a piece of it, which costs nothing.
const laps = 64

// Prose is where completions come from: words in an order that a number decides.
type Prose struct {
	text string
	// starts are where words begin; the first lap of them are the vocabulary's.
	starts []int
	lap    uint64
}

// NewProse returns a supply of words.
func NewProse() Prose {
	p := Prose{text: strings.Repeat(vocabulary+" ", laps)}
	for i := range p.text {
		if i == 0 || p.text[i-1] == ' ' {
			p.starts = append(p.starts, i)
		}
	}
	p.lap = uint64(len(p.starts) / laps)
	return p
}

// Words returns n words, one space between them; the same seed and n always give
// the same ones. The vocabulary is read in laps, beginning at a word that seed picks.
func (p Prose) Words(seed, n uint64) string {
	if n == 0 {
		return ""
	}
	words := uint64(len(p.starts))
	first := seed % p.lap
	last := first + n - 1
	end := p.starts[last%words]
	end += strings.IndexByte(p.text[end:], ' ')
	if last < words {
		return p.text[p.starts[first]:end]
	}
	return p.text[p.starts[first]:] + strings.Repeat(p.text, int(last/words)-1) + p.text[:end]
}
