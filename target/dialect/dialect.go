// Package dialect implements the wire formats of the APIs, one file each. The mock
// has its own implementations: they share no code, so that a mistake in one shows
// up against the other.
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

// lenient is the value of target.stream_end for streams that end without their last event.
const lenient = "lenient"

// New returns the dialect that cfg selects. A template or expression that does not
// compile is an error here, before any load is sent.
func New(cfg target.Config) (target.Dialect, error) {
	at, err := newEndpoint(cfg)
	if err != nil {
		return nil, err
	}
	switch cfg.Dialect {
	case "article":
		return article{batched: cfg.Batch.Size > 1, requests: &articleRequests{at, cfg.Body}}, nil
	case "anthropic":
		return anthropic{requests: newAnthropicRequests(cfg, at), stream: cfg.Stream, lenient: cfg.StreamEnd == lenient}, nil
	case "openai":
		return openai{requests: newOpenAIRequests(cfg, at), stream: cfg.Stream, lenient: cfg.StreamEnd == lenient}, nil
	case "responses":
		return responses{requests: newResponsesRequests(cfg, at), stream: cfg.Stream, lenient: cfg.StreamEnd == lenient}, nil
	case "http":
		return newHTTP(cfg)
	}
	return nil, fmt.Errorf("target.dialect: unknown dialect %q", cfg.Dialect)
}

// newPost returns a POST request with a JSON body that accepts the content type accept.
func newPost(ctx context.Context, address *url.URL, body, accept string) (*http.Request, error) {
	req, err := newRequest(ctx, http.MethodPost, address)
	if err != nil {
		return nil, err
	}
	setBody(req, body)
	req.Header.Set("Content-Type", typeJSON)
	req.Header.Set("Accept", accept)
	return req, nil
}

// newRequest returns a request to address without a body. The address is set without parsing its
// text again, which could name another host.
func newRequest(ctx context.Context, method string, address *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, "", nil)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = address, address.Host
	return req, nil
}

// setBody sets the body of req. GetBody lets the transport send it again where a server
// has not processed it; where it must not be, the transport clears GetBody.
func setBody(req *http.Request, body string) {
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	req.Body, _ = req.GetBody() // it never fails
	req.ContentLength = int64(len(body))
}

// success is the outcome of a request that carried one prompt.
func success(input, output uint64) target.Outcome {
	return target.Outcome{InputTokens: input, InputKnown: true, OutputTokens: output, OutputByPrompt: []uint64{output}}
}

// failure is the outcome of a request whose prompts all failed.
func failure(class target.Class, prompts int, format string, args ...any) target.Outcome {
	return target.Outcome{Class: class, Failed: prompts, Detail: fmt.Sprintf(format, args...)}
}

// hasContentType reports whether the content type is want; parameters are ignored.
func hasContentType(h http.Header, want string) bool {
	given, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(given), want)
}

// The content types of responses.
const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream"
	typeHTML   = "text/html"
)

// responseType is the content type of a response: an event stream or JSON.
func responseType(stream bool) string {
	if stream {
		return typeEvents
	}
	return typeJSON
}

// headFailure is the outcome of a response whose status is no success; false if it is one. Any
// status of the kind 2xx is, as in the official SDKs: some frameworks answer a POST with 201.
func headFailure(status int, header http.Header, body []byte, prompts int) (target.Outcome, bool) {
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return refusal(status, header, body, prompts), true
	}
	return target.Outcome{}, false
}

// withType finishes the outcome of a response by its content type. An answer of another type
// than want is remarked on: a proxy may have lost it. A body that is no answer of the
// dialect is better described by its type.
func withType(out target.Outcome, header http.Header, want string) target.Outcome {
	switch {
	case hasContentType(header, want):
	case out.Class == target.Success:
		out.Remarks = append(out.Remarks, target.OddType)
	case out.Class == target.Contract:
		out.Detail = fmt.Sprintf("expected content type %s, found %q: %s", want, header.Get("Content-Type"), out.Detail)
	}
	return out
}

// marshal is json.Marshal for values that always marshal: strings, numbers, and
// structs, slices and maps of them.
func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("dialect: marshal a request body: %v", err))
	}
	return string(text)
}
