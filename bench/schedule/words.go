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

// speller makes texts of a number of tokens. Words in a text count as many tokens as they do alone.
type speller struct {
	counter TokenCounter
	// inner are words with the space before them, first words with which a text begins; of both the
	// ones of one token come first.
	inner, first []spelled
	innerOnes    int
	firstOnes    int
	// unchecked is how many tokens of texts may still be counted to check them.
	unchecked int
}

type spelled struct {
	text   string
	tokens int
}

// maxChecked is how many tokens of made texts are counted again.
const maxChecked = 200_000

func newSpeller(c TokenCounter) (*speller, error) {
	s := &speller{counter: c, unchecked: maxChecked}
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
			s.inner = append(s.inner, spelled{" " + word, 1})
		} else {
			innerMore = append(innerMore, spelled{" " + word, after})
		}
		switch { // where a text begins, it may come after a prefix and a space
		case alone == after && alone == 1:
			s.first = append(s.first, spelled{word, 1})
		case alone == after:
			firstMore = append(firstMore, spelled{word, alone})
		}
	}
	s.innerOnes, s.firstOnes = len(s.inner), len(s.first)
	if s.innerOnes == 0 || s.firstOnes == 0 {
		return nil, errors.New("no common English word is one token, so that prompts cannot have exactly as many as asked")
	}
	s.inner, s.first = append(s.inner, innerMore...), append(s.first, firstMore...)
	return s, nil
}

// CheckWords checks that prompts of any number of tokens can be made.
func CheckWords(c TokenCounter) error {
	_, err := newSpeller(c)
	return err
}

// text makes a text of n tokens, at least 1.
func (s *speller) text(rng *rand.Rand, n int) (string, error) {
	pick := func(from []spelled, ones, left int) spelled {
		if w := from[rng.IntN(len(from))]; w.tokens <= left {
			return w
		}
		return from[rng.IntN(ones)]
	}
	w := pick(s.first, s.firstOnes, n)
	var b strings.Builder
	b.WriteString(w.text)
	for left := n - w.tokens; left > 0; left -= w.tokens {
		w = pick(s.inner, s.innerOnes, left)
		b.WriteString(w.text)
	}
	if s.unchecked < n {
		return b.String(), nil
	}
	s.unchecked -= n
	found, err := s.counter.Count(b.String())
	if err == nil && found != n {
		err = fmt.Errorf("the tokenizer counts %d tokens in a text whose words have %d", found, n)
	}
	return b.String(), err
}

// TokenDeck generates p.Distinct prompts of the numbers of tokens that p.Tokens asks for, cut to
// 1…scenarios.MaxPromptTokens.
func TokenDeck(p scenarios.Prompts, seed uint64, c TokenCounter) (*Deck, error) {
	s, err := newSpeller(c)
	if err != nil {
		return nil, err
	}
	rng := Random(seed, "prompts in tokens", p.Distinct)
	texts, asked, total := make([]string, p.Distinct), make([]uint32, p.Distinct), 0
	for i := range texts {
		n := int(min(max(math.Round(p.Tokens.Quantile(rng.Float64())), 1), scenarios.MaxPromptTokens))
		if texts[i], err = s.text(rng, n); err != nil {
			return nil, err
		}
		asked[i] = uint32(n)
		if total += len(texts[i]); total > scenarios.MaxCharacters {
			return nil, fmt.Errorf("prompts: expected at most %d characters in all distinct prompts, found more in %d of %d", scenarios.MaxCharacters, i+1, p.Distinct)
		}
	}
	d := newDeck(texts, p.Zipf)
	d.asked = asked
	return d, nil
}
