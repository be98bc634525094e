package dialect

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/target"
)

func batchesOf(t *testing.T, cfg target.Config) target.BatchAPI {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d.(target.Batching).Batches()
}

func baseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// sentText is a request as it is sent: its first line, the headers that matter, its body.
func sentText(t *testing.T, req *http.Request, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	body := ""
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = "\n" + strings.ReplaceAll(string(raw), "\r\n", "\n")
	}
	head := req.Method + " " + req.URL.RequestURI()
	for _, name := range []string{"Content-Type", "Anthropic-Version", "Anthropic-Beta"} {
		if value := req.Header.Get(name); value != "" {
			head += "\n" + name + ": " + value
		}
	}
	return head + body
}

func TestRequestsOfBatches(t *testing.T) {
	prompts := [][]byte{[]byte(`{"model":"m","a":1}`), []byte(`{"model":"m","a":"\n"}`)}
	base := baseURL(t, "https://api.example.com")
	messages := batchesOf(t, target.Config{Dialect: "anthropic", Model: "m", Version: "2023-06-01"})
	chat := batchesOf(t, target.Config{Dialect: "openai", Model: "m"})
	results := func(api target.BatchAPI, state target.BatchState) (all string) {
		requests, err := api.Results(base, state)
		for _, req := range requests {
			all += sentText(t, req, err) + "\n"
		}
		return all
	}
	for _, row := range []struct {
		name string
		got  func() string
		want string
	}{
		{"anthropic creates", func() string {
			req, err := messages.Create(base, prompts, "", http.Header{"Anthropic-Beta": {"b"}})
			return sentText(t, req, err)
		}, `POST /v1/messages/batches
Content-Type: application/json
Anthropic-Version: 2023-06-01
Anthropic-Beta: b
{"requests":[{"custom_id":"prompt-0","params":{"model":"m","a":1}},{"custom_id":"prompt-1","params":{"model":"m","a":"\n"}}]}`},
		{"anthropic lists", func() string { req, err := messages.List(base); return sentText(t, req, err) }, "GET /v1/messages/batches?limit=1\nAnthropic-Version: 2023-06-01"},
		{"anthropic polls", func() string { req, err := messages.Poll(base, "b/1"); return sentText(t, req, err) }, "GET /v1/messages/batches/b%2F1\nAnthropic-Version: 2023-06-01"},
		{"anthropic cancels", func() string { req, err := messages.Cancel(base, "b1"); return sentText(t, req, err) }, "POST /v1/messages/batches/b1/cancel\nContent-Type: application/json\nAnthropic-Version: 2023-06-01\n"},
		{"anthropic fetches", func() string { return results(messages, target.BatchState{ID: "b1"}) }, "GET /v1/messages/batches/b1/results\nAnthropic-Version: 2023-06-01\n"},
		{"openai uploads", func() string { req, err := chat.Upload(base, prompts); return sentText(t, req, err) }, `POST /v1/files
Content-Type: multipart/form-data; boundary=weighbridge-batch
--weighbridge-batch
Content-Disposition: form-data; name="purpose"

batch
--weighbridge-batch
Content-Disposition: form-data; name="file"; filename="batch.jsonl"
Content-Type: application/octet-stream

{"custom_id":"prompt-0","method":"POST","url":"/v1/chat/completions","body":{"model":"m","a":1}}
{"custom_id":"prompt-1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","a":"\n"}}

--weighbridge-batch--
`},
		{"openai creates", func() string { req, err := chat.Create(base, prompts, "file-1", nil); return sentText(t, req, err) }, `POST /v1/batches
Content-Type: application/json
{"input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h"}`},
		{"openai lists", func() string { req, err := chat.List(base); return sentText(t, req, err) }, "GET /v1/batches?limit=1"},
		{"openai fetches", func() string { return results(chat, target.BatchState{ID: "b1", Files: []string{"f1", "f2"}}) }, "GET /v1/files/f1/content\nGET /v1/files/f2/content\n"},
	} {
		if diff := cmp.Diff(row.want, row.got()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestAddressesOfBatches(t *testing.T) {
	for _, row := range []struct{ dialect, base, want string }{
		{"openai", "https://h", "/v1/batches/b"},
		{"openai", "https://h/v1/", "/v1/batches/b"},
		{"openai", "https://h/openai/v1?api-version=1", "/openai/v1/batches/b?api-version=1"},
		{"openai", "https://h/v1/chat/completions", "/v1/batches/b"},
		{"responses", "https://h/v1/responses", "/v1/batches/b"},
		{"anthropic", "https://h/anthropic", "/anthropic/v1/messages/batches/b"},
		{"anthropic", "https://h/v1/messages", "/v1/messages/batches/b"},
	} {
		req, err := batchesOf(t, target.Config{Dialect: row.dialect}).Poll(baseURL(t, row.base), "b")
		if err != nil || req.URL.RequestURI() != row.want {
			t.Errorf("%s on %s: %v, %v, want %s", row.dialect, row.base, req.URL, err, row.want)
		}
	}
	req, err := batchesOf(t, target.Config{Dialect: "openai"}).List(baseURL(t, "https://h/openai?api-version=1"))
	if err != nil || req.URL.RequestURI() != "/openai/batches?api-version=1&limit=1" {
		t.Errorf("%v, %v", req.URL, err)
	}
}

func TestStatesOfBatches(t *testing.T) {
	at := func(text string) time.Time { t, _ := time.Parse(time.RFC3339, text); return t }
	messages, chat := batchesOf(t, target.Config{Dialect: "anthropic"}), batchesOf(t, target.Config{Dialect: "openai"})
	for _, row := range []struct {
		api   target.BatchAPI
		body  string
		want  target.BatchState
		wrong string
	}{
		{messages, `{"id":"b","processing_status":"canceling","created_at":"2026-11-27T10:00:00Z","ended_at":null}`, target.BatchState{ID: "b", Status: "canceling", Created: at("2026-11-27T10:00:00Z")}, ""},
		{messages, `{"id":"b","processing_status":"ended","created_at":"2026-11-27T10:00:00Z","ended_at":"2026-11-27T10:05:00.5Z"}`, target.BatchState{ID: "b", Status: "ended", Ended: true, Created: at("2026-11-27T10:00:00Z"), EndedAt: at("2026-11-27T10:05:00.5Z"), Precision: time.Second}, ""},
		{messages, `{"id":"b","processing_status":"ended","created_at":5,"ended_at":"soon"}`, target.BatchState{ID: "b", Status: "ended", Ended: true, Created: time.Unix(5, 0)}, ""},
		{messages, `{"id":"b"}`, target.BatchState{}, "no processing_status"},
		{messages, `{"id":"..","processing_status":"ended"}`, target.BatchState{}, "no id"},
		{messages, `<html>`, target.BatchState{}, "not a message batch"},
		{chat, `{"id":"b","status":"queued"}`, target.BatchState{ID: "b", Status: "queued"}, ""},
		{chat, `{"id":"b","status":"completed","output_file_id":null,"error_file_id":"e","created_at":10,"completed_at":70}`, target.BatchState{ID: "b", Status: "completed", Ended: true, Files: []string{"e"}, Created: time.Unix(10, 0), EndedAt: time.Unix(70, 0), Precision: time.Second}, ""},
		{chat, `{"id":"b","status":"Completed","output_file_id":"o","error_file_id":"","created_at":"2026-11-27T10:00:00+00:00","completed_at":"2026-11-27T10:00:09+00:00"}`, target.BatchState{ID: "b", Status: "Completed", Ended: true, Files: []string{"o"}, Created: at("2026-11-27T10:00:00Z"), EndedAt: at("2026-11-27T10:00:09Z"), Precision: time.Second}, ""},
		{chat, `{"id":"b","status":"failed","errors":null}`, target.BatchState{ID: "b", Status: "failed", Ended: true, Failed: target.Outcome{Class: target.ClientErr, Failed: 1, Detail: "the batch failed, and does not say why"}}, ""},
		{chat, `{"status":"completed"}`, target.BatchState{}, "no id"},
		{chat, `[]`, target.BatchState{}, "not a batch"},
	} {
		got, err := row.api.ReadBatch([]byte(row.body))
		if row.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), row.wrong) {
				t.Errorf("%s: %v, want %s", row.body, err, row.wrong)
			}
			continue
		}
		got.Created, got.EndedAt = got.Created.UTC(), got.EndedAt.UTC()
		row.want.Created, row.want.EndedAt = row.want.Created.UTC(), row.want.EndedAt.UTC()
		if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", row.body, err, diff)
		}
	}
}
