package field

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// chat answers as OpenAI's Chat Completions API and, below /messages, as Anthropic's does.
func chat(w http.ResponseWriter, r *http.Request, output int) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/messages") {
		fmt.Fprintf(w, `{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":%d}}`, output)
		return
	}
	fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":%d}}`, output)
}

// A server that knows one path per front answers every base URL that users give for it.
func TestBaseURLsReachTheirServers(t *testing.T) {
	const query = "?api-version=2024-10-21"
	bases := map[string]map[string]string{ // dialect → base → the path that its server knows
		"openai": {
			"": "/v1/chat/completions", "/v1": "/v1/chat/completions", "/v1/": "/v1/chat/completions", "/openai": "/openai/chat/completions",
			"/v1beta/openai": "/v1beta/openai/chat/completions", "/openai/deployments/d" + query: "/openai/deployments/d/chat/completions" + query,
			"/api/v1/chat/completions": "/api/v1/chat/completions",
		},
		"anthropic": {"": "/v1/messages", "/v1": "/v1/messages", "/anthropic/": "/anthropic/v1/messages", "/x/v1/messages": "/x/v1/messages"},
	}
	var known []string
	for _, paths := range bases {
		known = append(known, slices.Collect(maps.Values(paths))...)
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Authorization") == "Bearer k"
		if strings.HasSuffix(r.URL.Path, "/messages") {
			key = r.Header.Get("X-Api-Key") == "k" && r.Header.Get("Authorization") == ""
		}
		switch {
		case !key:
			w.WriteHeader(http.StatusUnauthorized)
		case !slices.Contains(known, r.URL.RequestURI()):
			http.NotFound(w, r)
		default:
			chat(w, r, 4)
		}
	})
	t.Setenv("FIELD_KEY", "k")
	levels := ""
	want := map[string]string{}
	for dialect, paths := range bases {
		for base, path := range paths {
			name := fmt.Sprintf("b%d", len(want))
			want[name] = path
			levels += fmt.Sprintf("    %s: {target.dialect: %s, target.url: %q}\n", name, dialect, s.URL+base)
		}
	}
	sum := summarize(t, run(t, `
name: bases
target: {dialect: openai, auth: {key: "${env:FIELD_KEY}"}}
load: {warmup: 0s, open: {rate: 20, arrivals: constant, duration: 50ms}}
experiment: {order: sequential}
matrix:
  base:
`+levels))
	for _, arm := range sum.Arms {
		if arm.Answered != 1 || arm.Due != 1 {
			t.Errorf("%s: %d of %d prompts answered: %v", want[arm.Levels["base"]], arm.Answered, arm.Due, arm.Errors)
		}
	}
}

// A server that refuses or ignores fields gets what the keys of the target make of a request.
func TestKeysOfTheTargetChangeRequests(t *testing.T) {
	var mu sync.Mutex
	got := map[string]map[string]any{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		got[r.Header.Get("X-Arm")] = body
		mu.Unlock()
		if body["max_completion_tokens"] != nil || body["temperature"] == nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		chat(w, r, 4)
	})
	sum := summarize(t, run(t, fmt.Sprintf(`
name: keys
target:
  dialect: openai
  url: %q
  model: m
  max_tokens_field: max_tokens
  body: {temperature: 0, extra: {a: 1}}
  auth: {scheme: none}
prompts: {max_tokens: 32}
load: {warmup: 0s, open: {rate: 20, arrivals: constant, duration: 50ms}}
experiment: {order: sequential}
matrix:
  arm:
    plain: {target.headers.X-Arm: plain}
    system: {target.headers.X-Arm: system, target.system: be brief, target.body.extra.b: [2]}
`, s.URL)))
	for _, arm := range sum.Arms {
		if arm.Answered != arm.Due || arm.Due == 0 {
			t.Errorf("%s: %d of %d prompts answered: %v", arm.Arm, arm.Answered, arm.Due, arm.Errors)
		}
	}
	plain, system := got["plain"], got["system"]
	if plain["max_tokens"] != 32.0 || plain["temperature"] != 0.0 || fmt.Sprint(plain["extra"]) != "map[a:1]" || len(plain["messages"].([]any)) != 1 {
		t.Errorf("plain: %v", plain)
	}
	if messages := fmt.Sprint(system["messages"]); fmt.Sprint(system["extra"]) != "map[a:1 b:[2]]" || !strings.HasPrefix(messages, "[map[content:be brief role:system] map[content:") {
		t.Errorf("system: %v, %s", system["extra"], messages)
	}
}

