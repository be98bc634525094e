package dialect

import (
	"encoding/json"
	"math"
	"strconv"

	"weighbridge/target"
)

// maxTokens is more tokens than any model takes or gives.
const maxTokens = 100_000_000

// count is a number of tokens that a response reports. Anything else than a whole number
// from 0 to maxTokens leaves it unknown.
type count struct {
	n     uint64
	known bool
}

// UnmarshalJSON reads a number of tokens. It never fails.
func (c *count) UnmarshalJSON(raw []byte) error {
	*c = count{}
	if n, err := strconv.ParseFloat(string(raw), 64); err == nil && n >= 0 && n <= maxTokens && n == math.Trunc(n) {
		*c = count{uint64(n), true}
	}
	return nil
}

// update takes a later report, if it is one. Counts only grow: 0 after more than that is a server
// that reports nothing.
func (c *count) update(later count) {
	if later.known && (later.n > 0 || !c.known) {
		*c = later
	}
}

// or is the count, or another if it is unknown.
func (c count) or(other count) count {
	if c.known {
		return c
	}
	return other
}

func (c count) pointer() *uint64 {
	if !c.known {
		return nil
	}
	return &c.n
}

// orMore is the count, or the first of others that is larger than 0 if it is not.
func (c count) orMore(others ...count) count {
	for _, other := range others {
		if c.n == 0 && other.n > 0 {
			c = other
		}
	}
	return c
}

// usage is what a response reports of its tokens. Input includes the tokens that were
// read from a cache or written to it, output those of reasoning and of predictions that were rejected.
type usage struct{ input, output, cached, reasoning, written, rejected count }

// report sets the tokens of the outcome of an answer with this content. Numbers that cannot be true are
// unknown: no input, no output or reasoning where there is some, and parts that are larger than the whole.
func (u usage) report(out *target.Outcome, content generated) {
	in, generated, cached, reasoning := u.input, u.output, u.cached, u.reasoning
	if in.n == 0 {
		in = count{}
	}
	if generated.n == 0 && content.any() {
		generated = count{}
	}
	if cached.n > in.n {
		cached = count{}
	}
	if reasoning.n > generated.n || reasoning.n == 0 && content.reasoning > 0 {
		reasoning = count{}
	}
	out.InputTokens, out.InputKnown = in.n, in.known
	out.CachedTokens, out.ReasoningTokens = cached.pointer(), reasoning.pointer()
	if u.written.n <= in.n-cached.n {
		out.CacheWriteTokens = u.written.n
	}
	if !generated.known {
		out.Remarks = append(out.Remarks, target.NoUsage)
		return
	}
	out.OutputTokens, out.OutputByPrompt = generated.n, []uint64{generated.n}
	if u.rejected.n+reasoning.n < generated.n {
		out.RejectedTokens = u.rejected.n
	}
}

// openaiUsage is the usage of a completion. Of a stream, the last report of each number counts.
type openaiUsage struct {
	Input        count `json:"prompt_tokens"`
	Output       count `json:"completion_tokens"`
	Total        count `json:"total_tokens"`
	InputDetails struct {
		Cached count `json:"cached_tokens"`
		// Written is OpenRouter's, Created LiteLLM's.
		Written count `json:"cache_write_tokens"`
		Created count `json:"cache_creation_tokens"`
	} `json:"prompt_tokens_details"`
	OutputDetails struct {
		Reasoning count `json:"reasoning_tokens"`
		Rejected  count `json:"rejected_prediction_tokens"`
	} `json:"completion_tokens_details"`
	otherCounts
}

// otherCounts are counts under the names of single servers.
type otherCounts struct {
	DeepSeekHits  count `json:"prompt_cache_hit_tokens"`
	MoonshotHits  count `json:"cached_tokens"`
	LiteLLMReads  count `json:"cache_read_input_tokens"` // where prompt_tokens_details has 0 (litellm#11789)
	LiteLLMWrites count `json:"cache_creation_input_tokens"`
	SGLangReasons count `json:"reasoning_tokens"`
}

