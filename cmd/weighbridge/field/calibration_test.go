package field

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// counting is a server that reports the input tokens that count returns, and no usage at all if that
// is 0.
func counting(count func(text string) int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Messages []struct{ Content string }
		}
		if json.NewDecoder(r.Body).Decode(&asked) != nil || len(asked.Messages) == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		usage := ""
		if n := count(asked.Messages[len(asked.Messages)-1].Content); n > 0 {
			usage = fmt.Sprintf(`, "usage": {"prompt_tokens": %d, "completion_tokens": 1, "total_tokens": %d}`, n, n+1)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id": "c", "object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]%s}`, usage)
	}
}

// Prompts made by a calibration have the tokens asked for, as the server counts them. Where the server
// does not say, nothing claims that they have.
func TestCalibratedPrompts(t *testing.T) {
	for name, c := range map[string]struct {
		count func(text string) int
		why   string
	}{
		"words":     {func(text string) int { return 5 + 2*len(strings.Fields(text)) }, ""},
		"no usage":  {func(string) int { return 0 }, "the server reports no usage of input tokens"},
		"one count": {func(string) int { return 100 }, "do not follow the length of texts: 100 in a request with"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, counting(c.count))
			rec := run(t, `
name: calibrated
target: {dialect: openai, url: "`+s.URL+`", model: m, auth: {scheme: none}}
prompts: {tokens: 60, tokenizer: calibrated, distinct: 10, max_tokens: 4}
load: {warmup: 0s, open: {rate: 200, arrivals: constant, duration: 50ms}}
experiment: {blocks: 1}
budget: {requests: 1000}
`)
			arm := rec.Arms[0]
			usage, by := arm.Blocks[0].Open.Usage, arm.Calibration
			if arm.Totals.Attempts != 1+8+10 || rec.Budget.Used.Requests != 1+8+10 {
				t.Errorf("%d attempts, %d of the budget, expected one, eight of the calibration, and ten", arm.Totals.Attempts, rec.Budget.Used.Requests)
			}
			warnings := strings.Join(summarize(t, rec).Warnings, "\n")
			if c.why != "" {
				if !strings.Contains(by.Why, c.why) || by.PerWord != 0 || usage != nil && usage.Asked.Answers != 0 || !strings.Contains(warnings, c.why) {
					t.Errorf("%+v, usage %+v, warnings:\n%s", by, usage, warnings)
				}
				return
			}
			if by.PerWord != 2 || by.Beside != 5 || by.Error != 0 || by.Answers != 8 || by.Why != "" || strings.Contains(warnings, "calibrated") {
				t.Errorf("%+v, warnings:\n%s", by, warnings)
			}
			if usage.Asked.Tokens != 10*60 || usage.Input.Tokens != 10*(60+5) {
				t.Errorf("%d tokens asked for, %d counted in 10 requests", usage.Asked.Tokens, usage.Input.Tokens)
			}
		})
	}
}
