package dialect

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/target"
)

// The rule for base URLs, which the manual gives: the path of every request by target.url.
func TestBaseURLs(t *testing.T) {
	const openai, anthropic, responses, article = "openai", "anthropic", "responses", "article"
	for _, c := range []struct{ dialect, base, path, want string }{
		{openai, "", "", "/v1/chat/completions"},
		{openai, "/", "", "/v1/chat/completions"},
		{openai, "/v1", "", "/v1/chat/completions"},
		{openai, "/v1/", "", "/v1/chat/completions"},
		{openai, "/v1//", "", "/v1/chat/completions"},
		{openai, "/gateway/v1", "", "/gateway/v1/chat/completions"},
		{openai, "/gateway", "", "/gateway/v1/chat/completions"},
		{openai, "/openai", "", "/openai/chat/completions"},
		{openai, "/openai/v1", "", "/openai/v1/chat/completions"},
		{openai, "/v1beta/openai", "", "/v1beta/openai/chat/completions"},
		{openai, "/v1beta/openai/", "", "/v1beta/openai/chat/completions"},
		{openai, "/v1/projects/p/locations/l/endpoints/openapi", "", "/v1/projects/p/locations/l/endpoints/openapi/chat/completions"},
		{openai, "/api/paas/v4", "", "/api/paas/v4/chat/completions"},
		{openai, "/v1alpha2", "", "/v1alpha2/chat/completions"},
		{openai, "/vllm", "", "/vllm/v1/chat/completions"},
		{openai, "/api/v1/namespaces/n/services/s:8000/proxy", "", "/api/v1/namespaces/n/services/s:8000/proxy/v1/chat/completions"},
		{openai, "/openai/deployments/d?api-version=2024-10-21", "", "/openai/deployments/d/chat/completions?api-version=2024-10-21"},
		{openai, "/openai/deployments/d/chat/completions?api-version=2024-10-21", "", "/openai/deployments/d/chat/completions?api-version=2024-10-21"},
		{openai, "/openai/v1/?api-version=preview", "", "/openai/v1/chat/completions?api-version=preview"},
		{openai, "/v1/chat/completions", "", "/v1/chat/completions"},
		{openai, "/v1/chat/completions/", "", "/v1/chat/completions"},
		{openai, "/chat/completions", "", "/chat/completions"},
		{openai, "/a%2Fb/v1?x=%20", "", "/a%2Fb/v1/chat/completions?x=%20"},
		{openai, "/v1?x=1", "/chat", "/chat?x=1"},
		{openai, "/v1?x=1", "/chat?y=2", "/chat?x=1&y=2"},
		{anthropic, "", "", "/v1/messages"},
		{anthropic, "/", "", "/v1/messages"},
		{anthropic, "/v1", "", "/v1/messages"},
		{anthropic, "/v1/", "", "/v1/messages"},
		{anthropic, "/anthropic", "", "/anthropic/v1/messages"},
		{anthropic, "/anthropic/", "", "/anthropic/v1/messages"},
		{anthropic, "/anthropic/v1", "", "/anthropic/v1/messages"},
		{anthropic, "/v1/messages", "", "/v1/messages"},
		{anthropic, "/anthropic/v1/messages?beta=true", "", "/anthropic/v1/messages?beta=true"},
		{anthropic, "/v1/projects/p/publishers/anthropic/models/m:streamRawPredict", "", "/v1/projects/p/publishers/anthropic/models/m:streamRawPredict"},
		{anthropic, "/v1", "/other/messages", "/other/messages"},
		{responses, "", "", "/v1/responses"},
		{responses, "/v1/", "", "/v1/responses"},
		{responses, "/openai/v1?api-version=preview", "", "/openai/v1/responses?api-version=preview"},
		{responses, "/api/v1/responses", "", "/api/v1/responses"},
		{article, "/v1", "", "/v1/completions"},
		{article, "", "", "/v1/completions"},
		{article, "/gateway/", "", "/gateway/v1/completions"},
		{article, "", "/ask", "/ask"},
	} {
		cfg := modelConfig(c.dialect, false)
		cfg.Path = c.path
		line, _, _ := strings.Cut(wire(t, newDialect(t, cfg), "http://127.0.0.1:1"+c.base, "one"), "\r\n")
		if line != "POST "+c.want+" HTTP/1.1" {
			t.Errorf("%s at %q with target.path %q: %s, want %s", c.dialect, c.base, c.path, line, c.want)
		}
	}
}

