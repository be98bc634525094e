package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// anthropicVersion is the API version requested; target.headers can override it.
const anthropicVersion = "2026-10-21"

// anthropic is Anthropic's Messages API: POST /v1/messages, one prompt per request as
// the only user message, answered as JSON or as an event stream.
type anthropic struct {
	model  string
	stream bool
}

// chatMessage is one message of a conversation.
type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// conversation returns the prompt as the only user message.
func conversation(prompt string) []chatMessage { return []chatMessage{{"user", prompt}} }

type anthropicRequest struct {
	Model     string        `json:"model"`
	MaxTokens int           `json:"max_tokens"`
	Messages  []chatMessage `json:"messages"`
	Stream    bool          `json:"stream,omitempty"`
}

// Request builds the request for one prompt.
func (a anthropic) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	body := marshal(anthropicRequest{a.model, maxTokens, conversation(prompts[0]), a.stream})
	req, err := newPost(ctx, base, "/v1/messages", body, responseType(a.stream))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Anthropic-Version", anthropicVersion)
	return req, nil
}

// anthropicUsage is the tokens billed for a message. Tokens written to or read from
// the prompt cache count as input too.
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

// missingField names the first required field that the message lacks; "" if none.
func (m anthropicMessage) missingField() string {
	switch {
	case m.Type != "message":
		return `type "message"`
	case m.Content == nil:
		return "content"
	case m.StopReason == nil:
		return "stop_reason"
	case m.Usage == nil || m.Usage.Input == nil || m.Usage.Output == nil:
		return "usage"
	}
	return ""
}

// Judge reads the message, or the events of its stream.
func (a anthropic) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts, responseType(a.stream)); failed {
		return out
	}
	if a.stream {
		return judgeAnthropicStream(body)
	}
	var message anthropicMessage
	if err := json.Unmarshal(body, &message); err != nil {
		return failure(target.Contract, prompts, "the response is not a message: %v", err)
	}
	if missing := message.missingField(); missing != "" {
		return failure(target.Contract, prompts, "the message has no %s", missing)
	}
	return success(message.Usage.input(), *message.Usage.Output)
}
