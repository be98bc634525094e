package field

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// provider is a fake of a provider's API: it knows one path and one credential, refuses what the
// real one refuses, in its words, and answers in its own way.
type provider struct {
	// path is that of the requests, with the query.
	path string
	// header and value are the credential.
	header, value string
	// check returns what is wrong with a request that has the right path and credential; "" if nothing.
	check func(r *http.Request, body map[string]any) string
	// format renders an error; OpenAI's way unless set.
	format func(status int, message string) string
	// unknown and denied are the messages for a wrong path and a wrong credential.
	unknown, denied string
	deniedAs        int // the status; 401 unless set
	answer          string
	kind            string // the content type of the answer; text/event-stream unless set
}

func (p provider) handle(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	raw, _ := io.ReadAll(r.Body)
	status, message := 0, ""
	switch {
	case r.Method != http.MethodPost || r.URL.RequestURI() != p.path:
		status, message = http.StatusNotFound, p.unknown
	case r.Header.Get(p.header) != p.value:
		status, message = max(p.deniedAs, http.StatusUnauthorized), p.denied
		if p.deniedAs != 0 {
			status = p.deniedAs
		}
	case json.Unmarshal(raw, &body) != nil:
		status, message = http.StatusBadRequest, "the body is not JSON"
	default:
		if message = p.check(r, body); message != "" {
			status = http.StatusBadRequest
		}
	}
	if status != 0 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if p.format == nil {
			p.format = openaiError
		}
		io.WriteString(w, p.format(status, message))
		return
	}
	if p.kind == "" {
		p.kind = "text/event-stream"
	}
	w.Header().Set("Content-Type", p.kind)
	io.WriteString(w, p.answer)
}

// Errors as the providers render them: a code as a text, a number, in a list, or as Anthropic's.
func openaiError(_ int, message string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":"invalid_request_error","param":null,"code":null}}`, message)
}

func azureError(status int, message string) string {
	return fmt.Sprintf(`{"error":{"code":"%d","message":%q}}`, status, message)
}

func numberError(status int, message string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"code":%d}}`, message, status)
}

func googleError(status int, message string) string {
	return fmt.Sprintf(`[{"error":{"code":%d,"message":%q,"status":"INVALID_ARGUMENT"}}]`, status, message)
}

func anthropicError(_ int, message string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","message":%q}}`, message)
}

// wants returns a check that the body has these fields: the value of one, or any if it is "*";
// those of the value "" must be missing.
func wants(fields map[string]string) func(*http.Request, map[string]any) string {
	return func(_ *http.Request, body map[string]any) string {
		for name, want := range fields {
			switch got, given := body[name]; {
			case want == "" && given:
				return name + ": Extra inputs are not permitted"
			case want != "" && !given:
				return name + ": Field required"
			case want != "" && want != "*" && fmt.Sprint(got) != want:
				return "Unknown " + name + ": " + fmt.Sprint(got)
			}
		}
		return ""
	}
}

const vertexPath = "/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/claude-haiku-4-5@20251001:"

