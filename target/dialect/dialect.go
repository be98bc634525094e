// Package dialect holds the APIs' wire shapes, one file each. The mock has its
// own; they share no code, so that one's mistake shows in the other.
package dialect

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// New makes the dialect that cfg names. A template or an expression that does
// not compile fails here, before any load.
func New(cfg target.Config) (target.Dialect, error) {
	switch cfg.Dialect {
	case "article":
		return article{batched: cfg.Batch.Size > 1}, nil
	case "anthropic":
		return anthropic{cfg.Model, cfg.Stream}, nil
	case "openai":
		return openai{cfg.Model, cfg.Stream}, nil
	case "http":
		return newHTTP(cfg.HTTP)
	}
	return nil, fmt.Errorf("target.dialect: unknown dialect %q", cfg.Dialect)
}

// post is a request of JSON to a path behind base, which may have one of its own, for
// an answer of the content type accept.
func post(ctx context.Context, base *url.URL, path, body, accept string) (*http.Request, error) {
	address := *base
	address.Path = strings.TrimSuffix(base.Path, "/") + path
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), nil)
	if err != nil {
		return nil, err
	}
	setBody(req, body)
	req.Header.Set("Content-Type", typeJSON)
	req.Header.Set("Accept", accept)
	return req, nil
}

// setBody gives req a JSON body that is sent once: no GetBody, so that net/http
// never replays it silently.
func setBody(req *http.Request, body string) {
	req.Body = io.NopCloser(strings.NewReader(body))
	req.ContentLength = int64(len(body))
}

// failed is an outcome in which every prompt shares one fate.
func failed(class target.Class, prompts int, format string, args ...any) target.Outcome {
	return target.Outcome{Class: class, Failed: prompts, Detail: fmt.Sprintf(format, args...)}
}

// isOf reports whether the content type is kind, with parameters or without.
func isOf(h http.Header, kind string) bool {
	given, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(given), kind)
}

// The content types of answers.
const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream"
)

// accepted is the content type of a stream, or of a whole answer.
func accepted(stream bool) string {
	if stream {
		return typeEvents
	}
	return typeJSON
}

// refusal judges what every dialect refuses before it looks at an answer that is to
// be of a content type; false where there is nothing of it.
func refusal(status int, header http.Header, body []byte, prompts int, kind string) (target.Outcome, bool) {
	if class := target.ClassOf(status); class != target.Success {
		return failed(class, prompts, "status %d%s", status, errorType(body)), true
	}
	if status != http.StatusOK {
		return failed(target.Contract, prompts, "expected status 200, found %d", status), true
	}
	if !isOf(header, kind) {
		return failed(target.Contract, prompts, "expected %s, found %q", kind, header.Get("Content-Type")), true
	}
	return target.Outcome{}, false
}

// errorType gives the type of an error body, for the detail; "" where there is none.
func errorType(body []byte) string {
	var answer struct {
		Error apiError `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error.Type == "" {
		return ""
	}
	return " " + answer.Error.Type
}

// apiError is what the APIs say of a failure.
type apiError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// class is that of the status that errors of the type go with.
func (e apiError) class() target.Class {
	switch e.Type {
	case "rate_limit_error", "rate_limit_exceeded", "requests", "tokens": // the last three are OpenAI's
		return target.RateLimit
	case "authentication_error", "permission_error":
		return target.AuthError
	case "invalid_request_error", "not_found_error", "request_too_large", "billing_error":
		return target.ClientErr
	case "timeout_error":
		return target.Timeout
	}
	return target.Server
}

// marshal is json.Marshal of values that cannot fail: strings, numbers and what is made of them.
func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("dialect: it always marshals: %v", err))
	}
	return string(text)
}
