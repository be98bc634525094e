package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weighbridge/mockserver/api"
)

func endpoint(t *testing.T, path string) api.Endpoint {
	t.Helper()
	for _, e := range api.Article().Endpoints {
		if e.Path == path {
			return e
		}
	}
	t.Fatalf("no endpoint at %s", path)
	return api.Endpoint{}
}

func TestBadArticleBodiesAreRefused(t *testing.T) {
	for _, test := range []struct{ path, body, want string }{
		{"/v1/completions", ``, "unexpected end"},
		{"/v1/completions", `{`, "unexpected end"},
		{"/v1/completions", `{}`, "prompt is missing or empty"},
		{"/v1/completions", `null`, "prompt is missing or empty"},
		{"/v1/completions", `{"prompt":""}`, "prompt is missing or empty"},
		{"/v1/completions", `{"prompt":7}`, "cannot unmarshal number"},
		{"/v1/completions", `{"prompt":["a"]}`, "cannot unmarshal array"},
		{"/v1/completions", `{"prompt":"a"} {}`, "after top-level value"},
		{"/v1/completions", `{"prompt":"a","max_tokens":-1}`, "cannot unmarshal number -1"},
		{"/v1/completions", `[` + strings.Repeat(`[`, 20_000), "exceeded max depth"},
		{"/v1/batch", `{}`, "prompts has 0 items, expected 1 to 1000"},
		{"/v1/batch", `{"prompts":[]}`, "prompts has 0 items, expected 1 to 1000"},
		{"/v1/batch", `{"prompts":["a",""]}`, "prompts[1] is empty"},
		{"/v1/batch", `{"prompts":[null]}`, "prompts[0] is empty"},
		{"/v1/batch", `{"prompts":"a"}`, "cannot unmarshal string"},
		{"/v1/batch", `{"prompts":["a"` + strings.Repeat(`,"a"`, 1000) + `]}`, "prompts has 1001 items, expected 1 to 1000"},
	} {
		_, err := endpoint(t, test.path).Complete.Read(nil, []byte(test.body))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %.40s: got %v, want %s", test.path, test.body, err, test.want)
		}
	}
}

func TestArticleReadsPrompts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prompts := rapid.SliceOfN(rapid.StringN(1, 50, -1), 1, 20).Draw(t, "prompts")
		maxTokens := rapid.Uint64().Draw(t, "max_tokens")
		body, err := json.Marshal(map[string]any{"prompts": prompts, "max_tokens": maxTokens, "unknown": true})
		if err != nil {
			t.Fatal(err)
		}
		var batch api.Endpoint
		for _, e := range api.Article().Endpoints {
			if e.Path == "/v1/batch" {
				batch = e
			}
		}
		call, err := batch.Complete.Read(nil, body)
		if err != nil {
			t.Fatal(err)
		}
		if !call.Batch || call.MaxTokens != maxTokens || strings.Join(call.Prompts, "\x00") != strings.Join(prompts, "\x00") {
			t.Fatalf("%s was read as %+v", body, call)
		}
	})
}

// The hand-written rendering is byte for byte that of encoding/json, for any text.
func TestArticleSingleMatchesEncodingJSON(t *testing.T) {
	render := api.Article().Endpoints[0].Complete.Render
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint64().Draw(t, "id")
		item := api.Item{
			Completion: rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`)).Draw(t, "completion"),
			Usage:      api.Usage{Input: rapid.Uint64().Draw(t, "input"), Output: rapid.Uint64().Draw(t, "output")},
		}
		got, err := render(api.Answer{ID: id, Items: []api.Item{item}})
		if err != nil {
			t.Fatal(err)
		}
		completion, err := json.Marshal(item.Completion)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"id":"cmpl_%016x","object":"completion","completion":%s,"usage":{"input_tokens":%d,"output_tokens":%d}}`,
			id, completion, item.Usage.Input, item.Usage.Output)
		if string(got) != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func TestArticleFailureTypes(t *testing.T) {
	failure := api.Article().Failure
	for status, want := range map[int]string{
		400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 405: "method_not_allowed",
		413: "request_too_large", 415: "unsupported_media_type", 418: "invalid_request_error", 429: "rate_limit_error",
		500: "api_error", 502: "api_error", 503: "overloaded_error",
	} {
		if got := string(failure(api.Failure{Status: status, Message: `a "quoted" word`, RequestID: "req_1"})); got != `{"error":{"type":"`+want+`","message":"a \"quoted\" word"}}` {
			t.Errorf("%d is rendered as %s", status, got)
		}
	}
}

func TestTextSource(t *testing.T) {
	source := api.NewTextSource()
	rapid.Check(t, func(t *rapid.T) {
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.Uint64Range(0, 20_000).Draw(t, "n")
		words := source.Words(seed, n)
		if got := len(strings.Fields(words)); uint64(got) != n {
			t.Fatalf("%d words, want %d: %q", got, n, words)
		}
		if strings.TrimSpace(words) != words || strings.Contains(words, "  ") {
			t.Fatalf("surplus white space: %q", words)
		}
		if longer := source.Words(seed, n+1); !strings.HasPrefix(longer, words) {
			t.Fatalf("with one word more, %q becomes %q", words, longer)
		}
		if again := source.Words(seed, n); again != words {
			t.Fatalf("the same seed gives %q and %q", words, again)
		}
	})
	if source.Words(1, 10) == source.Words(2, 10) {
		t.Error("two seeds give the same words")
	}
}
