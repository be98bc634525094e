package api_test

import (
	"bytes"
	"cmp"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/api"
)

// upload returns a form with a file of lines, and the header that goes with it.
func upload(purpose, content string) (http.Header, string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	form.SetBoundary("boundary") // it is one that is allowed
	form.WriteField("purpose", purpose)
	part, _ := form.CreateFormFile("file", "lines.jsonl") // a buffer takes it
	part.Write([]byte(content))
	form.Close()
	return http.Header{"Content-Type": {form.FormDataContentType()}}, b.String()
}

// chatLine is a line of a batch's file.
func chatLine(id string) string {
	return fmt.Sprintf(`{"custom_id":%q,"method":"POST","url":"/v1/chat/completions","body":%s}`+"\n", id, chatWith(""))
}

const batchOfFile = `{"input_file_id":%q,"endpoint":%q,"completion_window":"24h"}`

type openAIBatch struct {
	ID, Status string
	Output     *string                                `json:"output_file_id"`
	Failed     *string                                `json:"error_file_id"`
	Counts     struct{ Total, Completed, Failed int } `json:"request_counts"`
	Errors     *struct {
		Data []batchError
	}
}

// batchError is an invalid line of a batch.
type batchError struct {
	Code, Param string
	Line        int
}

// String is the code, the parameter or -, and the line or 0.
func (e batchError) String() string {
	return fmt.Sprint(e.Code, " ", cmp.Or(e.Param, "-"), " ", e.Line)
}

// file uploads lines, and returns the file's ID.
func (m *mock) file(lines string) string {
	m.t.Helper()
	header, body := upload("batch", lines)
	response, err := m.askWith(header, "POST", "/v1/files", body)
	if err != nil {
		m.t.Fatal(err)
	}
	var f struct{ ID string }
	decode(m.t, response.Body, &f)
	return f.ID
}

// fileBatch creates a batch of lines at an endpoint.
func (m *mock) fileBatch(lines, endpoint string) (b openAIBatch) {
	m.t.Helper()
	decode(m.t, m.mustAsk("POST", "/v1/batches", fmt.Sprintf(batchOfFile, m.file(lines), endpoint)), &b)
	return b
}

func (m *mock) fileBatchNow(id string) (b openAIBatch) {
	m.t.Helper()
	decode(m.t, m.mustAsk("GET", "/v1/batches/"+id, ""), &b)
	return b
}

// lines returns the lines of a file in the order of their custom IDs.
func (m *mock) lines(id *string) []string {
	m.t.Helper()
	if id == nil {
		return nil
	}
	text := string(m.mustAsk("GET", "/v1/files/"+*id+"/content", ""))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.SortFunc(lines, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, "custom_id"):], b[strings.Index(b, "custom_id"):])
	})
	return lines
}

func TestOpenAIBatchGoesThroughItsStatuses(t *testing.T) {
	m := newMock(t, api.OpenAI())
	b := m.fileBatch(chatLine("a")+"\n"+chatLine("b")+chatLine("c")+chatLine("d"), "/v1/chat/completions")
	var seen []string
	for range 21 {
		now := m.fileBatchNow(b.ID)
		if at := fmt.Sprintf("%s %d/%d", now.Status, now.Counts.Completed, now.Counts.Total); len(seen) == 0 || seen[len(seen)-1] != at {
			seen = append(seen, at)
		}
		m.advance(500 * time.Millisecond)
	}
	want := "validating 0/0, in_progress 0/4, in_progress 1/4, in_progress 2/4, in_progress 3/4, finalizing 3/4, completed 4/4"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if ended := m.fileBatchNow(b.ID); ended.Failed != nil || len(m.lines(ended.Output)) != 4 {
		t.Errorf("%+v: %q", ended, m.lines(ended.Output))
	}
}

// The files of a batch hold the answers, as they are without a batch, and the failures.
func TestOpenAIBatchFilesMatchGolden(t *testing.T) {
	m := newMock(t, api.OpenAI())
	m.failure = func(index int) string { return map[int]string{1: "it broke"}[index] }
	line := func(id, body string) string {
		return fmt.Sprintf(`{"custom_id":%q,"method":"POST","url":"/v1/responses","body":%s}`+"\n", id, body)
	}
	b := m.fileBatch(line("a", responseWith("")), "/v1/responses")
	two := m.fileBatch(line("a", responseWith(`,"store":false`))+line("b", responseWith(""))+line("c", responseWith(`,"max_output_tokens":1`)), "/v1/responses")
	m.advance(time.Minute)
	out := string(m.mustAsk("GET", "/v1/batches/"+b.ID, "")) + "\n" + strings.Join(m.lines(m.fileBatchNow(b.ID).Output), "\n")
	ended := m.fileBatchNow(two.ID)
	out += "\n" + string(m.mustAsk("GET", "/v1/files/"+*ended.Failed, "")) + "\n" + strings.Join(slices.Concat(m.lines(ended.Output), m.lines(ended.Failed)), "\n")
	golden.Check(t, renderedPath("openai_batch_files"), out+"\n")
}