// providers are the fakes by the name of the scenario in scenarios/providers.
func providers() map[string]provider {
	text := chunk(`"content":"tok "`)
	filters := `data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}` + "\n\n"
	flat := func(steps []step) (all string) {
		for _, s := range steps {
			all += s.text
		}
		return all
	}
	completion := text + finish("stop") + openaiUsage(usual) + done
	aMessage := flat(message(`,"usage":{"input_tokens":100,"output_tokens":1}`, []step{{text: block("text") + blockDelta("text_delta", "text")}}, `,"usage":{"output_tokens":10}`, "end_turn"))
	aResponse := flat(response([]step{{text: responseDelta("output_text")}}, responseEnd("completed", "completed", responseUsage("0"))))
	noHeader := func(next func(*http.Request, map[string]any) string) func(*http.Request, map[string]any) string {
		return func(r *http.Request, body map[string]any) string {
			if r.Header.Get("Anthropic-Version") != "" {
				return "anthropic-version: the version is expected in the body"
			}
			return next(r, body)
		}
	}
	withHeader := func(r *http.Request, _ map[string]any) string {
		if r.Header.Get("Anthropic-Version") != "2023-06-01" {
			return "anthropic-version: header is required"
		}
		return ""
	}
	const subscription = "Access denied due to invalid subscription key or wrong API endpoint."
	vertex := provider{
		path: vertexPath + "streamRawPredict", header: "Authorization", value: "Bearer k", unknown: "Publisher Model was not found",
		denied: "Request had invalid authentication credentials.", format: anthropicError, answer: aMessage,
		check: noHeader(wants(map[string]string{"model": "", "anthropic_version": "vertex-2023-10-16", "max_tokens": "*", "stream": "true"})),
	}
	whole := vertex
	whole.path, whole.kind = vertexPath+"rawPredict", "application/json"
	whole.check = noHeader(wants(map[string]string{"model": "", "anthropic_version": "vertex-2023-10-16", "max_tokens": "*", "stream": ""}))
	whole.answer = `{"type":"message","content":[{"type":"text","text":"tok "}],"stop_reason":"end_turn","usage":{"input_tokens":100,"output_tokens":10}}`
	return map[string]provider{
		"azure-deployment": {
			path: "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21", header: "Api-Key", value: "k",
			unknown: "Resource not found", denied: subscription, format: azureError, answer: filters + completion,
			check: wants(map[string]string{"stream": "true"}),
		},
		"azure-v1": {
			path: "/openai/v1/responses", header: "Api-Key", value: "k", unknown: "Resource not found", denied: subscription, format: azureError,
			answer: aResponse, check: wants(map[string]string{"model": "my-deployment", "input": "*", "max_output_tokens": "*"}),
		},
		"openrouter": {
			path: "/api/v1/chat/completions", header: "Authorization", value: "Bearer k", unknown: "Not Found", denied: "No cookie auth credentials found",
			format: numberError, answer: ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + completion,
			check: wants(map[string]string{"model": "openai/gpt-oss-120b", "provider": "map[allow_fallbacks:false order:[groq]]"}),
		},
		"gemini": {
			path: "/v1beta/openai/chat/completions", header: "Authorization", value: "Bearer k", denied: "API key not valid. Please pass a valid API key.",
			deniedAs: 400, format: googleError, answer: completion, check: wants(map[string]string{"model": "gemini-2.5-flash", "reasoning_effort": "none"}),
		},
		"bedrock-mantle": {
			path: "/v1/responses", header: "Authorization", value: "Bearer k", unknown: "The model isn't supported on this route", denied: "Invalid API key",
			answer: aResponse, check: wants(map[string]string{"model": "openai.gpt-oss-120b", "input": "*"}),
		},
		"bedrock-mantle-claude": {
			path: "/anthropic/v1/messages", header: "Authorization", value: "Bearer k", denied: "Invalid API key", format: anthropicError, answer: aMessage,
			check: withHeader,
		},
		"vertex-claude": vertex, "vertex-claude-whole": whole,
	}
}

// providerScenario returns a scenario of scenarios/providers with changes, for the server at url.
func providerScenario(t *testing.T, name, url string, changes ...string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("../../../scenarios/providers", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`https://[^/]+`).ReplaceAllString(string(source), url)
	text = strings.NewReplacer(append(changes, "rate: 1, duration: 30s", "rate: 20, arrivals: constant, duration: 50ms")...).Replace(text)
	text = strings.Replace(text, "load: {open", "load: {warmup: 0s, open", 1)
	return text + "client: {timeout: 60s}\n"
}

// askProvider returns a function that runs the scenario of a provider against its fake.
func askProvider(t *testing.T, name string, changes ...string) func() (*record.Record, error) {
	t.Helper()
	server := serve(t, providers()[name].handle)
	source := providerScenario(t, strings.TrimSuffix(name, "-whole"), server.URL, changes...)
	s, err := scenarios.Parse(name+".yaml", []byte(source), scenarios.Changes{})
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	return func() (*record.Record, error) {
		return bench.Run(t.Context(), bench.Options{Scenario: s, Source: []byte(source), Observe: func(bench.Progress) {}})
	}
}