func TestQueryIsAddedToThatOfTheURL(t *testing.T) {
	cfg := modelConfig("openai", false)
	cfg.Query = map[string]target.Text{"api-version": "2026 11", "b": "&"}
	line, _, _ := strings.Cut(wire(t, newDialect(t, cfg), "http://127.0.0.1:1/v1?a=1&api-version=old", "one"), "\r\n")
	if want := "POST /v1/chat/completions?a=1&api-version=2026+11&b=%26 HTTP/1.1"; line != want {
		t.Errorf("%s, want %s", line, want)
	}
}

// Each key that changes requests, on the wire.
func TestRequestKeysOnTheWire(t *testing.T) {
	body := map[string]any{
		"temperature": json.Number("0.50"), "model": "other", "stream_options": map[string]any{"include_obfuscation": false, "include_usage": nil},
		"thinking": map[string]any{"type": "adaptive", "gone": nil}, "nothing": nil,
	}
	for name, change := range map[string]func(*target.Config){
		"system":             func(c *target.Config) { c.System = "be \"brief\"\n" },
		"max-tokens":         func(c *target.Config) { c.MaxTokensField = "max_tokens" },
		"max-tokens-both":    func(c *target.Config) { c.MaxTokensField = "both" },
		"without-usage":      func(c *target.Config) { c.Stream, c.StreamOptions = true, false },
		"body":               func(c *target.Config) { c.Stream, c.Body = true, body },
		"without-max-tokens": func(c *target.Config) { c.Body = map[string]any{"max_completion_tokens": nil, "max_tokens": nil} },
		"version-and-betas":  func(c *target.Config) { c.Version, c.Betas = "2023-06-01", []string{"one-2026-01-01", "two"} },
		"vertex": func(c *target.Config) {
			c.Version, c.Body = "none", map[string]any{"anthropic_version": "vertex-2023-10-16", "model": nil}
		},
	} {
		for _, dialect := range []string{"openai", "anthropic", "responses"} {
			cfg := modelConfig(dialect, false)
			change(&cfg)
			chat := cfg.MaxTokensField != "" || !cfg.StreamOptions
			if dialect == "anthropic" && chat || dialect == "responses" && (chat || name == "without-max-tokens") || dialect != "anthropic" && (cfg.Version != "" || name == "vertex") {
				continue // refused by Config.CheckKeys, or of no use
			}
			golden.Check(t, "testdata/"+dialect+"-"+name+".golden", wire(t, newDialect(t, cfg), "https://127.0.0.1:4711", "one"))
		}
	}
	cfg := config("article", 2)
	cfg.Body = map[string]any{"priority": json.Number("7")}
	golden.Check(t, "testdata/article-batch-body.golden", wire(t, newDialect(t, cfg), "https://127.0.0.1:4711", "one", "two"))
}

// The examples of RFC 7396, appendix A, that begin with an object and a patch that is one.
func TestMergePatch(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"a":"b"}`, `{"a":{"b":null,"c":1}}`, `{"a":{"c":1}}`},
	} {
		var before, patch, got, want map[string]any
		for i, into := range []*map[string]any{&before, &patch, &want} {
			if err := json.Unmarshal([]byte(c[i]), into); err != nil {
				t.Fatal(err)
			}
		}
		var members object
		for name, value := range before {
			members = append(members, member{name, value})
		}
		if err := json.Unmarshal([]byte(members.merged(patch).json()), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s patched with %s is %v (%v), want %s", c[0], c[1], got, err, c[2])
		}
	}
}

// A body with every kind of change is the same each time, and the patch stays as it was.
func TestBodiesRepeat(t *testing.T) {
	cfg := modelConfig("openai", true)
	cfg.Body = map[string]any{"stream_options": map[string]any{"x": json.Number("1")}, "b": "c", "a": nil, "d": []any{"e"}}
	d := newDialect(t, cfg)
	first := wire(t, d, "http://127.0.0.1:1", "one")
	for range 20 {
		if again := wire(t, d, "http://127.0.0.1:1", "one"); again != first {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}
