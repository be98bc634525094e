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

func (r *responsesRequests) build(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	body := object{{"model", r.model}}
	if system := c.System + r.system; system != "" {
		body = append(body, member{"instructions", system})
	}
	var input any = messages(c.Turns)
	if len(c.Turns) == 1 {
		input = c.Turns[0].Text
	}
	body = append(body, member{"input", input}, member{"max_output_tokens", maxTokens})
	if r.stream {
		body = append(body, member{"stream", true})
	}
	return newPost(ctx, r.at.url(base, "/responses"), body.merged(r.patch).json(), responseType(r.stream))
}
