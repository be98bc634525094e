package dialect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/template"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"weighbridge/target"
)

// httpDialect makes any JSON API a target: a body from a template, success by an
// expression.
type httpDialect struct {
	method, path string
	body         *template.Template // nil sends none
	success      *vm.Program
}

// fields is what a body template sees.
type fields struct {
	Prompt    string
	Prompts   []string
	MaxTokens int
}

func newHTTP(cfg target.HTTP) (*httpDialect, error) {
	d := &httpDialect{method: cfg.Method, path: cfg.Path}
	if cfg.Body != "" {
		funcs := template.FuncMap{"json": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		}}
		body, err := template.New("target.http.body").Funcs(funcs).Parse(cfg.Body)
		if err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
		if err := body.Execute(&strings.Builder{}, fields{Prompts: []string{""}}); err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
		d.body = body
	}
	program, err := expr.Compile(cfg.Success, expr.Env(answer{}), expr.AsBool())
	if err != nil {
		return nil, fmt.Errorf("target.http.success: %s", firstLine(err))
	}
	d.success = program
	return d, nil
}

// answer is what a success expression sees: header by canonical name, body
// parsed where it is JSON, else as text.
type answer struct {
	Status int               `expr:"status"`
	Header map[string]string `expr:"header"`
	Body   any               `expr:"body"`
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Request fills the template.
func (d *httpDialect) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	address, err := base.Parse(strings.TrimSuffix(base.Path, "/") + d.path)
	if err != nil {
		return nil, fmt.Errorf("target.http.path: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, d.method, address.String(), nil)
	if err != nil {
		return nil, err
	}
	if d.body != nil {
		var body strings.Builder
		if err := d.body.Execute(&body, fields{prompts[0], prompts, maxTokens}); err != nil {
			return nil, fmt.Errorf("target.http.body: %w", err)
		}
		setBody(req, body.String())
		req.Header.Set("Content-Type", typeJSON)
	}
	return req, nil
}

// Judge lets the success expression decide. A failed answer under 400 broke the
// contract; others are classed by their status.
func (d *httpDialect) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	seen := answer{Status: status, Header: map[string]string{}, Body: string(body)}
	for name := range header {
		seen.Header[name] = header.Get(name)
	}
	var parsed any
	if isOf(header, typeJSON) && json.Unmarshal(body, &parsed) == nil {
		seen.Body = parsed
	}
	verdict, err := expr.Run(d.success, seen)
	if err == nil && verdict == true {
		return target.Outcome{}
	}
	if class := target.ClassOf(status); class != target.Success {
		return failed(class, prompts, "status %d", status)
	}
	if err != nil {
		return failed(target.Contract, prompts, "target.http.success: %s", firstLine(err))
	}
	return failed(target.Contract, prompts, "status %d is not success by target.http.success", status)
}
