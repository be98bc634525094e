package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// openAIBatches is OpenAI's Batch API: the prompts are uploaded as a file of JSON lines (POST
// /v1/files), a batch is made of it (POST /v1/batches), and the results are in two further files,
// one of them for errors; either is missing where it would be empty.
type openAIBatches struct {
	batchEndpoint
	// path is the endpoint of the single prompts, as lines name it.
	path string
	// judge judges an answer to one prompt.
	judge func(status int, header http.Header, body []byte, prompts int) target.Outcome
}

// Batches is the API for batches.
func (o openai) Batches() target.BatchAPI {
	return openAIBatches{batchEndpoint{o.requests.at, "/chat/completions"}, "/v1/chat/completions", o.Judge}
}

// Batches is the API for batches.
func (r responses) Batches() target.BatchAPI {
	return openAIBatches{batchEndpoint{r.requests.at, "/responses"}, "/v1/responses", r.Judge}
}

// List asks for one batch.
func (o openAIBatches) List(base *url.URL) (*http.Request, error) {
	return o.get(base, "/batches?limit=1")
}

// uploadBoundary separates the parts of an upload. No line of a prompt begins with it: they are JSON
// objects.
const uploadBoundary = "weighbridge-batch"

// Upload uploads the prompts as a file.
func (o openAIBatches) Upload(base *url.URL, prompts [][]byte) (*http.Request, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.SetBoundary(uploadBoundary); err != nil {
		return nil, err
	}
	if err := form.WriteField("purpose", "batch"); err != nil {
		return nil, err
	}
	file, err := form.CreateFormFile("file", "batch.jsonl")
	if err != nil {
		return nil, err
	}
	for i, prompt := range prompts {
		if _, err := fmt.Fprintf(file, `{"custom_id":%q,"method":"POST","url":%q,"body":%s}`+"\n", target.CustomID(i), o.path, prompt); err != nil {
			return nil, err
		}
	}
	if err := form.Close(); err != nil {
		return nil, err
	}
	req, err := o.post(base, "/files", body.String())
	if err == nil {
		req.Header.Set("Content-Type", form.FormDataContentType())
	}
	return req, err
}

// ReadUpload returns the file's ID.
func (o openAIBatches) ReadUpload(body []byte) (string, error) {
	var f struct {
		ID string `json:"id"`
	}
	if err := unmarshal(body, &f); err != nil {
		return "", fmt.Errorf("the answer is not a file: %w", err)
	}
	return f.ID, checkID(f.ID)
}

// Create creates a batch of an uploaded file.
func (o openAIBatches) Create(base *url.URL, _ [][]byte, file string, _ http.Header) (*http.Request, error) {
	body := object{{"input_file_id", file}, {"endpoint", o.path}, {"completion_window", "24h"}}
	return o.post(base, "/batches", body.json())
}

// Poll asks for the state of a batch.
func (o openAIBatches) Poll(base *url.URL, id string) (*http.Request, error) {
	return o.get(base, "/batches/"+url.PathEscape(id))
}

// Cancel cancels a batch.
func (o openAIBatches) Cancel(base *url.URL, id string) (*http.Request, error) {
	return o.post(base, "/batches/"+url.PathEscape(id)+"/cancel", "")
}

// Results asks for the output file and the error file.
func (o openAIBatches) Results(base *url.URL, state target.BatchState) ([]*http.Request, error) {
	var all []*http.Request
	for _, file := range state.Files {
		req, err := o.get(base, "/files/"+url.PathEscape(file)+"/content")
		if err != nil {
			return nil, err
		}
		all = append(all, req)
	}
	return all, nil
}

// openAIBatch holds the fields read from a batch.
type openAIBatch struct {
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Output    string     `json:"output_file_id"`
	ErrorFile string     `json:"error_file_id"`
	Created   serverTime `json:"created_at"`
	Completed serverTime `json:"completed_at"`
	Failed    serverTime `json:"failed_at"`
	Expired   serverTime `json:"expired_at"`
	Cancelled serverTime `json:"cancelled_at"`
	Errors    struct {
		Data []json.RawMessage `json:"data"`
	} `json:"errors"`
}

