package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// openai is OpenAI's Chat Completions API, which many servers implement: POST
// /v1/chat/completions, one prompt per request as the only user message, answered as
// JSON or as an event stream.
type openai struct {
	model  string
	stream bool
}

type openaiRequest struct {
	Model     string        `json:"model"`
	Messages  []chatMessage `json:"messages"`
	MaxTokens int           `json:"max_completion_tokens"`

	Stream  bool           `json:"stream,omitempty"`
	Options *openaiOptions `json:"stream_options,omitempty"`
}

// openaiOptions requests a final chunk with the usage of a stream.
type openaiOptions struct {
	Usage bool `json:"include_usage"`
}

// Request builds the request for one prompt. A base that ends in /v1, as in OpenAI's
// SDKs, is accepted too.
func (o openai) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	body := openaiRequest{Model: o.model, Messages: conversation(prompts[0]), MaxTokens: maxTokens, Stream: o.stream}
	if o.stream {
		body.Options = &openaiOptions{Usage: true}
	}
	root := *base
	root.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/v1")
	return newPost(ctx, &root, "/v1/chat/completions", marshal(body), responseType(o.stream))
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