func setProviderKeys(t *testing.T) {
	for _, key := range []string{"AZURE_OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"} {
		t.Setenv(key, "k")
	}
	folder := t.TempDir() // for a command gcloud that prints a token
	if err := os.WriteFile(filepath.Join(folder, "gcloud"), []byte("#!/bin/sh\n[ \"$*\" = 'auth print-access-token' ] && echo k\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// vertexWhole changes the scenario of Vertex AI to answers that are not streamed.
var vertexWhole = []string{"streamRawPredict", "rawPredict", "stream: true", "stream: false"}

// The scenario of each provider, as the manual has it, is answered by a server with the provider's rules.
func TestProvidersAnswerTheirScenarios(t *testing.T) {
	setProviderKeys(t)
	files, err := filepath.Glob("../../../scenarios/providers/*.yaml")
	if err != nil || len(files) != len(providers())-1 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for name := range providers() {
		var changes []string
		if name == "vertex-claude-whole" {
			changes = vertexWhole
		}
		rec, err := askProvider(t, name, changes...)()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		arm := summarize(t, rec).Arms[0] // whose tokens are also those of the request before the load
		if arm.Due == 0 || arm.Answered != arm.Due || *arm.Tokens.Output != 10*uint64(arm.Due+1) || *arm.Tokens.Input != 100*uint64(arm.Due+1) {
			t.Errorf("%s: %d of %d prompts answered: %v, %d tokens", name, arm.Answered, arm.Due, arm.Errors, *arm.Tokens.Output)
		}
	}
}

// What a provider refuses is refused in its own words.
func TestProvidersRefuse(t *testing.T) {
	setProviderKeys(t)
	var together sync.WaitGroup
	defer together.Wait()
	for _, c := range []struct {
		provider string
		changes  []string
		want     string
	}{
		{"azure-deployment", []string{"?api-version=2024-10-21", ""}, "client 404: Resource not found"},
		{"azure-deployment", []string{"header: api-key, ", ""}, "invalid subscription key"},
		{"azure-deployment", []string{"model: my-deployment", "model: other"}, "client 404: Resource not found"},
		{"azure-v1", []string{"/openai/v1", "/v1"}, "client 404: Resource not found"},
		{"azure-v1", []string{"header: api-key, ", ""}, "invalid subscription key"},
		{"openrouter", []string{"/api/v1", ""}, "client 404: Not Found"},
		{"openrouter", []string{"header: api-key, ", "", "auth: {", "auth: {header: api-key, "}, "No cookie auth"},
		{"gemini", []string{"auth: {", "auth: {header: x-api-key, "}, "client 400: API key not valid"},
		{"bedrock-mantle", []string{"/v1", "/openai/v1"}, "isn't supported on this route"},
		{"bedrock-mantle-claude", []string{"header: authorization, ", ""}, "Invalid API key"},
		{"bedrock-mantle-claude", []string{`version: "2023-06-01"`, "version: none"}, "client 400: anthropic-version: header is required"},
		{"vertex-claude", []string{"streamRawPredict", "rawPredict"}, "client 404: Publisher Model was not found"},
		{"vertex-claude", []string{"model: null, ", ""}, "client 400: model: Extra inputs"},
		{"vertex-claude", []string{", anthropic_version: vertex-2023-10-16", ""}, "client 400: anthropic_version: Field required"},
		{"vertex-claude", []string{"{scheme: exec, command: [gcloud, auth, print-access-token]}", "{key: \"${env:GEMINI_API_KEY}\"}"}, "invalid authentication credentials"},
		{"vertex-claude", []string{"version: none", `version: "2023-06-01"`}, "client 400: anthropic-version: the version is expected in the body"},
	} {
		ask := askProvider(t, c.provider, c.changes...)
		together.Go(func() { // a run without a success waits before it gives up
			if _, err := ask(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s with %q: %v; want %q", c.provider, c.changes, err, c.want)
			}
		})
	}
}