// ReadBatch reads a batch.
func (o openAIBatches) ReadBatch(body []byte) (target.BatchState, error) {
	var b openAIBatch
	if err := unmarshal(body, &b); err != nil {
		return target.BatchState{}, fmt.Errorf("the answer is not a batch: %w", err)
	}
	if b.Status == "" {
		return target.BatchState{}, errors.New("the batch has no status")
	}
	state := target.BatchState{ID: b.ID, Status: b.Status}
	status := strings.ToLower(b.Status) // Azure's begin with a capital in some versions of its API
	switch status {
	case "completed", "expired", "cancelled", "canceled", "failed":
		state.Ended = true
	}
	for _, file := range []string{b.Output, b.ErrorFile} {
		if file != "" {
			state.Files = append(state.Files, file)
		}
	}
	if status == "failed" && len(state.Files) == 0 {
		state.Failed = b.failed()
	}
	setTimes(&state, b.Created, b.Completed, b.Failed, b.Expired, b.Cancelled)
	return state, checkID(b.ID)
}

// failed is the outcome of each prompt of a batch that failed as a whole. Its codes, such as
// token_limit_exceeded (of the tokens of all batches in the queue) and invalid_json_line, are not
// listed in OpenAI's reference; Azure's lists them.
func (b openAIBatch) failed() target.Outcome {
	if len(b.Errors.Data) == 0 {
		return failure(target.ClientErr, 1, "the batch failed, and does not say why")
	}
	var first apiError
	var place struct {
		Line *int `json:"line"`
	}
	_ = first.UnmarshalJSON(b.Errors.Data[0])    // it never fails
	_ = json.Unmarshal(b.Errors.Data[0], &place) // which may be missing
	class := target.ClientErr
	switch name := strings.ToLower(first.Code); {
	case strings.Contains(name, "limit"), strings.Contains(name, "quota"):
		class = target.RateLimit
	case strings.Contains(name, "internal"), strings.Contains(name, "server"):
		class = target.Server
	}
	at := ""
	if place.Line != nil {
		at = fmt.Sprintf(" in line %d", *place.Line)
	}
	return failure(class, 1, "the batch failed%s: %s", at, first.words())
}

// ReadResult reads a line of the output file or of the error file.
func (o openAIBatches) ReadResult(line []byte) (target.BatchResult, error) {
	var l struct {
		CustomID string `json:"custom_id"`
		Response *struct {
			Status int             `json:"status_code"`
			Body   json.RawMessage `json:"body"`
		} `json:"response"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return target.BatchResult{}, fmt.Errorf("the line is not JSON: %w", err)
	}
	r := target.BatchResult{CustomID: l.CustomID, Kind: target.BatchErrored}
	switch {
	case l.Response != nil && l.Response.Status != 0:
		r.Status = l.Response.Status
		r.Outcome = o.judge(r.Status, http.Header{"Content-Type": {typeJSON}}, l.Response.Body, 1)
		if r.Outcome.Class == target.Success {
			r.Kind = target.BatchSucceeded
		}
	case reportsError(l.Error):
		var e apiError
		_ = e.UnmarshalJSON(l.Error) // it never fails
		switch e.Code {
		case "batch_expired":
			r = unanswered(l.CustomID, target.BatchExpired, e.words())
		case "batch_cancelled":
			r = unanswered(l.CustomID, target.BatchCanceled, e.words())
		default:
			r.Outcome = failure(e.class(), 1, "errored: %s", e.words())
		}
	default:
		r.Outcome = failure(target.Contract, 1, "the line has neither a response with a status_code nor an error")
	}
	if l.CustomID == "" {
		return r, errNoID
	}
	return r, nil
}

// Refused is the outcome of an answer that is no success.
func (o openAIBatches) Refused(status int, header http.Header, body []byte) (target.Outcome, bool) {
	return refusedBatch(status, header, body)
}
