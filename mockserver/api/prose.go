package api

import "strings"

// vocabulary is words with one space between them, none of which JSON escapes.
const vocabulary = "the scale takes what comes and says how heavy it is a cart of stone one of straw then " +
	"an empty one to see if the needle still rests where it should nobody argues with a beam that was " +
	"tested in the morning and again at noon some drive around it at night and are found out by their ruts"

// Prose is where completions come from: words in an order that a number decides.
type Prose struct {
	text   string
	starts []int
}

// NewProse returns a supply of words.
func NewProse() Prose {
	p := Prose{text: vocabulary + " "}
	for i := range p.text {
		if i == 0 || p.text[i-1] == ' ' {
			p.starts = append(p.starts, i)
		}
	}
	return p
}

// Words returns n words, one space between them; the same seed and n always give
// the same ones. The text is read in laps, beginning at a word that seed picks.
func (p Prose) Words(seed, n uint64) string {
	if n == 0 {
		return ""
	}
	lap := uint64(len(p.starts))
	first := seed % lap
	last := first + n - 1
	end := p.starts[last%lap]
	end += strings.IndexByte(p.text[end:], ' ')
	if last < lap {
		return p.text[p.starts[first]:end]
	}
	return p.text[p.starts[first]:] + strings.Repeat(p.text, int(last/lap)-1) + p.text[:end]
}
