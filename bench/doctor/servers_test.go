package doctor_test

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/doctor"
	"weighbridge/bench/forecast"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/outbound"
)

// answer is a Chat Completion.
const answer = `{"id":"1","object":"chat.completion","model":"small-2026","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":12,"completion_tokens":16,"total_tokens":28}}`

// says answers every request with headers, a status and a body.
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// streams answers after a while with pieces of output, flushed one by one with a pause or all at once.
func streams(after time.Duration, pieces int, pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		time.Sleep(after)
		for range pieces {
			fmt.Fprint(w, `data: {"model":"small","choices":[{"index":0,"delta":{"content":"word "}}]}`+"\n\n")
			if pause > 0 {
				w.(http.Flusher).Flush()
				time.Sleep(pause)
			}
		}
		fmt.Fprintf(w, `data: {"model":"small","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":%d}}`+"\n\ndata: [DONE]\n\n", pieces)
	}
}

// refused is an error of OpenAI.
func refused(code string) string {
	return fmt.Sprintf(`{"error":{"message":"that is refused","type":"invalid_request_error","code":%q}}`, code)
}

// scenarioText is a scenario of an API with a server at a URL, and a run of a minute.
func scenarioText(t *testing.T, url string) string {
	return `
name: examined
target: {dialect: openai, url: "` + url + `/v1", model: small, auth: {key: "` + secret(t, "a-key-of-a-test") + `"}}
client: {timeout: 5m, connect_timeout: 5m}
load: {open: {rate: 2, duration: 60s}}
budget: {requests: 1000}
`
}

func scenario(t *testing.T, url string, sets ...string) *scenarios.Scenario {
	t.Helper()
	return parse(t, scenarioText(t, url), sets...)
}

func parse(t *testing.T, source string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// examine returns the report on a scenario whose only host off loopback is api.example.test.
func examine(t *testing.T, s *scenarios.Scenario, servers bench.Servers) *doctor.Report {
	t.Helper()
	told, err := forecast.New(s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := doctor.Examine(t.Context(), doctor.Options{Forecast: told, FreeFiles: 2000, Options: bench.Options{
		Scenario: s, Servers: servers, Secrets: &target.Redactor{}, Allowed: outbound.Allowed{{Host: "api.example.test"}, {Host: "example.com"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// texts are the findings in lines.
func texts(list []doctor.Finding) string {
	var lines []string
	for _, f := range list {
		lines = append(lines, f.Says)
	}
	return strings.Join(lines, "\n")
}

// caFile writes the certificate of a server to a file.
func caFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// jwt is a token that expires at a time; nobody verifies it.
func jwt(expires time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"exp":%d}`, expires.Unix())) + ".c2ln"
}

// secret writes a secret to a file, and returns the reference to it.
func secret(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "${file:" + path + "}"
}
