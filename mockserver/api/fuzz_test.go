package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/bounds"
	"weighbridge/mockserver/api"
)

// malformedBodies are inputs that often break parsers.
var malformedBodies = []string{
	"", "null", "{}", "[]", `{"a":`, `{"a":1,}`, "{\"\xff\":1}", `{"model":1e999999}`, `{"messages":[[[[[[[[[[]]]]]]]]]]}`,
	`{"model":"\ud800","max_tokens":1,"messages":[{"role":"user","content":"\u0000"}]}`,
	`{"max_tokens":-0,"max_tokens":0}`, `{"model":"m","messages":[{"role":"user","content":"a"}],"stop":[""]}`,
}

// addSeeds adds the requests of the golden files and malformed ones to the corpus.
func addSeeds(f *testing.F) {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "rendered", "*.golden"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		golden, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		request, _, _ := strings.Cut(string(golden), answerDivider)
		if at := strings.IndexByte(request, '{'); at >= 0 {
			f.Add([]byte(request[at:]))
		}
	}
	for _, body := range malformedBodies {
		f.Add([]byte(body))
	}
}

// fuzzRead checks what the server relies on: a reader does not panic, and a body it
// accepts has at least one prompt and an answer that can be rendered.
func fuzzRead(f *testing.F, dialect api.Dialect, path string, headers ...http.Header) {
	complete := completion(f, dialect, path)
	addSeeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounds.Check(t)()
		for _, h := range headers {
			call, err := complete.Read(h, body)
			if err != nil {
				if err.Error() == "" || status(err) < 400 || status(err) > 499 {
					t.Errorf("refused with %d %q", status(err), err)
				}
				continue
			}
			if len(call.Prompts) == 0 {
				t.Fatal("accepted without a prompt")
			}
			if dialect.Name != "article" && (!json.Valid(body) || !utf8.Valid(body)) {
				t.Fatalf("accepted %q", body)
			}
			rendered, err := complete.Render(answer(call))
			if err != nil || !json.Valid(rendered) {
				t.Fatalf("rendered %s: %v", rendered, err)
			}
		}
	})
}

func FuzzAnthropicMessages(f *testing.F) {
	fuzzRead(f, api.Anthropic(), "/v1/messages", versionHeader("2026-10-21"), versionHeader("2023-06-01"))
}

func FuzzOpenAIChat(f *testing.F) { fuzzRead(f, api.OpenAI(), "/v1/chat/completions", nil) }

func FuzzResponses(f *testing.F) { fuzzRead(f, api.Responses(), "/v1/responses", nil) }

func FuzzArticle(f *testing.F) {
	for _, body := range []string{`{"prompt":"a","max_tokens":3}`, `{"prompt":""}`} {
		f.Add([]byte(body))
	}
	fuzzRead(f, api.Article(), "/v1/completions", nil)
}

func FuzzAnthropicBatch(f *testing.F) {
	f.Add([]byte(batchOf(3)))
	addSeeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounds.Check(t)()
		m := newMock(t, api.Anthropic())
		m.batchDuration = 0
		response, err := m.ask("POST", batchesPath, string(body))
		if err != nil {
			if err.Error() == "" || status(err) < 400 || status(err) > 499 {
				t.Errorf("refused with %d %q", status(err), err)
			}
			return
		}
		var made batch
		decode(t, response.Body, &made)
		if response.Prompts < 1 || made.Counts.Succeeded+made.Counts.Errored != response.Prompts {
			t.Fatalf("%d prompts, counts %+v", response.Prompts, made.Counts)
		}
		if got := len(m.results(made.ID)); got != response.Prompts {
			t.Fatalf("%d results of %d requests", got, response.Prompts)
		}
	})
}
