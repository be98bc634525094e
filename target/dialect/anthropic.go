package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// anthropicVersion is the API version that is asked for; target.headers may name another.
const anthropicVersion = "2026-10-21"

// anthropic is the Claude Messages API: POST /v1/messages, one prompt a request, as
// the user's only turn, answered whole or as a stream.
type anthropic struct {
	model  string
	stream bool
}

type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func ask(prompt string) []turn { return []turn{{"user", prompt}} }

type anthropicRequest struct {
	Model     string `json:"model"`
	MaxTokens int    `json:"max_tokens"`
	Messages  []turn `json:"messages"`
	Stream    bool   `json:"stream,omitempty"`
}

// Request carries the one prompt.
func (a anthropic) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	req, err := post(ctx, base, "/v1/messages", marshal(anthropicRequest{a.model, maxTokens, ask(prompts[0]), a.stream}), accepted(a.stream))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Anthropic-Version", anthropicVersion)
	return req, nil
}

// anthropicUsage is what a message billed; what was written to a cache or read from
// it is input too.
type anthropicUsage struct {
	Input       *uint64 `json:"input_tokens"`
	CacheWrites uint64  `json:"cache_creation_input_tokens"`
	CacheReads  uint64  `json:"cache_read_input_tokens"`
	Output      *uint64 `json:"output_tokens"`
}

func (u anthropicUsage) input() uint64 { return *u.Input + u.CacheWrites + u.CacheReads }

type anthropicMessage struct {
	Type       string            `json:"type"`
	Content    []json.RawMessage `json:"content"`
	StopReason *string           `json:"stop_reason"`
	Usage      *anthropicUsage   `json:"usage"`
}

// problem names the first field that a message lacks.
func (m anthropicMessage) problem() string {
	switch {
	case m.Type != "message":
		return "type message"
	case m.Content == nil:
		return "content"
	case m.StopReason == nil:
		return "stop_reason"
	case m.Usage == nil || m.Usage.Input == nil || m.Usage.Output == nil:
		return "usage"
	}
	return ""
}

// Judge reads the whole message, or the stream of its events.
func (a anthropic) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, refused := refusal(status, header, body, prompts, accepted(a.stream)); refused {
		return out
	}
	if a.stream {
		return judgeAnthropicStream(body)
	}
	var message anthropicMessage
	if err := json.Unmarshal(body, &message); err != nil {
		return failed(target.Contract, prompts, "the answer is not a message: %v", err)
	}
	if problem := message.problem(); problem != "" {
		return failed(target.Contract, prompts, "the message has no %s", problem)
	}
	return target.Outcome{InputTokens: message.Usage.input(), OutputTokens: *message.Usage.Output}
}
