package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// openai is OpenAI's Chat Completions API, which many servers implement, answered as JSON or
// as an event stream.
type openai struct {
	requests *openaiRequests
	stream   bool
}

// Request builds the request for one prompt.
func (o openai) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return o.requests.build(ctx, base, prompts[0], maxTokens)
}

type openaiUsage struct {
	Input  uint64 `json:"prompt_tokens"`
	Output uint64 `json:"completion_tokens"`
}

// outcome is the outcome of a successful prompt; without usage its tokens are unknown.
func (u *openaiUsage) outcome() target.Outcome {
	if u == nil {
		return target.Outcome{}
	}
	return success(u.Input, u.Output)
}

type openaiCompletion struct {
	Choices []openaiChoice `json:"choices"`
	Usage   *openaiUsage   `json:"usage"`
}

type openaiChoice struct {
	Message      *json.RawMessage `json:"message"`
	FinishReason *string          `json:"finish_reason"`
}

// missingField names the first required field that the completion lacks; "" if none.
// Not every server reports usage: without it, no tokens are counted.
func (c openaiCompletion) missingField() string {
	switch {
	case len(c.Choices) == 0:
		return "choices"
	case c.Choices[0].Message == nil:
		return "message"
	case c.Choices[0].FinishReason == nil:
		return "finish_reason"
	}
	return ""
}

// Judge reads the completion, or the chunks of its stream.
func (o openai) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts, responseType(o.stream)); failed {
		return out
	}
	if o.stream {
		return judgeOpenAIStream(body)
	}
	var completion openaiCompletion
	if err := json.Unmarshal(body, &completion); err != nil {
		return failure(target.Contract, prompts, "the response is not a completion: %v", err)
	}
	if missing := completion.missingField(); missing != "" {
		return failure(target.Contract, prompts, "the completion has no %s", missing)
	}
	return completion.Usage.outcome()
}
