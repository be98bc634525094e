package dialect

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// anthropicRequests builds requests to Anthropic's Messages API: POST /v1/messages, one
// prompt per request as the only user message.
type anthropicRequests struct {
	at    endpoint
	patch map[string]any

	model, system  string
	version, betas string
	stream         bool
}

func newAnthropicRequests(cfg target.Config, at endpoint) *anthropicRequests {
	return &anthropicRequests{
		at: at, patch: cfg.Body, model: cfg.Model, system: cfg.System,
		version: cmp.Or(cfg.Version, target.AnthropicVersion), betas: strings.Join(cfg.Betas, ","), stream: cfg.Stream,
	}
}

// chatMessage is one message of a conversation.
type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// conversation is the prompt as the only user message.
func conversation(prompt string) target.Conversation {
	return target.Conversation{Turns: []target.Turn{{Role: "user", Text: prompt}}}
}

// messages are the turns as both chat APIs have them.
func messages(turns []target.Turn) []chatMessage {
	out := make([]chatMessage, len(turns))
	for i, turn := range turns {
		out[i] = chatMessage{turn.Role, turn.Text}
	}
	return out
}

func (r *anthropicRequests) build(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	body := object{{"model", r.model}, {"max_tokens", maxTokens}}
	if system := c.System + r.system; system != "" {
		body = append(body, member{"system", system})
	}
	body = append(body, member{"messages", messages(c.Turns)})
	if r.stream {
		body = append(body, member{"stream", true})
	}
	req, err := newPost(ctx, r.at.url(base, "/messages"), body.merged(r.patch).json(), responseType(r.stream))
	if err != nil {
		return nil, err
	}
	if r.version != target.NoVersion {
		req.Header.Set("Anthropic-Version", r.version)
	}
	if r.betas != "" {
		req.Header.Set("Anthropic-Beta", r.betas)
	}
	return req, nil
}
