package target

import (
	"encoding/json"
	"testing"
)

func TestAskedTokens(t *testing.T) {
	for _, c := range []struct {
		dialect string
		body    map[string]any
		want    uint64
		known   bool
	}{
		{"openai", nil, 64, true},
		{"anthropic", nil, 64, true},
		{"article", nil, 0, false},
		{"http", nil, 0, false},
		{"openai", map[string]any{"temperature": json.Number("0")}, 64, true},
		{"openai", map[string]any{"max_tokens": json.Number("500")}, 500, true},
		{"openai", map[string]any{"max_completion_tokens": nil}, 0, false},
		{"anthropic", map[string]any{"max_tokens": "many"}, 0, false},
		{"responses", nil, 64, true},
		{"responses", map[string]any{"max_output_tokens": json.Number("500")}, 500, true},
		{"responses", map[string]any{"max_tokens": json.Number("500")}, 64, true},
	} {
		if got, known := (&Config{Dialect: c.dialect, Body: c.body}).AskedTokens(64); got != c.want || known != c.known {
			t.Errorf("%s with body %v: %d, %v; want %d, %v", c.dialect, c.body, got, known, c.want, c.known)
		}
	}
}

func TestFillModel(t *testing.T) {
	for _, c := range []struct{ dialect, url, path, wantURL, wantPath string }{
		{"openai", "https://h/deployments/{model}?a={model}", "", "https://h/deployments/a%2Fb@c?a=a%2Fb@c", ""},
		{"anthropic", "https://h", "/models/{model}:rawPredict", "https://h", "/models/a%2Fb@c:rawPredict"},
		{"http", "https://h/{model}", "/{model}", "https://h/{model}", "/{model}"},
		{"openai", "https://{model}/{model}", "", "https://{model}/a%2Fb@c", ""},
		{"openai", "https://{model}", "", "https://{model}", ""},
		{"openai", "mock", "", "mock", ""},
	} {
		got := Config{Dialect: c.dialect, URL: c.url, Path: c.path, Model: "a/b@c"}
		if got.FillModel(); got.URL != c.wantURL || got.Path != c.wantPath {
			t.Errorf("%+v: %q, %q", c, got.URL, got.Path)
		}
	}
}

func TestNamesModel(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   bool
	}{
		{Config{Dialect: "openai", URL: "http://127.0.0.1:1", Model: MockModel}, false},
		{Config{Dialect: "anthropic", URL: "http://127.0.0.1:1", Model: MockModel}, false},
		{Config{Dialect: "responses", URL: "http://127.0.0.1:1", Model: MockModel}, false},
		{Config{Dialect: "openai", URL: "http://127.0.0.1:1", Model: "m"}, true},
		{Config{Dialect: "openai", URL: Mock, Model: MockModel}, true},
		{Config{Dialect: "http", URL: "http://127.0.0.1:1", Model: MockModel}, true},
		{Config{Dialect: "openai", URL: "http://127.0.0.1:1/openai/deployments/d", Model: MockModel}, true},
		{Config{Dialect: "anthropic", URL: "http://127.0.0.1:1", Model: MockModel, Body: map[string]any{"model": nil}}, true},
	} {
		if got := c.config.NamesModel(); got != c.want {
			t.Errorf("%+v: %v", c.config, got)
		}
	}
}