// Prompts of a ShareGPT file arrive as they are, in a path, a query, a header and a body, and
// the query of the URL is kept.
func TestPromptsArriveAsTheyAre(t *testing.T) {
	prompts := []string{"a/b?c=d#e&f%2F", "..", "two\nlines \"quoted\" é", "//host/"}
	var items []map[string]any
	for _, p := range prompts {
		items = append(items, map[string]any{"conversations": []map[string]string{{"from": "system", "value": "no"}, {"from": "human", "value": p}, {"from": "gpt", "value": "no"}}})
	}
	raw, err := json.Marshal(items)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sharegpt.json")
	if err := os.WriteFile(file, append([]byte("\ufeff"), raw...), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FIELD_KEY", `k"{{.Prompt}}`)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Q string }
		err := json.NewDecoder(r.Body).Decode(&body)
		query := r.URL.Query()
		inPath, ok := strings.CutPrefix(r.URL.Path, "/ask/")
		header, headerErr := url.QueryUnescape(strings.TrimPrefix(r.Header.Get("X-Prompt"), `k"{{.Prompt}} `))
		ok = ok && err == nil && headerErr == nil && slices.Contains(prompts, body.Q) && header == body.Q && inPath == body.Q
		ok = ok && query.Get("id") == "7" && query.Get("q") == body.Q && query.Get("again") == body.Q && len(query) == 3
		w.Header().Set("Content-Type", "application/problem+json")
		fmt.Fprintf(w, `{"ok":%v}`, ok)
	})
	sum := summarize(t, run(t, fmt.Sprintf(`
name: prompts
target:
  dialect: http
  url: %q
  query: {again: "{{.Prompt}}"}
  headers: {X-Prompt: "${env:FIELD_KEY} {{urlquery .Prompt}}"}
  http: {path: "/ask/{{.Prompt}}?q={{.Prompt}}", body: '{"q": {{json .Prompt}}}', success: 'body.ok && header["content-type"] contains "json"'}
prompts: {file: %q}
load: {warmup: 0s, open: {rate: 200, arrivals: constant, duration: 100ms}}
`, s.URL+"?id=7", file)))
	if arm := sum.Arms[0]; arm.Answered != 20 || arm.Due != 20 {
		t.Errorf("%d of %d prompts answered, expected 20 of 20: %v", arm.Answered, arm.Due, arm.Errors)
	}
}

// A server that ignores max_completion_tokens and a model that no server has are warned of in
// the record.
func TestIgnoredFieldsAreWarnedOf(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			MaxTokens int `json:"max_tokens"`
		}
		if json.NewDecoder(r.Body).Decode(&body) != nil || body.MaxTokens == 0 {
			body.MaxTokens = 700
		}
		chat(w, r, body.MaxTokens)
	})
	scenario := `
name: ignored
target: {dialect: openai, url: %q, auth: {scheme: none}%s}
prompts: {max_tokens: 32}
load: {warmup: 0s, open: {rate: 40, arrivals: constant, duration: 100ms}}
`
	const model = "target.model is not set: requests to http://localhost:"
	long := "arm all: 4 answers have more output tokens than the 32 asked for, up to 700: the server may ignore max_completion_tokens and know max_tokens (target.max_tokens_field: max_tokens, or both)"
	for keys, want := range map[string]struct{ long, model bool }{
		"": {true, true}, ", model: m": {true, false}, ", model: m, max_tokens_field: both": {false, false},
		", body: {model: m, max_tokens: 700}": {false, false},
	} {
		warnings := summarize(t, run(t, fmt.Sprintf(scenario, s.URL, keys))).Warnings
		said := strings.Join(warnings, "\n")
		if strings.Contains(said, long) != want.long || strings.Contains(said, model) != want.model {
			t.Errorf("%q: the warnings are %q", keys, warnings)
		}
	}
}

// A connection that is refused carries no request: nothing of it can be billed, and no warning says that. Where the machine is
// late, and the server listens before it is asked for the first time, it comes later.
func TestRefusedConnectionsAreNotBilled(t *testing.T) {
	for after := 200 * time.Millisecond; ; after *= 3 {
		rec := runAgainstLateServer(t, after)
		totals := rec.Arms[0].Totals
		if totals.Attempts < 7 && after < 10*time.Second {
			continue // none was refused
		}
		if warnings := strings.Join(summarize(t, rec).Warnings, "\n"); totals.Unsettled != 0 || totals.Attempts < 7 || strings.Contains(warnings, "billed") {
			t.Errorf("%d of %d attempts are unsettled: %s", totals.Unsettled, totals.Attempts, warnings)
		}
		return
	}
}

// runAgainstLateServer runs a load of five requests against a server that does not listen until some time has passed.
func runAgainstLateServer(t *testing.T, after time.Duration) *record.Record {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { chat(w, r, 4) }))
	_ = server.Listener.Close()
	started := make(chan error, 1)
	begin := time.AfterFunc(after, func() {
		var err error
		if server.Listener, err = net.Listen("tcp", address); err == nil {
			server.Start()
		}
		started <- err
	})
	defer begin.Stop()
	rec := run(t, `
name: late
target: {dialect: openai, url: "http://`+address+`", model: m, auth: {scheme: none}}
prices: {models: {m: {input: 1, output: 2}}}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 50ms}}
experiment: {blocks: 1}
`)
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	server.Close()
	return rec
}
