package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// anthropic is Anthropic's Messages API, answered as JSON or as an event stream.
type anthropic struct {
	requests *anthropicRequests
	stream   bool
}

// Request builds the request for one prompt.
func (a anthropic) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return a.requests.build(ctx, base, prompts[0], maxTokens)
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
