package dialect

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/net/http/httpguts"

	"weighbridge/target"
)

// httpRequests builds the requests of the http dialect.
type httpRequests struct {
	method string
	path   pathTemplate
	query  []namedText
	// headers are the headers with templates; the others are the same in every request.
	headers []namedText
	body    *textTemplate // nil sends no body
	// bodyVaries says that the body has actions.
	bodyVaries bool
}

// templateData is the data of a template.
type templateData struct {
	Prompt    string
	Prompts   []string
	MaxTokens int
}

// namedText is the text of one header or parameter.
type namedText struct {
	key, name, fixed string
	made             *textTemplate // nil if the text has no actions
}

func newNamedText(section, name string, text target.Text) (n namedText, err error) {
	n = namedText{key: section + "." + name, name: name, fixed: string(text)}
	if isTemplate(n.fixed) {
		if n.made, err = newTextTemplate(n.key, n.fixed); err != nil {
			return n, fmt.Errorf("%s: %w", n.key, err)
		}
	}
	return n, nil
}

func (n namedText) text(data templateData) (string, error) {
	if n.made == nil {
		return n.fixed, nil
	}
	text, err := n.made.execute(data)
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.key, err)
	}
	return text, nil
}

func newHTTPRequests(cfg target.Config) (r *httpRequests, err error) {
	r = &httpRequests{method: cfg.HTTP.Method}
	if r.path, err = newPathTemplate(cfg.HTTP.Path); err != nil {
		return nil, fmt.Errorf("target.http.path: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Query)) {
		text, err := newNamedText("target.query", name, cfg.Query[name])
		if err != nil {
			return nil, err
		}
		r.query = append(r.query, text)
	}
	for section, headers := range map[string]map[string]target.Text{"target.headers": cfg.Headers, "target.http.headers": cfg.HTTP.Headers} {
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			text, err := newNamedText(section, name, headers[name])
			if err != nil {
				return nil, err
			}
			if text.made != nil {
				r.headers = append(r.headers, text)
			}
		}
	}
	r.bodyVaries = isTemplate(cfg.HTTP.Body)
	if cfg.HTTP.Body != "" {
		if r.body, err = newTextTemplate("target.http.body", cfg.HTTP.Body); err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
	}
	return r, nil
}

// fixed reports whether no part of a request is made from a template.
func (r *httpRequests) fixed() bool {
	for _, q := range r.query {
		if q.made != nil {
			return false
		}
	}
	return r.path.made == nil && len(r.headers) == 0 && !r.bodyVaries
}

func (r *httpRequests) build(ctx context.Context, base *url.URL, data templateData) (*http.Request, error) {
	address, err := r.address(base, data)
	if err != nil {
		return nil, err
	}
	req, err := newRequest(ctx, r.method, address)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		body, err := r.body.execute(data)
		if err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
		setBody(req, body)
		req.Header.Set("Content-Type", typeJSON)
	}
	for _, h := range r.headers {
		value, err := h.text(data)
		if err != nil {
			return nil, err
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("%s: expected a value without line breaks and control characters, which {{urlquery .Prompt}} and {{json .Prompt}} escape", h.key)
		}
		req.Header.Set(h.name, value)
	}
	return req, nil
}

// address returns the URL of a request: the path below that of base, with the queries of
// both and then the parameters of target.query.
func (r *httpRequests) address(base *url.URL, data templateData) (*url.URL, error) {
	path, err := r.path.path(data)
	if err != nil {
		return nil, fmt.Errorf("target.http.path: %w", err)
	}
	address := path.Below(base)
	if len(r.query) == 0 {
		return address, nil
	}
	parameters := map[string]string{}
	for _, q := range r.query {
		if parameters[q.name], err = q.text(data); err != nil {
			return nil, err
		}
	}
	address.RawQuery = target.WithQuery(address.RawQuery, parameters)
	return address, nil
}
