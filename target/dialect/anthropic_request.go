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

// conversation returns the prompt as the only user message.
func conversation(prompt string) []chatMessage { return []chatMessage{{"user", prompt}} }

func (r *anthropicRequests) build(ctx context.Context, base *url.URL, prompt string, maxTokens int) (*http.Request, error) {
	body := object{{"model", r.model}, {"max_tokens", maxTokens}}
	if r.system != "" {
		body = append(body, member{"system", r.system})
	}
	body = append(body, member{"messages", conversation(prompt)})
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
