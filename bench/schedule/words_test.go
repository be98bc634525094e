package schedule

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weighbridge/bench/tokens"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

// A made prompt has exactly as many tokens as asked, and the same seed makes the same.
func TestPromptsHaveTheTokensAskedFor(t *testing.T) {
	for _, name := range []string{"o200k_base", "cl100k_base"} {
		counter, _, err := tokens.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		speller, err := NewSpeller(counter)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			least := rapid.IntRange(1, 300).Draw(t, "least")
			p := scenarios.Prompts{
				Distinct: 3, Prefix: scenarios.Prefix{Tokens: rapid.IntRange(0, 40).Draw(t, "prefix"), Pool: 2},
				Tokens: dist.Number{Uniform: &dist.Uniform[float64]{Min: float64(least), Max: float64(least + 50)}},
			}
			seed := rapid.Uint64().Draw(t, "seed")
			drawn := func() []Prompt {
				deck, err := TokenDeck(p, seed, speller)
				if err == nil {
					deck, err = deck.WithPrefixes(p.Prefix, seed, speller)
				}
				if err != nil {
					t.Fatal(err)
				}
				return Work{Seed: seed, Deck: deck, Prompts: p}.Sample("open", 4)
			}
			again := drawn()
			for i, prompt := range drawn() {
				n, err := counter.Count(prompt.Text)
				if own := prompt.Tokens - p.Prefix.Tokens; err != nil || n != prompt.Tokens || own < least || own > least+50 {
					t.Fatalf("%q has %d tokens (%v), asked for are %d, of %d…%d beside a prefix of %d", prompt.Text, n, err, prompt.Tokens, least, least+50, p.Prefix.Tokens)
				}
				if again[i].Text != prompt.Text {
					t.Fatalf("the same seed makes %q and %q", prompt.Text, again[i].Text)
				}
			}
		})
	}
}

// counterOf counts as a func does.
type counterOf func(text string) (int, error)

// Count calls the func.
func (c counterOf) Count(text string) (int, error) { return c(text) }

func TestTokenizersThatCannotMakePrompts(t *testing.T) {
	p := scenarios.Prompts{Distinct: 1, Tokens: dist.Number{Constant: 10}}
	for _, c := range []struct {
		name, want string
		count      counterOf
	}{
		{"characters", "no common English word is one token", func(text string) (int, error) { return len(text), nil }},
		{"words that depend on others", "the tokenizer counts", func(text string) (int, error) { return 1 + strings.Count(strings.TrimSpace(text), " ")/2, nil }},
		{"an error", "broken", func(string) (int, error) { return 0, errors.New("broken") }},
	} {
		speller, err := NewSpeller(c.count)
		if err == nil {
			_, err = TokenDeck(p, 1, speller)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}
