package mockserver

import (
	"math"
	"strings"
	"unicode/utf8"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/fault"
)

// DefaultOutput is the output tokens of a prompt if neither the mock's config nor the client gives a
// number (the default of prompts.max_tokens), and maxOutput the most.
const (
	DefaultOutput = 64
	maxOutput     = 1 << 16
)

// The maximum output tokens of answers to many prompts, so that no request exhausts the
// memory: of a batch in total, and of each prompt of a message batch, which may have
// 100,000 of them.
const (
	maxBatchOutput        = 1 << 20
	maxMessageBatchOutput = 1 << 10
)

// itemFailure is the error message of a prompt that is hit by item_errors.
const itemFailure = "injected: this prompt failed"

// planAnswer decides which prompts fail, and how many tokens the others are billed.
func planAnswer(now *setup, m fault.Moment, call api.Call) api.Answer {
	id := m.Attempt
	answer := api.Answer{ID: now.random.ids.Bits(id, 0), Call: call, Chunk: now.config.Tokens.Chunk, Items: make([]api.Item, len(call.Prompts))}
	for i, prompt := range call.Prompts {
		if call.Batch && now.faults.items.Hits(m, i) {
			answer.Items[i].Failed = itemFailure
			continue
		}
		output, cut := now.outputTokens(id, i, call.MaxTokens, maxBatchOutput/uint64(len(call.Prompts)))
		answer.Items[i].Truncated = cut
		answer.Items[i].Usage = api.Usage{Input: now.inputTokens(prompt), Output: output}
	}
	return answer
}

// batchItem answers one prompt of a message batch.
func (s *Server) batchItem(now *setup, m fault.Moment, index int, call api.Call) api.Item {
	id := m.Attempt
	if now.faults.items.Hits(m, index) {
		return api.Item{Failed: itemFailure}
	}
	output, cut := now.outputTokens(id, index, call.MaxTokens, maxMessageBatchOutput)
	item := api.Item{Truncated: cut, Usage: api.Usage{Input: now.inputTokens(call.Prompts[0]), Output: output}}
	s.writeCompletion(&item, now.random.ids.Bits(id, index), call.StopSequences)
	return item
}

func (now *setup) inputTokens(text string) uint64 {
	tokens := float64(utf8.RuneCountInString(text)) * now.config.Tokens.PerChar
	return uint64(math.Ceil(tokens - 1e-9)) // 30 × 0.1 is slightly more than 3
}

// outputTokens returns the number of tokens of an answer, and whether it was truncated.
// requested is the client's max_tokens, 0 if it gave none; bound is another maximum.
func (now *setup) outputTokens(id uint64, index int, requested, bound uint64) (tokens uint64, truncated bool) {
	most := min(maxOutput, bound)
	if requested > 0 {
		most = min(most, requested)
	}
	if now.config.Tokens.Output.IsZero() {
		if requested > 0 {
			return most, most < requested // the mock does not produce as many as requested
		}
		return DefaultOutput, false
	}
	drawn := math.Round(now.config.Tokens.Output.Quantile(now.random.output.AtIndex(id, index)))
	tokens = uint64(max(drawn, 1))
	return min(tokens, most), tokens > most
}

// writeCompletions writes the completions, and counts the prompts that failed.
func (s *Server) writeCompletions(x *exchange) {
	var failed uint64
	for i := range x.answer.Items {
		item := &x.answer.Items[i]
		if item.Failed != "" {
			failed++
			continue
		}
		s.writeCompletion(item, x.setup.random.ids.Bits(x.id, i), x.answer.Call.StopSequences)
	}
	if failed > 0 {
		x.entry.AddFault("item_errors", failed)
	}
}

// writeCompletion writes a completion with one word per token. It ends before the first
// stop sequence; the words after that are not billed.
func (s *Server) writeCompletion(item *api.Item, seed uint64, stops []string) {
	item.Completion = s.texts.Words(seed, item.Usage.Output)
	first := len(item.Completion)
	for _, stop := range stops {
		if at := strings.Index(item.Completion, stop); stop != "" && at >= 0 && at < first {
			first, item.StopSequence, item.Truncated = at, stop, false
		}
	}
	if item.StopSequence != "" {
		item.Completion = item.Completion[:first]
		item.Usage.Output = uint64(len(strings.Fields(item.Completion)))
	}
}
