package schedule

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"weighbridge/scenarios"
)

// TokenCounter counts the tokens of a text.
type TokenCounter interface {
	Count(text string) (int, error)
}

// commonWords are what prompts of a number of tokens are made of.
const commonWords = `time year people way day man thing woman life child world school state family student group country problem hand part
place case week company system program question work government number night point home water room mother area money story fact month
lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city
community name president team minute idea body information back parent face others level office door health person art war history party
result change morning reason research girl guy moment air teacher force education weight truck scale load bridge road river market paper
letter summer winter spring autumn garden window kitchen table chair computer machine engine wheel metal stone wood glass fire light dark
small large long short early late young old new good great high low next few public same able large open free clear simple strong quick
heavy warm cold dry wet full empty deep wide narrow loud quiet ask answer write read count measure compare explain describe list show
find keep hold bring carry move turn start stop begin follow create build send receive open close learn teach speak listen watch wait
help try need want think know feel seem leave call give take make put run walk sit stand win lose pay meet include continue set lead
understand allow add spend grow remember love consider appear buy serve die reach kill remain suggest raise pass sell require report
decide pull and the of to in for on with at by from about into over after under between through during before without because while
however therefore although since until unless`

// Speller makes texts of numbers of tokens. A nil Speller takes a token to be
// scenarios.CharactersPerToken characters. It is safe for concurrent use.
type Speller struct {
	// counter and vocabulary are set for a tokenizer, calibration if a server's counts are known.
	counter     TokenCounter
	vocabulary  vocabulary
	calibration *Calibration
}

// vocabulary is words that count as many tokens in a text as they do alone.
type vocabulary struct {
	// inner are words with the space before them, first words with which a text begins; of both the
	// ones of one token come first.
	inner, first []spelled
	innerOnes    int
	firstOnes    int
}

type spelled struct {
	text   string
	tokens int
}

// NewSpeller returns a Speller of texts whose tokens c counts; nil for nil. An error says that it
// cannot make texts of any number of tokens.
func NewSpeller(c TokenCounter) (*Speller, error) {
	if c == nil {
		return nil, nil
	}
	v := vocabulary{}
	var innerMore, firstMore []spelled
	for _, word := range strings.Fields(commonWords) {
		alone, err := c.Count(word)
		if err != nil {
			return nil, err
		}
		after, err := c.Count(" " + word)
		if err != nil {
			return nil, err
		}
		if after == 1 {
			v.inner = append(v.inner, spelled{" " + word, 1})
		} else {
			innerMore = append(innerMore, spelled{" " + word, after})
		}
		switch { // where a text begins, it may come after a prefix and a space
		case alone == after && alone == 1:
			v.first = append(v.first, spelled{word, 1})
		case alone == after:
			firstMore = append(firstMore, spelled{word, alone})
		}
	}
	v.innerOnes, v.firstOnes = len(v.inner), len(v.first)
	if v.innerOnes == 0 || v.firstOnes == 0 {
		return nil, errors.New("no common English word is one token, so that prompts cannot have exactly as many as asked")
	}
	v.inner, v.first = append(v.inner, innerMore...), append(v.first, firstMore...)
	return &Speller{counter: c, vocabulary: v}, nil
}

// counts reports whether it is known how many tokens the texts have.
func (s *Speller) counts() bool { return s != nil }

// text makes a text of n tokens, at least 1.
func (s *Speller) text(rng *rand.Rand, n int) string {
	switch {
	case s == nil:
		return syntheticPrompt(rng, n*scenarios.CharactersPerToken)
	case s.calibration != nil:
		return s.calibration.text(rng, n)
	}
	return s.vocabulary.text(rng, n)
}

func (v *vocabulary) text(rng *rand.Rand, n int) string {
	pick := func(from []spelled, ones, left int) spelled {
		if w := from[rng.IntN(len(from))]; w.tokens <= left {
			return w
		}
		return from[rng.IntN(ones)]
	}
	w := pick(v.first, v.firstOnes, n)
	var b strings.Builder
	b.WriteString(w.text)
	for left := n - w.tokens; left > 0; left -= w.tokens {
		w = pick(v.inner, v.innerOnes, left)
		b.WriteString(w.text)
	}
	return b.String()
}

// check checks that the tokenizer, if there is one, counts n tokens in a text.
func (s *Speller) check(text string, n int) error {
	if s == nil || s.counter == nil {
		return nil
	}
	found, err := s.counter.Count(text)
	if err == nil && found != n {
		err = fmt.Errorf("the tokenizer counts %d tokens in a text whose words have %d", found, n)
	}
	return err
}

// maxChecked is how many tokens of made texts are counted again.
const maxChecked = 200_000

// TokenDeck generates p.Distinct prompts of the numbers of tokens that p.Tokens asks for, cut to
// 1…scenarios.MaxPromptTokens. The numbers depend on the seed, and not on s.
func TokenDeck(p scenarios.Prompts, seed uint64, s *Speller) (*Deck, error) {
	lengths, words := Random(seed, "lengths in tokens", p.Distinct), Random(seed, "prompts in tokens", p.Distinct)
	texts, asked, total, unchecked := make([]string, p.Distinct), make([]uint32, p.Distinct), 0, maxChecked
	for i := range texts {
		n := int(min(max(math.Round(p.Tokens.Quantile(lengths.Float64())), 1), scenarios.MaxPromptTokens))
		texts[i], asked[i] = s.text(words, n), uint32(n)
		if unchecked -= n; unchecked >= 0 {
			if err := s.check(texts[i], n); err != nil {
				return nil, err
			}
		}
		if total += len(texts[i]); total > scenarios.MaxCharacters {
			return nil, fmt.Errorf("prompts: expected at most %d characters in all distinct prompts, found more in %d of %d", scenarios.MaxCharacters, i+1, p.Distinct)
		}
	}
	d := newDeck(texts, p.Zipf)
	d.speller = s
	if s.counts() {
		d.asked = asked
	}
	return d, nil
}
