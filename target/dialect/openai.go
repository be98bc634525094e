package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// openai is the chat completions that many servers speak: POST /v1/chat/completions,
// one prompt a request, as the user's only turn, answered whole or as a stream.
type openai struct {
	model  string
	stream bool
}

type openaiRequest struct {
	Model     string `json:"model"`
	Messages  []turn `json:"messages"`
	MaxTokens int    `json:"max_completion_tokens"`

	Stream  bool           `json:"stream,omitempty"`
	Options *openaiOptions `json:"stream_options,omitempty"`
}

// openaiOptions ask for the tokens that a stream billed, in a last chunk.
type openaiOptions struct {
	Usage bool `json:"include_usage"`
}

// Request carries the one prompt. A base that ends in /v1, as OpenAI's SDKs have
// theirs, is as good as one without.
func (o openai) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	body := openaiRequest{Model: o.model, Messages: ask(prompts[0]), MaxTokens: maxTokens, Stream: o.stream}
	if o.stream {
		body.Options = &openaiOptions{Usage: true}
	}
	root := *base
	root.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/v1")
	return post(ctx, &root, "/v1/chat/completions", marshal(body), accepted(o.stream))
}

type openaiUsage struct {
	Input  uint64 `json:"prompt_tokens"`
	Output uint64 `json:"completion_tokens"`
}

type openaiCompletion struct {
	Choices []openaiChoice `json:"choices"`
	Usage   openaiUsage    `json:"usage"`
}

type openaiChoice struct {
	Message      *json.RawMessage `json:"message"`
	FinishReason *string          `json:"finish_reason"`
}

// problem names the first field that a completion lacks. Servers that speak the
// dialect differ in usage: where there is none, no tokens are counted.
func (c openaiCompletion) problem() string {
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

// Judge reads the whole completion, or the stream of its chunks.
func (o openai) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, refused := refusal(status, header, body, prompts, accepted(o.stream)); refused {
		return out
	}
	if o.stream {
		return judgeOpenAIStream(body)
	}
	var completion openaiCompletion
	if err := json.Unmarshal(body, &completion); err != nil {
		return failed(target.Contract, prompts, "the answer is not a completion: %v", err)
	}
	if problem := completion.problem(); problem != "" {
		return failed(target.Contract, prompts, "the completion has no %s", problem)
	}
	return target.Outcome{InputTokens: completion.Usage.Input, OutputTokens: completion.Usage.Output}
}
