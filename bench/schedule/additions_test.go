package schedule

import (
	"strings"
	"testing"

	"weighbridge/scenarios"
)

// completed returns the texts of the first n prompts of a block under closed load.
func completed(t *testing.T, p scenarios.Prompts, arm, phase string, block, n int) (prompts []Prompt) {
	t.Helper()
	p.Distinct = 50
	p.Length.Constant = 40
	deck, err := SyntheticDeck(p, 7)
	if err != nil {
		t.Fatal(err)
	}
	if deck, err = deck.WithPrefixes(p.Prefix, 7, nil); err != nil {
		t.Fatal(err)
	}
	next := Work{Seed: 7, Arm: arm, Deck: deck, Prompts: p}.Closed(phase, scenarios.Closed{}, block, 1)
	for range n {
		batch, _ := next()
		prompts = append(prompts, batch...)
	}
	return prompts
}

// What is added to prompts leaves the texts that a seed draws as they are.
func TestPromptsShareBeginnings(t *testing.T) {
	plain := completed(t, scenarios.Prompts{}, "a", "open", 0, 60)
	shared := completed(t, scenarios.Prompts{Prefix: scenarios.Prefix{Tokens: 100, Pool: 3}}, "a", "open", 0, 60)
	beginnings := map[string]int{}
	for i, p := range shared {
		if !strings.HasSuffix(p.Text, " "+plain[i].Text) {
			t.Fatalf("prompt %d is %q, and without a prefix %q", i, p.Text, plain[i].Text)
		}
		beginnings[strings.TrimSuffix(p.Text, " "+plain[i].Text)]++
	}
	if len(beginnings) != 3 {
		t.Errorf("%d different beginnings, want 3", len(beginnings))
	}
	for beginning := range beginnings {
		if len(beginning) != 400 {
			t.Errorf("a beginning has %d characters, want 400", len(beginning))
		}
	}
	other := completed(t, scenarios.Prompts{Prefix: scenarios.Prefix{Tokens: 100, Pool: 3}}, "b", "open", 0, 60)
	if beginnings[other[0].Text[:400]] == 0 {
		t.Error("another arm has other beginnings")
	}
}

func TestCacheBust(t *testing.T) {
	for mode, want := range map[string]struct{ inBlock, inArm, inAll int }{
		"none": {1, 1, 1}, "": {1, 1, 1}, "arm": {1, 1, 2}, "block": {1, 2, 4}, "request": {40, 80, 160},
	} {
		counts := map[string]bool{}
		check := func(what string, want int) {
			if len(counts) != want {
				t.Errorf("%q has %d different texts before the prompts of %s, want %d", mode, len(counts), what, want)
			}
		}
		for _, arm := range []string{"a", "b"} {
			for block := range 2 {
				for _, p := range completed(t, scenarios.Prompts{CacheBust: mode}, arm, "open", block, 40) {
					counts[p.Bust] = true
				}
				if arm == "a" {
					check("a block, or an arm", []int{want.inBlock, want.inArm}[block])
				}
			}
		}
		check("both arms", want.inAll)
		for text := range counts {
			if text != "" && (len(text) != 13 || !strings.HasSuffix(text, " ")) {
				t.Errorf("%q puts %q before prompts", mode, text)
			}
		}
	}
}

func TestMaxTokensAreDrawn(t *testing.T) {
	var p scenarios.Prompts
	p.MaxTokens.Constant = 9
	for _, prompt := range completed(t, p, "a", "open", 0, 5) {
		if prompt.MaxTokens != 9 {
			t.Errorf("asks for %d tokens, want 9", prompt.MaxTokens)
		}
	}
	s, err := scenarios.Parse("x.yaml", []byte("name: x\ntarget: {dialect: article}\nprompts: {max_tokens: {uniform: {min: 0, max: 10}}}\n"), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, prompt := range completed(t, s.Arms()[0].Prompts, "a", "open", 0, 400) {
		seen[prompt.MaxTokens] = true
	}
	if len(seen) != 10 || seen[0] || !seen[1] || !seen[10] {
		t.Errorf("draws from 0…10, at least 1, are %v", seen)
	}
}
