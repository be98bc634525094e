package schedule

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/tokens"
	"weighbridge/scenarios"
)

// The public traces are told by their first line; times count from the first prompt.
func TestPublicTraces(t *testing.T) {
	const (
		mooncake = `{"timestamp": 3000, "input_length": 10, "output_length": 5, "hash_ids": [0, 1]}
{"timestamp": 4000, "input_length": 20, "output_length": 0, "hash_ids": [0]}
`
		azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,10,5\n2023-11-16 18:17:04.9799600,20,0\n"
		zoned = "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 23:59:59.500000+00:00,10,5\n2024-05-11 00:00:00.500000+00:00,20,0\n"
		burst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n45,ChatGPT,10,5,15,Conversation log\n46.0,GPT-4,20,0,20,API log\n"
		other = "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens\n5,,1,ChatGPT,10,5\n6,,1,GPT-4,20,0\n"
	)
	for name, c := range map[string]struct{ format, content string }{
		"mooncake": {"", mooncake}, "azure": {"azure", azure}, "azure of 2024": {"", zoned}, "burstgpt": {"burstgpt", burst}, "its newer columns": {"", other},
	} {
		trace, err := ReadTrace("t", c.format, 2, strings.NewReader(c.content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(trace.offsets, []time.Duration{0, 500 * time.Millisecond}) || !slices.Equal(trace.lengths, []uint32{10, 20}) || !slices.Equal(trace.outputs, []uint32{5, 1}) {
			t.Errorf("%s at twice the speed: %+v", name, *trace)
		}
		if trace.MostOutput() != 5 {
			t.Errorf("%s: the longest answer is %d tokens", name, trace.MostOutput())
		}
	}
	for content, want := range map[string]string{
		`{"timestamp": 1, "input_length": 10}`:                                 `t:1: expected "timestamp" (ms), "input_length" and "output_length"`,
		`{"timestamp": -1, "input_length": 1, "output_length": 1}`:             "t:1: expected an offset of 0 to",
		`{"timestamp": 1, "input_length": 9000000, "output_length": 1}`:        "t:1: expected at most 2500000 input tokens",
		"TIMESTAMP,ContextTokens\n":                                            `t:1: expected a column "generatedtokens"`,
		"TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,2\n":             "t:2: expected a time such as",
		"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1,-2\n":  `t:2: expected a number of tokens, found "-2"`,
		"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1,2x\n":  `t:2: expected a number of tokens, found "2x"`,
		"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1\n":     "t:2: expected 3 columns, found 2",
		"TIMESTAMP,ContextTokens,GeneratedTokens\n":                            "t: expected at least one prompt",
		azure + "2023-11-16 18:17:04,1,1\n":                                    "t:4: offsets must not decrease",
		"Timestamp,Model,Request tokens,Response tokens\n3,GPT-4,1,99999999\n": "t:2: expected at most 2500000 input tokens and 1000000 output tokens",
	} {
		if _, err := ReadTrace("t", "", 1, strings.NewReader(content)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
	if _, err := ReadTrace("t", "azure", 1, strings.NewReader(mooncake)); err == nil || !strings.Contains(err.Error(), "expected the format azure (load.open.trace_format), found mooncake") {
		t.Errorf("another format than stated: %v", err)
	}
}

// Where a tokenizer is set, prompts of a trace whose lengths are in tokens have so many.
func TestTraceLengthsInTokens(t *testing.T) {
	counter, _, err := tokens.Named("cl100k_base")
	if err != nil {
		t.Fatal(err)
	}
	speller, err := NewSpeller(counter)
	if err != nil {
		t.Fatal(err)
	}
	p := scenarios.Prompts{Distinct: 1}
	p.MaxTokens.Constant = 9
	plain, err := SyntheticDeck(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	spelled, err := plain.WithPrefixes(scenarios.Prefix{Tokens: 30, Pool: 1}, 1, speller)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, content string
		deck          *Deck
		tokens, chars int
	}{
		{"tokens", `{"timestamp": 0, "input_length": 70, "output_length": 5}`, spelled, 100, 0},
		{"tokens without a tokenizer", `{"timestamp": 0, "input_length": 70, "output_length": 5}`, plain, 0, 280},
		{"characters", "0,70", plain, 0, 70},
	} {
		trace, err := ReadTrace("t", "", 1, strings.NewReader(c.content))
		if err != nil {
			t.Fatal(err)
		}
		prompts := p
		prompts.Prefix.Tokens = 30
		next, err := Work{Seed: 1, Arm: "a", Deck: c.deck, Trace: trace, Prompts: prompts}.Open("open", scenarios.Open{Trace: "t", Duration: time.Second}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		first, ok := next()
		counted, err := counter.Count(first.Text)
		if !ok || err != nil || first.Tokens != c.tokens || c.tokens > 0 && counted != c.tokens || c.chars > 0 && len(first.Text) != c.chars {
			t.Errorf("%s: %d tokens stated, %d counted in %d characters, %v", c.name, first.Tokens, counted, len(first.Text), err)
		}
	}
}

// A trace with lengths of answers asks for them; one without leaves that to the prompts.
func TestTraceAsksForItsAnswers(t *testing.T) {
	p := scenarios.Prompts{Distinct: 1}
	p.MaxTokens.Constant = 9
	deck, err := SyntheticDeck(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]int{`{"timestamp": 0, "input_length": 10, "output_length": 5}`: 5, "0,40": 9} {
		trace, err := ReadTrace("t", "", 1, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		next, err := Work{Seed: 1, Arm: "a", Deck: deck, Trace: trace, Prompts: p}.Open("open", scenarios.Open{Trace: "t", Duration: time.Second}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if first, ok := next(); !ok || first.MaxTokens != want || len(first.Text) != 40 {
			t.Errorf("%s: %+v, want %d tokens", content, first, want)
		}
	}
}
