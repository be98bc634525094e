package mockserver

import (
	"math"
	"unicode/utf8"

	"weighbridge/mockserver/api"
)

// The output of a prompt in tokens: what it is when neither the mock nor the
// client says (prompts.max_tokens' default), and the most that any is given.
const (
	defaultOutput = 64
	maxOutput     = 1 << 16
)

// itemFailure is what a prompt hit by item_errors is told.
const itemFailure = "injected: this prompt failed"

// plan decides which prompts fail and what each is billed: a failed one nothing.
func (s *Server) plan(id uint64, call api.Call) api.Answer {
	answer := api.Answer{ID: s.names.Bits(id, 0), Items: make([]api.Item, len(call.Prompts))}
	for i, prompt := range call.Prompts {
		if call.Batch && s.itemErrors.Hits(id, i) {
			answer.Items[i].Failed = itemFailure
			continue
		}
		answer.Items[i].Usage = api.Usage{Input: s.inputTokens(prompt), Output: s.outputTokens(id, i, call.MaxTokens)}
	}
	return answer
}

func (s *Server) inputTokens(prompt string) uint64 {
	tokens := float64(utf8.RuneCountInString(prompt)) * s.config.Tokens.PerChar
	return uint64(math.Ceil(tokens - 1e-9)) // 30 × 0.1 is 3 and a hair
}

func (s *Server) outputTokens(id uint64, index int, wish uint64) uint64 {
	most := uint64(maxOutput)
	if wish > 0 {
		most = min(most, wish)
	}
	if s.config.Tokens.Output.IsZero() {
		if wish > 0 {
			return most
		}
		return defaultOutput
	}
	drawn := math.Round(s.config.Tokens.Output.Quantile(s.output.AtIndex(id, index)))
	return min(uint64(max(drawn, 1)), most)
}

// complete writes the completions, and notes the prompts that have none.
func (s *Server) complete(x *exchange) {
	var failed uint64
	for i := range x.answer.Items {
		item := &x.answer.Items[i]
		if item.Failed != "" {
			failed++
			continue
		}
		item.Completion = s.prose.Words(s.names.Bits(x.id, i), item.Usage.Output)
	}
	if failed > 0 {
		x.entry.Deal("item_errors", failed)
	}
}
