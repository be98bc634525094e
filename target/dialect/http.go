package dialect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/expr-lang/expr/vm"

	"weighbridge/target"
)

// httpDialect works with any HTTP API: a template makes the request body, and an
// expression decides whether a response is a success.
type httpDialect struct {
	method  string
	path    target.Path
	body    *bodyTemplate // nil sends no body
	success *vm.Program
}

// templateData is the data of a body template.
type templateData struct {
	Prompt    string
	Prompts   []string
	MaxTokens int
}

func newHTTP(cfg target.HTTP) (*httpDialect, error) {
	path, err := target.ParsePath(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("target.http.path: %w", err)
	}
	d := &httpDialect{method: cfg.Method, path: path}
	if cfg.Body != "" {
		if d.body, err = newBodyTemplate(cfg.Body); err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
	}
	if d.success, err = compileSuccess(cfg.Success); err != nil {
		return nil, fmt.Errorf("target.http.success: %w", err)
	}
	return d, nil
}

// Request executes the body template.
func (d *httpDialect) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	req, err := newRequest(ctx, d.method, d.path.Below(base))
	if err != nil {
		return nil, err
	}
	if d.body != nil {
		body, err := d.body.execute(templateData{prompts[0], prompts, maxTokens})
		if err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
		setBody(req, body)
		req.Header.Set("Content-Type", typeJSON)
	}
	return req, nil
}

// Judge evaluates the success expression. A failure with a status below 400, such as a
// redirect, has the class contract; any other has the class of its status.
func (d *httpDialect) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	env := response{Status: status, Header: map[string]string{}, Body: string(body)}
	for name := range header {
		env.Header[name] = header.Get(name)
	}
	var parsed any
	if hasContentType(header, typeJSON) && json.Unmarshal(body, &parsed) == nil {
		env.Body = parsed
	}
	success, err := env.evaluate(d.success)
	if err == nil && success == true {
		return target.Outcome{}
	}
	switch {
	case status < 200 || status >= 300:
		return refusal(status, header, body, prompts)
	case err != nil:
		return failure(target.Contract, prompts, "target.http.success: %s", firstLine(err))
	case len(body) == 0:
		return failure(target.Contract, prompts, "status %d does not satisfy target.http.success", status)
	}
	return failure(target.Contract, prompts, "status %d does not satisfy target.http.success: %s", status, serverWords(status, header, body))
}
