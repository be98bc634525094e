package dialect

import (
	"context"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// openaiRequests builds requests to OpenAI's Chat Completions API: POST
// /v1/chat/completions, one prompt per request as the only user message.
type openaiRequests struct {
	at    endpoint
	patch map[string]any

	model, system string
	// tokenFields are the fields that hold the maximum number of output tokens.
	tokenFields []string
	stream      bool
	// usage requests a final chunk with the usage of a stream.
	usage bool
}

func newOpenAIRequests(cfg target.Config, at endpoint) *openaiRequests {
	fields := []string{cfg.MaxTokensField}
	switch cfg.MaxTokensField {
	case "":
		fields = []string{"max_completion_tokens"}
	case "both":
		fields = []string{"max_completion_tokens", "max_tokens"}
	}
	return &openaiRequests{
		at: at, patch: cfg.Body, model: cfg.Model, system: cfg.System,
		tokenFields: fields, stream: cfg.Stream, usage: cfg.StreamOptions,
	}
}

func (r *openaiRequests) build(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	all := messages(c.Turns)
	if system := c.System + r.system; system != "" {
		all = append([]chatMessage{{"system", system}}, all...)
	}
	body := object{{"model", r.model}, {"messages", all}}
	for _, field := range r.tokenFields {
		body = append(body, member{field, maxTokens})
	}
	if r.stream {
		body = append(body, member{"stream", true})
	}
	if r.stream && r.usage {
		body = append(body, member{"stream_options", map[string]any{"include_usage": true}})
	}
	return newPost(ctx, r.at.url(base, "/chat/completions"), body.merged(r.patch).json(), responseType(r.stream))
}