func TestCanceledOpenAIBatchKeepsWhatIsDone(t *testing.T) {
	m := newMock(t, api.OpenAI())
	b := m.fileBatch(chatLine("a")+chatLine("b"), "/v1/chat/completions")
	m.advance(6 * time.Second)
	var now openAIBatch
	decode(t, m.mustAsk("POST", "/v1/batches/"+b.ID+"/cancel", ""), &now)
	if now.Status != "cancelling" {
		t.Errorf("at once: %+v", now)
	}
	m.advance(time.Second)
	now = m.fileBatchNow(b.ID)
	if failed := m.lines(now.Failed); now.Status != "cancelled" || now.Counts.Completed != 1 || now.Counts.Failed != 1 ||
		len(m.lines(now.Output)) != 1 || !strings.Contains(failed[0], "batch_cancelled") {
		t.Errorf("later: %+v, %q", now, failed)
	}
	decode(t, m.mustAsk("POST", "/v1/batches/"+b.ID+"/cancel", ""), &now)
	if now.Status != "cancelled" {
		t.Errorf("canceled again: %+v", now)
	}
	done := m.fileBatch(chatLine("a"), "/v1/chat/completions")
	m.advance(time.Minute)
	if _, err := m.ask("POST", "/v1/batches/"+done.ID+"/cancel", ""); status(err) != 409 {
		t.Errorf("canceled after its end: %v", err)
	}
}

func TestOpenAIBatchThatTakesTooLongExpires(t *testing.T) {
	m := newMock(t, api.OpenAI())
	m.batchDuration = 40 * time.Hour
	b := m.fileBatch(chatLine("a")+chatLine("b"), "/v1/chat/completions")
	m.advance(25 * time.Hour)
	if now := m.fileBatchNow(b.ID); now.Status != "expired" || len(m.lines(now.Output)) != 1 || !strings.Contains(m.lines(now.Failed)[0], "batch_expired") {
		t.Errorf("%+v", now)
	}
}

// A file with a line that is no request makes the whole batch fail.
func TestOpenAIBatchesOfInvalidFilesFail(t *testing.T) {
	for lines, want := range map[string]string{
		"\n\n":                               "empty_file - 0",
		chatLine("a") + "{\n":                "invalid_json_line - 2",
		chatLine("a") + "\n" + chatLine("a"): "duplicate_custom_id custom_id 3",
		`{"custom_id":"a"}`:                  "missing_required_parameter method 1",
		strings.Replace(chatLine("a"), "POST", "GET", 1):                                                                  "invalid_request method 1",
		strings.Replace(chatLine("a"), "chat/completions", "responses", 1):                                                "invalid_url url 1",
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":7}`:                                         "invalid_request body 1",
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"messages":[]}}`:                           "invalid_request body.model 1",
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}`:                             "invalid_request body.messages 1",
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[],"stream":true}}`: "streaming_unsupported body.stream 1",
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[]}}` + "\n" +
			`{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"n","messages":[]}}`: "model_mismatch body.model 2",
	} {
		m := newMock(t, api.OpenAI())
		b := m.fileBatch(lines, "/v1/chat/completions")
		m.advance(time.Minute)
		now := m.fileBatchNow(b.ID)
		if now.Status != "failed" || now.Errors == nil || now.Errors.Data[0].String() != want || now.Output != nil {
			t.Errorf("%q: %+v %+v, want %s", lines, now, now.Errors, want)
		}
	}
}

