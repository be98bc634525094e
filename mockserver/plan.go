package mockserver

import (
	"math"
	"strings"
	"unicode/utf8"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/fault"
)

// The output of a prompt in tokens: what it is when neither the mock nor the
// client says (prompts.max_tokens' default), and the most that any is given.
const (
	defaultOutput = 64
	maxOutput     = 1 << 16
)

// Bounds on answers of many prompts in tokens, so that no request takes all
// memory: of a batch in all, and of each prompt of a message batch, which may
// hold 100,000.
const (
	maxBatchOutput   = 1 << 20
	maxBatchedOutput = 1 << 10
)

// itemFailure is what a prompt hit by item_errors is told.
const itemFailure = "injected: this prompt failed"

// plan decides which prompts fail and what each is billed: a failed one nothing.
func plan(now *setup, m fault.Moment, call api.Call) api.Answer {
	id := m.Attempt
	answer := api.Answer{ID: now.streams.names.Bits(id, 0), Call: call, Chunk: now.config.Tokens.Chunk, Items: make([]api.Item, len(call.Prompts))}
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

// item answers one prompt of a message batch.
func (s *Server) item(now *setup, m fault.Moment, index int, call api.Call) api.Item {
	id := m.Attempt
	if now.faults.items.Hits(m, index) {
		return api.Item{Failed: itemFailure}
	}
	output, cut := now.outputTokens(id, index, call.MaxTokens, maxBatchedOutput)
	item := api.Item{Truncated: cut, Usage: api.Usage{Input: now.inputTokens(call.Prompts[0]), Output: output}}
	s.write(&item, now.streams.names.Bits(id, index), call.StopSequences)
	return item
}

func (now *setup) inputTokens(text string) uint64 {
	tokens := float64(utf8.RuneCountInString(text)) * now.config.Tokens.PerChar
	return uint64(math.Ceil(tokens - 1e-9)) // 30 × 0.1 is 3 and a hair
}

// outputTokens is how long an answer is, and whether the client's wish cut it.
func (now *setup) outputTokens(id uint64, index int, wish, bound uint64) (tokens uint64, cut bool) {
	most := min(maxOutput, bound)
	if wish > 0 {
		most = min(most, wish)
	}
	if now.config.Tokens.Output.IsZero() {
		if wish > 0 {
			return most, most < wish // what was asked for is more than the model has to give
		}
		return defaultOutput, false
	}
	drawn := math.Round(now.config.Tokens.Output.Quantile(now.streams.output.AtIndex(id, index)))
	tokens = uint64(max(drawn, 1))
	return min(tokens, most), tokens > most
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
		s.write(item, x.setup.streams.names.Bits(x.id, i), x.answer.Call.StopSequences)
	}
	if failed > 0 {
		x.entry.AddFault("item_errors", failed)
	}
}

// write writes a completion of as many words as it has tokens, which ends
// before the first of the stop sequences in it: what follows is not billed.
func (s *Server) write(item *api.Item, seed uint64, stops []string) {
	item.Completion = s.prose.Words(seed, item.Usage.Output)
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
