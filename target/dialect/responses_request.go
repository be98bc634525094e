package dialect

import (
	"context"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// responsesRequests builds requests to OpenAI's Responses API: POST /v1/responses, one prompt
// per request as the input.
type responsesRequests struct {
	at    endpoint
	patch map[string]any

	model, system string
	stream        bool
}

func newResponsesRequests(cfg target.Config, at endpoint) *responsesRequests {
	return &responsesRequests{at: at, patch: cfg.Body, model: cfg.Model, system: cfg.System, stream: cfg.Stream}
}

func (r *responsesRequests) build(ctx context.Context, base *url.URL, prompt string, maxTokens int) (*http.Request, error) {
	body := object{{"model", r.model}}
	if r.system != "" {
		body = append(body, member{"instructions", r.system})
	}
	body = append(body, member{"input", prompt}, member{"max_output_tokens", maxTokens})
	if r.stream {
		body = append(body, member{"stream", true})
	}
	return newPost(ctx, r.at.url(base, "/responses"), body.merged(r.patch).json(), responseType(r.stream))
}
