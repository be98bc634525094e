package dialect

import (
	"context"
	"net/http"
	"net/url"
)

// articleRequests builds requests to the article's API.
type articleRequests struct {
	at    endpoint
	patch map[string]any
}

func (r *articleRequests) build(ctx context.Context, base *url.URL, call, field string, prompts any) (*http.Request, error) {
	body := object{{field, prompts}}
	return newPost(ctx, r.at.url(base, call), body.merged(r.patch).json(), typeJSON)
}
