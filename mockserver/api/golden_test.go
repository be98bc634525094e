package api_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/api"
)

// The lines that separate the parts of a golden file.
const (
	answerDivider = "\n== answer ==\n"
	streamDivider = "\n== stream ==\n"
)

// completions maps the name of a golden file to its request. The file holds the answer and, if the
// dialect has streams, the stream.
var completions = map[string]struct{ path, body string }{
	"anthropic_message": {"/v1/messages", `{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}`},
	"anthropic_cut":     {"/v1/messages", `{"model":"m","max_tokens":3,"stream":true,"messages":[{"role":"user","content":"hello"}]}`},
	"anthropic_stop": {
		"/v1/messages",
		`{"model":"m","max_tokens":9,"stop_sequences":["none"," takes"],"messages":[{"role":"user","content":"hello"}]}`,
	},
	"anthropic_blocks": {
		"/v1/messages",
		`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"ab","cache_control":{"type":"ephemeral"}},` +
			`{"type":"image","source":{}},{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"cd"}]}]},` +
			`{"role":"assistant","content":"e"},{"role":"system","content":[{"type":"text","text":"f"}]}],` +
			`"system":[{"type":"text","text":"gh"}],"metadata":{"user_id":"u"},"thinking":{"type":"disabled"}}`,
	},
	"openai_chat": {"/v1/chat/completions", `{"model":"gpt-x","messages":[{"role":"user","content":"hello"}]}`},
	"openai_length_usage": {
		"/v1/chat/completions",
		`{"model":"m","max_completion_tokens":3,"stream":true,"stream_options":{"include_usage":true},` +
			`"messages":[{"role":"developer","content":"ab"},{"role":"user","content":[{"type":"text","text":"cd"},{"type":"image_url","image_url":{}}]}]}`,
	},
	"openai_stop": {
		"/v1/chat/completions",
		`{"model":"m","max_tokens":9,"stop":" takes","n":1,"temperature":0.5,"messages":[{"role":"assistant","tool_calls":[]},{"role":"tool","content":"x"}]}`,
	},
	"responses_text": {"/v1/responses", `{"model":"gpt-x","input":"hello"}`},
	"responses_cut": {
		"/v1/responses",
		`{"model":"m","instructions":"ab","max_output_tokens":16,"stream":true,"stream_options":{"include_obfuscation":false},"input":[` +
			`{"role":"user","content":[{"type":"input_text","text":"cd"},{"type":"input_image","image_url":"x"}]},` +
			`{"type":"function_call_output","call_id":"c","output":"x"},{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"ef"}]}]}`,
	},
	"article_single": {"/v1/completions", `{"prompt":"hello","max_tokens":3}`},
	"article_batch":  {"/v1/batch", `{"prompts":["a","bc"],"max_tokens":2}`},
}

func dialects() []api.Dialect {
	return []api.Dialect{api.Article(), api.Anthropic(), api.OpenAI(), api.Responses()}
}

func dialectOf(t testing.TB, name string) api.Dialect {
	t.Helper()
	for _, d := range dialects() {
		if strings.HasPrefix(name, d.Name) {
			return d
		}
	}
	t.Fatalf("the name %s begins with no dialect", name)
	return api.Dialect{}
}

func TestCompletionsMatchGolden(t *testing.T) {
	for name, test := range completions {
		t.Run(name, func(t *testing.T) {
			complete := completion(t, dialectOf(t, name), test.path)
			call, err := complete.Read(versionHeader("2026-10-21"), []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			body, err := complete.Render(answer(call))
			if err != nil {
				t.Fatal(err)
			}
			got := test.body + answerDivider + string(body) + "\n"
			if complete.Stream != nil {
				events, err := complete.Stream(answer(call))
				if err != nil {
					t.Fatal(err)
				}
				got += streamDivider + wireBytes(events)
			}
			golden.Check(t, renderedPath(name), got)
		})
	}
}

// queries maps the name of a golden file to its request, which is answered without the model.
var queries = map[string]struct{ method, target, body string }{
	"anthropic_models":       {"GET", "/v1/models?limit=1", ""},
	"anthropic_model":        {"GET", "/v1/models/claude-x-4_5", ""},
	"anthropic_count":        {"POST", "/v1/messages/count_tokens", `{"model":"m","system":"ab","messages":[{"role":"user","content":"hello"}]}`},
	"anthropic_batch_create": {"POST", "/v1/messages/batches", batchOf(2)},
	"openai_models":          {"GET", "/v1/models", ""},
	"openai_model":           {"GET", "/v1/models/gpt-x", ""},
}

func TestQueriesMatchGolden(t *testing.T) {
	for name, test := range queries {
		t.Run(name, func(t *testing.T) {
			body := newMock(t, dialectOf(t, name)).mustAsk(test.method, test.target, test.body)
			golden.Check(t, renderedPath(name), test.method+" "+test.target+"\n"+test.body+answerDivider+string(body)+"\n")
		})
	}
}

func TestFailuresMatchGolden(t *testing.T) {
	for _, dialect := range dialects()[1:] {
		t.Run(dialect.Name, func(t *testing.T) {
			var out strings.Builder
			for _, status := range []int{400, 401, 402, 403, 404, 405, 409, 413, 415, 418, 429, 500, 502, 503, 504, 529} {
				out.Write(dialect.Failure(api.Failure{Status: status, Message: `a "word"`, RequestID: "req_1"}))
				out.WriteByte('\n')
			}
			for _, f := range []api.Failure{
				{Status: 429, Kind: api.SpendLimit, Message: "m", RequestID: "req_1"},
				{Status: 429, Kind: api.TokenLimit, Message: "m"},
				{Status: 400, Kind: "empty_array", Param: "messages", Message: "m"},
			} {
				out.Write(dialect.Failure(f))
				out.WriteByte('\n')
			}
			out.WriteString(wireBytes([]api.Event{dialect.StreamError(api.Failure{Status: dialect.Overloaded, Message: "m", RequestID: "req_1"}, 3)}))
			golden.Check(t, renderedPath(dialect.Name+"_failures"), out.String())
		})
	}
}

func renderedPath(name string) string { return filepath.Join("testdata", "rendered", name+".golden") }

func TestOnlyASuccessIsRendered(t *testing.T) {
	for _, dialect := range dialects() {
		for _, e := range dialect.Endpoints {
			if e.Complete == nil || e.Path == "/v1/batch" {
				continue
			}
			for name, items := range map[string][]api.Item{
				"none": nil, "two": make([]api.Item, 2), "failed": {{Failed: "it broke"}},
			} {
				a := api.Answer{Items: items, Chunk: 1}
				if body, err := e.Complete.Render(a); err == nil {
					t.Errorf("%s %s: rendered %s", e.Path, name, body)
				}
				if e.Complete.Stream == nil {
					continue
				}
				if events, err := e.Complete.Stream(a); err == nil {
					t.Errorf("%s %s: streamed %s", e.Path, name, wireBytes(events))
				}
			}
		}
	}
}

// status returns the status of the answer to a request that is refused with err.
func status(err error) int {
	var refusal *api.Refusal
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 400
}
