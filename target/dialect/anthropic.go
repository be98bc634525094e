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
	// lenient accepts streams and messages without an end.
	lenient bool
}

// Request builds the request for one prompt.
func (a anthropic) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return a.requests.build(ctx, base, conversation(prompts[0]), maxTokens)
}

// RequestTurns builds the request for a conversation.
func (a anthropic) RequestTurns(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	return a.requests.build(ctx, base, c, maxTokens)
}

type anthropicMessage struct {
	errorFields
	Type       string           `json:"type"`
	Content    []anthropicBlock `json:"content"`
	StopReason string           `json:"stop_reason"`
	Usage      json.RawMessage  `json:"usage"`
}

// missingField names the first required field that the message lacks; "" if none. Not every
// gateway reports usage: without it, no tokens are counted.
func (m anthropicMessage) missingField(lenient bool) string {
	switch {
	case m.Type != "message":
		return `type "message"`
	case m.Content == nil:
		return "content"
	case m.StopReason == "" && !lenient:
		return "stop_reason"
	}
	return ""
}

// generated is what the message's blocks hold.
func (m anthropicMessage) generated() (all generated) {
	for _, block := range m.Content {
		all.add(block.generated())
		all.output += block.Name.bytes() // of a tool
	}
	return all
}

// Streams reports whether the dialect requests event streams.
func (a anthropic) Streams() bool { return a.stream }

// Ended reports whether the body has message_stop, or an error.
func (a anthropic) Ended(body []byte, from int) bool {
	return hasLine(body, from, "message_stop", isMessageStop) || hasLine(body, from, `"error"`, isError)
}

// Judge reads the message, or the events of its stream.
func (a anthropic) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts); failed {
		return out
	}
	if a.stream {
		return withType(judgeAnthropicStream(body, a.lenient), header, typeEvents)
	}
	return withType(a.judgeMessage(body, prompts), header, typeJSON)
}

func (a anthropic) judgeMessage(body []byte, prompts int) target.Outcome {
	var m anthropicMessage
	if err := unmarshal(body, &m); err != nil {
		if e, ok := errorInBody(body); ok { // in a list
			return errorInside(e, prompts)
		}
		return failure(target.Contract, prompts, "the response is not a message: %v", err)
	}
	if e, ok := m.reported(body); ok {
		return errorInside(e, prompts)
	}
	if missing := m.missingField(a.lenient); missing != "" {
		return failure(target.Contract, prompts, "the message has no %s", missing)
	}
	var reported anthropicUsage
	reported.update(m.Usage)
	content := m.generated()
	var out target.Outcome
	reported.usage().report(&out, content)
	return ended(out, m.StopReason, content)
}
