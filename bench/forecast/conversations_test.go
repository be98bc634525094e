package forecast_test

import (
	"os"
	"path/filepath"
	"testing"
)

// A conversation is sent turn by turn, each with all that was said before it.
func TestConversationsAreForecastWithAllTheirTurns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "talk.jsonl")
	talk := `{"messages":[{"role":"user","content":"aaaa"},{"role":"assistant","content":"cccc"},{"role":"user","content":"bbbbbbbb"}]}`
	if err := os.WriteFile(file, []byte(talk), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sets                   []string
		prompts, input, output float64
	}{
		// 20 conversations, and a first turn before them. An answer has 8 tokens, and 4 characters are one.
		"real answers":       {nil, 1 + 2*20, 1 + 20*(1+(1+8+2)), 8 * (1 + 2*20)},
		"the file's answers": {[]string{"prompts.history=file"}, 1 + 2*20, 1 + 20*(1+(1+1+2)), 8 * (1 + 2*20)},
		"first turns":        {[]string{"prompts.turns=1"}, 1 + 20, 1 + 20, 8 * (1 + 20)},
	} {
		f := forecastOf(t, parse(t, remote, append(c.sets, "prompts.file="+file, "prompts.format=messages")...))
		if p, in, out := *f.Total.Prompts.Expected, *f.Total.InputTokens.Expected, *f.Total.OutputTokens.Expected; p != c.prompts || in != c.input || out != c.output {
			t.Errorf("%s: %v prompts, %v input and %v output tokens; want %v, %v and %v", name, p, in, out, c.prompts, c.input, c.output)
		}
		if *f.Total.InputTokens.Most < c.input {
			t.Errorf("%s: at most %v input tokens, fewer than the %v expected", name, *f.Total.InputTokens.Most, c.input)
		}
		if !has(f.Notes, "all turns of each conversation are sent") {
			t.Errorf("%s: notes %q", name, f.Notes)
		}
	}
}