// update takes a later report, which may be null or nonsense. It reports whether that has the number
// of output tokens.
func (u *openaiUsage) update(raw json.RawMessage) (counted bool) {
	var later openaiUsage
	if len(raw) == 0 || json.Unmarshal(raw, &later) != nil {
		return false
	}
	u.Input.update(later.Input)
	u.Output.update(later.Output)
	u.Total.update(later.Total)
	u.InputDetails.Cached.update(later.InputDetails.Cached.or(later.DeepSeekHits).orMore(later.MoonshotHits, later.LiteLLMReads))
	u.InputDetails.Written.update(later.InputDetails.Written.orMore(later.InputDetails.Created, later.LiteLLMWrites))
	u.OutputDetails.Reasoning.update(later.OutputDetails.Reasoning.orMore(later.SGLangReasons))
	u.OutputDetails.Rejected.update(later.OutputDetails.Rejected)
	return later.Output.known
}

// usage is the usage with reasoning inside the output, where OpenAI counts it. Some servers
// count it beside the output: their total says so.
func (u openaiUsage) usage() usage {
	all := usage{u.Input, u.Output, u.InputDetails.Cached, u.OutputDetails.Reasoning, u.InputDetails.Written, u.OutputDetails.Rejected}
	return all.withTotal(u.Total)
}

// withTotal adds to the output and the input what the total says is counted beside them: reasoning, which
// Gemini and gateways in front of it leave out and may not even name (mozilla-ai/any-llm#1290), and tokens
// of the cache.
func (u usage) withTotal(total count) usage {
	beside := total.n - u.input.n - u.output.n
	cached := u.cached.n + u.written.n
	switch r := u.reasoning.n; {
	case !total.known, !u.output.known, u.input.n == 0, total.n <= u.input.n+u.output.n:
	case beside == cached:
		u.input.n += cached
	case r == 0:
		u.reasoning = count{beside, true}
		u.output.n += beside
	case beside == r:
		u.output.n += r
	}
	return u
}

// responsesUsage is the usage of a response.
type responsesUsage struct {
	Input        count `json:"input_tokens"`
	Output       count `json:"output_tokens"`
	Total        count `json:"total_tokens"`
	InputDetails struct {
		Cached  count `json:"cached_tokens"`
		Written count `json:"cache_write_tokens"`
	} `json:"input_tokens_details"`
	OutputDetails struct {
		Reasoning count `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
}

// update takes a report, which may be null or nonsense.
func (u *responsesUsage) update(raw json.RawMessage) {
	var later responsesUsage
	if len(raw) > 0 && json.Unmarshal(raw, &later) == nil {
		*u = later
	}
}

// usage is the usage with reasoning inside the output.
func (u responsesUsage) usage() usage {
	all := usage{input: u.Input, output: u.Output, cached: u.InputDetails.Cached, reasoning: u.OutputDetails.Reasoning, written: u.InputDetails.Written}
	return all.withTotal(u.Total)
}

// anthropicUsage is the usage of a message. Of a stream, the last report of each number
// counts: message_delta repeats what message_start estimated.
type anthropicUsage struct {
	Input         count `json:"input_tokens"`
	CacheWrites   count `json:"cache_creation_input_tokens"`
	CacheReads    count `json:"cache_read_input_tokens"`
	Output        count `json:"output_tokens"`
	OutputDetails struct {
		Thinking count `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
}

// update takes a later report, which may be null or nonsense. It reports whether that has the number
// of output tokens.
func (u *anthropicUsage) update(raw json.RawMessage) (counted bool) {
	var later anthropicUsage
	if len(raw) == 0 || json.Unmarshal(raw, &later) != nil {
		return false
	}
	u.Input.update(later.Input)
	u.CacheWrites.update(later.CacheWrites)
	u.CacheReads.update(later.CacheReads)
	u.Output.update(later.Output)
	u.OutputDetails.Thinking.update(later.OutputDetails.Thinking)
	return later.Output.known
}

// usage is the usage with cache reads and writes inside the input, where this API does
// not count them.
func (u anthropicUsage) usage() usage {
	all := usage{input: u.Input, output: u.Output, cached: u.CacheReads, reasoning: u.OutputDetails.Thinking, written: u.CacheWrites}
	all.input.n += u.CacheReads.n + u.CacheWrites.n
	return all
}