func TestBadOpenAIBatchRequestsAreRefused(t *testing.T) {
	m := newMock(t, api.OpenAI())
	id := m.file(chatLine("a"))
	for _, c := range []struct{ body, want string }{
		{`{}`, "Missing required parameter: 'input_file_id'."},
		{fmt.Sprintf(batchOfFile, "file-none", "/v1/responses"), "Invalid file id"},
		{fmt.Sprintf(batchOfFile, id, "/v1/embeddings"), "Supported values"},
		{strings.Replace(fmt.Sprintf(batchOfFile, id, "/v1/responses"), "24h", "1h", 1), "'24h'"},
		{`{"input_file_id":7,"endpoint":"x","completion_window":"24h"}`, "Invalid type"},
	} {
		if _, err := m.ask("POST", "/v1/batches", c.body); status(err) != 400 || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.body, err, c.want)
		}
	}
	for path, want := range map[string]string{"GET /v1/files/x": "No such File", "DELETE /v1/files/x": "No such File", "GET /v1/files/x/content": "No such File", "GET /v1/batches/x": "No batch found"} {
		method, target, _ := strings.Cut(path, " ")
		if _, err := m.ask(method, target, ""); status(err) != 404 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, c := range []struct{ purpose, content, want string }{
		{"fine-tune", "a", "purpose of this mock"}, {"", "a", "'purpose'"}, {"batch", "", "File is empty"},
	} {
		header, body := upload(c.purpose, c.content)
		if _, err := m.askWith(header, "POST", "/v1/files", body); status(err) != 400 || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := m.ask("POST", "/v1/files", "x"); status(err) != 400 || !strings.Contains(err.Error(), "multipart/form-data") {
		t.Errorf("no form: %v", err)
	}
}

// A store keeps no more than its limits, and a deleted file is gone.
func TestFilesAreForgotten(t *testing.T) {
	m := newMock(t, api.OpenAI())
	limits := api.DefaultBatchLimits()
	limits.Batches, limits.Bytes = 3, 3*len(chatLine("a"))
	m.files = api.NewFiles(limits)
	first := m.file(chatLine("a"))
	var last string
	for range 3 {
		last = m.file(chatLine("a"))
	}
	if _, err := m.ask("GET", "/v1/files/"+first, ""); status(err) != 404 {
		t.Errorf("the oldest file: %v", err)
	}
	m.mustAsk("DELETE", "/v1/files/"+last, "")
	if _, err := m.ask("GET", "/v1/files/"+last, ""); status(err) != 404 {
		t.Errorf("a deleted file: %v", err)
	}
	header, body := upload("batch", strings.Repeat("x", 4*len(chatLine("a"))))
	if _, err := m.askWith(header, "POST", "/v1/files", body); status(err) != 413 {
		t.Errorf("a file that is too large: %v", err)
	}
	for range 5 {
		m.fileBatch(chatLine("a"), "/v1/chat/completions")
	}
	var page struct {
		Data []openAIBatch
		More bool `json:"has_more"`
	}
	decode(t, m.mustAsk("GET", "/v1/batches?limit=2", ""), &page)
	if len(page.Data) != 2 || !page.More {
		t.Errorf("%+v", page)
	}
	after := page.Data[1].ID
	decode(t, m.mustAsk("GET", "/v1/batches?after="+after, ""), &page)
	if len(page.Data) != 1 || page.More {
		t.Errorf("after %s: %+v", after, page)
	}
	m.files.Reset()
	decode(t, m.mustAsk("GET", "/v1/batches", ""), &page)
	if len(page.Data) != 0 {
		t.Errorf("after a reset: %+v", page)
	}
}

func FuzzOpenAIBatch(f *testing.F) {
	f.Add(chatLine("a") + chatLine("b"))
	f.Add("{}\n\n" + chatLine("a"))
	f.Fuzz(func(t *testing.T, lines string) {
		m := newMock(t, api.OpenAI())
		header, body := upload("batch", lines)
		if _, err := m.askWith(header, "POST", "/v1/files", body); err != nil {
			return
		}
		b := m.fileBatch(lines, "/v1/chat/completions")
		m.advance(time.Minute)
		now := m.fileBatchNow(b.ID)
		if n := len(m.lines(now.Output)) + len(m.lines(now.Failed)); now.Status != "failed" && (now.Status != "completed" || n != now.Counts.Total || n == 0) {
			t.Fatalf("%q: %+v with %d lines", lines, now, n)
		}
	})
}

// The results of a batch are billed as they are fetched for the first time.
func TestBatchesAreBilledOnce(t *testing.T) {
	m := newMock(t, api.OpenAI())
	b := m.fileBatch(chatLine("a")+chatLine("b"), "/v1/chat/completions")
	m.advance(time.Minute)
	content := "/v1/files/" + *m.fileBatchNow(b.ID).Output + "/content"
	for _, want := range []bool{true, false} {
		response, err := m.ask("GET", content, "")
		if err != nil || (response.Usage.Output > 0) != want || (response.Usage.Input > 0) != want {
			t.Errorf("%+v, %v, billed: want %v", response.Usage, err, want)
		}
	}
}
