package schedule

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/tokens"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

// countedBy is what a server that counts so reports of the texts of a calibration.
func countedBy(t *testing.T, p scenarios.Prompts, count func(text string) int) (all []Counted) {
	t.Helper()
	for _, text := range CalibrationTexts(p, 3) {
		all = append(all, Counted{text, uint64(count(text))})
	}
	return all
}

// Prompts made by a calibration have the tokens asked for, as the server counts them, whether that
// counts characters or words, and whatever it adds to a request.
func TestCalibratedPromptsHaveTheTokensAskedFor(t *testing.T) {
	counter, _, err := tokens.Named("cl100k_base")
	if err != nil {
		t.Fatal(err)
	}
	byModel := func(text string) int {
		n, err := counter.Count(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	characters := func(share float64) func(string) int {
		return func(text string) int { return int(math.Ceil(float64(utf8.RuneCountInString(text)) * share)) }
	}
	for _, c := range []struct {
		name   string
		count  func(text string) int
		beside int
		off    float64
	}{
		{"a token a word", byModel, 0, 0.01},
		{"beside a system prompt", byModel, 1234, 0.01},
		{"characters", characters(0.25), 0, 0.01},
		{"many characters a token", characters(0.05), 7, 0.03},
		{"many tokens a character", characters(3), 7, 0.01},
	} {
		p := scenarios.Prompts{Distinct: 20, Tokens: dist.Number{Uniform: &dist.Uniform[float64]{Min: 100, Max: 1000}}}
		got, err := Calibrate(countedBy(t, p, func(text string) int { return c.beside + c.count(text) }))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if math.Abs(got.Beside-float64(c.beside)) > 1 || got.Error > 0.05 {
			t.Errorf("%s: %+v, want %d beside the text", c.name, *got, c.beside)
		}
		deck, err := TokenDeck(p, 1, CalibratedSpeller(*got))
		if err != nil {
			t.Fatal(err)
		}
		for _, prompt := range (Work{Seed: 1, Deck: deck, Prompts: p}).Sample("open", 40) {
			if counted := c.count(prompt.Text); math.Abs(float64(counted-prompt.Tokens)) > c.off*float64(prompt.Tokens) {
				t.Errorf("%s: %d tokens counted in a prompt of %d", c.name, counted, prompt.Tokens)
			}
		}
	}
}

// What cannot be known is not: no usage, the same for all texts, or anything.
func TestCountsThatDoNotFollowTheTexts(t *testing.T) {
	p := scenarios.Prompts{Tokens: dist.Number{Constant: 100}}
	next := 0
	for _, c := range []struct {
		name string
		all  []Counted
		want string
	}{
		{"no answer", nil, "at least 4 answers that report their input tokens are needed, and 0 did"},
		{"the same for all", countedBy(t, p, func(string) int { return 100 }), "do not follow the length of texts: 100 in a request with"},
		{"fewer for longer texts", countedBy(t, p, func(text string) int { return 10_000 - len(text) }), "do not follow"},
		{"anything", countedBy(t, p, func(string) int { next = (next*7 + 3) % 101; return next }), "do not follow"},
		{"one length alone", []Counted{{"a b", 2}, {"a b", 2}, {"a b", 2}, {"a b", 2}}, "do not follow"},
		{"hardly any", countedBy(t, p, func(text string) int { return len(text) / 100 }), "do not follow"},
	} {
		if got, err := Calibrate(c.all); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v, want an error with %q", c.name, got, err, c.want)
		}
	}
}
