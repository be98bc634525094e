package api

import "strings"

// vocabulary is words separated by single spaces; JSON escapes no character of it.
const vocabulary = "the scale takes what comes and says how heavy it is a cart of stone one of straw then " +
	"an empty one to see if the needle still rests where it should nobody argues with a beam that was " +
	"tested in the morning and again at noon some drive around it at night and are found out by their ruts"

// repeats is how often a TextSource holds the vocabulary. It is large enough that
// nearly every completion is a substring, which needs no allocation.
const repeats = 64

// TextSource generates completions: words whose order a seed determines. It is
// immutable and safe for concurrent use.
type TextSource struct {
	text string
	// starts are the offsets at which words begin. The first vocabularySize belong to the
	// vocabulary.
	starts         []int
	vocabularySize uint64
}

// NewTextSource returns a source of words.
func NewTextSource() TextSource {
	s := TextSource{text: strings.Repeat(vocabulary+" ", repeats)}
	for i := range s.text {
		if i == 0 || s.text[i-1] == ' ' {
			s.starts = append(s.starts, i)
		}
	}
	s.vocabularySize = uint64(len(s.starts) / repeats)
	return s
}

// Words returns n words separated by single spaces, the same ones for the same seed
// and n. It reads the vocabulary over and over, beginning at a word that seed picks.
func (s TextSource) Words(seed, n uint64) string {
	if n == 0 {
		return ""
	}
	words := uint64(len(s.starts))
	first := seed % s.vocabularySize
	last := first + n - 1
	end := s.starts[last%words]
	end += strings.IndexByte(s.text[end:], ' ')
	if last < words {
		return s.text[s.starts[first]:end]
	}
	return s.text[s.starts[first]:] + strings.Repeat(s.text, int(last/words)-1) + s.text[:end]
}
