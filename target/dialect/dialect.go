// Package dialect holds the APIs' wire shapes, one file each. The mock has its
// own; they share no code, so that one's mistake shows in the other.
package dialect

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"weighbridge/target"
)

// New makes the dialect that cfg names. A template or an expression that does
// not compile fails here, before any load.
func New(cfg target.Config) (target.Dialect, error) {
	switch cfg.Dialect {
	case "article":
		return article{batched: cfg.Batch.Size > 1}, nil
	case "http":
		return newHTTP(cfg.HTTP)
	}
	return nil, fmt.Errorf("target.dialect: %q is not built yet", cfg.Dialect)
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

// isJSON reports whether the content type names JSON.
func isJSON(h http.Header) bool {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.TrimSpace(strings.ToLower(kind)) == "application/json"
}

// marshal is json.Marshal of values that cannot fail: strings and their lists.
func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("dialect: strings always marshal: %v", err))
	}
	return string(text)
}
