package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// openAIBatch is Batch of the SDK. Of the times only those that have come are there.
type openAIBatch struct {
	ID               string             `json:"id"`
	Object           string             `json:"object"`
	Endpoint         string             `json:"endpoint"`
	Errors           *openAIBatchErrors `json:"errors"`
	InputFileID      string             `json:"input_file_id"`
	CompletionWindow string             `json:"completion_window"`
	Status           string             `json:"status"`
	OutputFileID     *string            `json:"output_file_id"`
	ErrorFileID      *string            `json:"error_file_id"`
	CreatedAt        int64              `json:"created_at"`
	InProgressAt     *int64             `json:"in_progress_at"`
	ExpiresAt        int64              `json:"expires_at"`
	FinalizingAt     *int64             `json:"finalizing_at"`
	CompletedAt      *int64             `json:"completed_at"`
	FailedAt         *int64             `json:"failed_at"`
	ExpiredAt        *int64             `json:"expired_at"`
	CancellingAt     *int64             `json:"cancelling_at"`
	CancelledAt      *int64             `json:"cancelled_at"`
	RequestCounts    openAIBatchCounts  `json:"request_counts"`
	Metadata         json.RawMessage    `json:"metadata"`
}

type openAIBatchCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
}

type openAIBatchErrors struct {
	Object string             `json:"object"`
	Data   []openAIBatchError `json:"data"`
}

type openAIBatchError struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Param   *string `json:"param"`
	Line    *int    `json:"line"`
}

// lineError is what is wrong with a line of a batch's file. The codes are those that OpenAI's API was
// seen to answer, or else that Azure documents for the same API: url_mismatch there is invalid_url.
func lineError(code, param, format string, args ...any) *openAIBatchError {
	e := &openAIBatchError{Code: code, Message: fmt.Sprintf(format, args...)}
	if param != "" {
		e.Param = &param
	}
	return e
}

// maxBatchErrors is the largest number of invalid lines that a failed batch lists.
const maxBatchErrors = 10

// fileBatch is a batch. Only its lifecycle and what is kept of its results change; the store's
// mutex guards the former, results the latter.
type fileBatch struct {
	id, input, endpoint string
	number              uint64
	metadata            json.RawMessage
	requests            []batchRequest
	invalid             []openAIBatchError
	lifecycle           lifecycle

	results        sync.Mutex
	known          []outcome // of the requests that were done at some time
	output, failed *storedFile
	written        bool // the two files, of which either may be nil
}

// outcome says how a request of a batch ended.
type outcome byte

const (
	unknown outcome = iota
	succeeded
	errored
)

func createFileBatch(q Query) (Response, error) {
	in, err := readBody(q.Body)
	if err != nil {
		return Response{}, err
	}
	var text [3]string
	for i, name := range []string{"input_file_id", "endpoint", "completion_window"} {
		raw, ok := in.optional(name)
		if !ok {
			return Response{}, missingParam(name)
		}
		if text[i], ok = asText(raw); !ok {
			return Response{}, wrongTypeParam(name, "a string")
		}
	}
	b := &fileBatch{id: formatID("batch_", q.ID), number: q.ID, input: text[0], endpoint: text[1], metadata: json.RawMessage("null")}
	switch {
	case b.endpoint != "/v1/chat/completions" && b.endpoint != "/v1/responses":
		return Response{}, refuseParam("endpoint", codeValue, "Invalid value: '%.80s'. Supported values are: '/v1/chat/completions' and '/v1/responses'.", b.endpoint)
	case text[2] != "24h":
		return Response{}, refuseParam("completion_window", codeValue, "Invalid value: '%.80s'. Supported values are: '24h'.", text[2])
	}
	if raw, ok := in.optional("metadata"); ok {
		if !startsWith(raw, '{') {
			return Response{}, wrongTypeParam("metadata", "an object")
		}
		b.metadata = raw
	}
	f := q.Files.file(b.input)
	if f == nil {
		return Response{}, refuseParam("input_file_id", "", "Invalid file id: %.80s", b.input)
	}
	b.read(f.content, q.Files.limits.PerBatch)
	b.lifecycle = lifecycle{created: q.Now, duration: max(q.BatchDuration, 0), requests: len(b.requests)}
	b.known = make([]outcome, len(b.requests))
	q.Files.addBatch(b)
	return Response{Body: mustMarshal(b.describe(q)), Prompts: len(b.requests)}, nil
}

// read reads the lines of a file, at most limit. If any is invalid, there are no requests.
func (b *fileBatch) read(content []byte, limit int) {
	seen := map[string]bool{}
	number, model := 0, ""
	for line := range bytes.Lines(content) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		request, its, wrong := b.readLine(line)
		switch {
		case wrong != nil:
		case seen[request.customID]:
			wrong = lineError("duplicate_custom_id", "custom_id", "The custom_id for this request is a duplicate of another request. The custom_id parameter must be unique for each request in a batch.")
		case model != "" && its != model:
			wrong = lineError("model_mismatch", "body.model", "The model of this request does not match the rest of the file: a batch has one model.")
		case len(b.requests) >= limit:
			wrong = lineError("too_many_tasks", "", "The number of requests in the input file exceeds the maximum allowed value of %d.", limit)
		}
		if wrong != nil {
			wrong.Line = new(number)
			if b.invalid = append(b.invalid, *wrong); len(b.invalid) == maxBatchErrors {
				break
			}
			continue
		}
		seen[request.customID], model = true, its
		b.requests = append(b.requests, request)
	}
	if len(b.requests) == 0 && len(b.invalid) == 0 {
		b.invalid = []openAIBatchError{*lineError("empty_file", "", "The input file is empty. Please ensure that the batch contains at least one request.")}
	}
	if len(b.invalid) > 0 {
		b.requests = nil
	}
}

// readLine reads a line of a batch's file, {"custom_id":"a","method":"POST","url":…,"body":{…}}, and
// returns the model that it asks.
func (b *fileBatch) readLine(line []byte) (request batchRequest, model string, wrong *openAIBatchError) {
	in, err := readBody(line)
	if err != nil {
		return request, "", lineError("invalid_json_line", "", "This line is not parseable as valid JSON.")
	}
	for _, name := range []string{"custom_id", "method", "url", "body"} {
		if _, ok := in.optional(name); !ok {
			return request, "", lineError(string(codeMissing), name, "Missing required parameter: '%s'.", name)
		}
	}
	id, ok := asText(in.values["custom_id"])
	method, _ := asText(in.values["method"])
	url, _ := asText(in.values["url"])
	switch {
	case !ok || id == "":
		return request, "", lineError(codeRequest, "custom_id", "Invalid 'custom_id': expected a string.")
	case method != http.MethodPost:
		return request, "", lineError(codeRequest, "method", "Invalid 'method': expected POST.")
	case url != b.endpoint:
		return request, "", lineError("invalid_url", "url", "The URL provided for this request does not match the batch endpoint.")
	}
	model, wrong = b.readLineBody(in.values["body"])
	return batchRequest{id, in.values["body"]}, model, wrong
}

// codeRequest is the code of a line that is no request of the endpoint.
const codeRequest = "invalid_request"

// readLineBody checks what the API checks of a body before a batch begins; the rest fails later, and
// only the one request.
func (b *fileBatch) readLineBody(raw json.RawMessage) (model string, wrong *openAIBatchError) {
	body, err := readBody(raw)
	if err != nil {
		return "", lineError(codeRequest, "body", "Invalid 'body': expected an object.")
	}
	name, ok := body.optional("model")
	if !ok {
		return "", lineError(codeRequest, "body.model", "Model parameter is required.")
	}
	if stream, ok := body.optional("stream"); ok && string(stream) == "true" {
		return "", lineError("streaming_unsupported", "body.stream", "Streaming is not supported in the Batch API.")
	}
	if _, ok := body.optional("messages"); !ok && b.endpoint == "/v1/chat/completions" {
		return "", lineError(codeRequest, "body.messages", "Messages parameter is required.")
	}
	model, _ = asText(name)
	return model, nil
}

// describe describes the batch at the query's time.
func (b *fileBatch) describe(q Query) openAIBatch {
	l := q.Files.lifecycleOf(b)
	out := openAIBatch{
		ID: b.id, Object: "batch", Endpoint: b.endpoint, InputFileID: b.input, CompletionWindow: "24h", Status: "validating",
		CreatedAt: l.created.Unix(), ExpiresAt: l.expires().Unix(), Metadata: b.metadata,
	}
	tenth := l.duration / 10
	validated, finalizing := l.created.Add(tenth), l.end().Add(-tenth)
	if !l.canceled.IsZero() {
		out.Status, out.CancellingAt = "cancelling", unix(l.canceled)
	}
	if l.state(q.Now) != ended && q.Now.Before(validated) {
		return out
	}
	if len(b.invalid) > 0 {
		out.Status, out.FailedAt = "failed", unix(validated)
		out.Errors = &openAIBatchErrors{"list", b.invalid}
		return out
	}
	out.RequestCounts = b.counts(q, l)
	if l.canceled.IsZero() || validated.Before(l.canceled) {
		out.InProgressAt = unix(validated)
	}
	switch {
	case !l.canceled.IsZero():
	case q.Now.Before(finalizing):
		out.Status = "in_progress"
	default:
		out.Status, out.FinalizingAt = "finalizing", unix(finalizing)
	}
	if l.state(q.Now) != ended {
		return out
	}
	switch end := unix(l.end()); {
	case !l.canceled.IsZero():
		out.Status, out.CancelledAt = "cancelled", end
	case !l.end().Before(l.expires()):
		out.Status, out.ExpiredAt = "expired", end
	default:
		out.Status, out.CompletedAt = "completed", end
	}
	output, failed := b.files(q)
	if output != nil {
		out.OutputFileID = &output.id
	}
	if failed != nil {
		out.ErrorFileID = &failed.id
	}
	return out
}

func unix(t time.Time) *int64 {
	seconds := t.Unix()
	return &seconds
}

func listFileBatches(q Query) (Response, error) {
	values := q.Request.URL.Query()
	limit := defaultPageSize
	if text := values.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return Response{}, refuseParam("limit", codeValue, "Invalid 'limit': expected an integer from 1 to 100.")
		}
		limit = n
	}
	list := q.Files.list()
	if after := values.Get("after"); after != "" {
		at := indexOf(list, func(b *fileBatch) string { return b.id }, after)
		if at < 0 {
			return Response{}, refuseParam("after", codeValue, "Invalid 'after': no such batch: %.80s", after)
		}
		list = list[at+1:]
	}
	page := struct {
		Object  string        `json:"object"`
		Data    []openAIBatch `json:"data"`
		FirstID *string       `json:"first_id"`
		LastID  *string       `json:"last_id"`
		HasMore bool          `json:"has_more"`
	}{Object: "list", Data: []openAIBatch{}, HasMore: len(list) > limit}
	for _, b := range list[:min(limit, len(list))] {
		page.Data = append(page.Data, b.describe(q))
	}
	if n := len(page.Data); n > 0 {
		page.FirstID, page.LastID = &page.Data[0].ID, &page.Data[n-1].ID
	}
	return Response{Body: mustMarshal(page)}, nil
}

func getFileBatch(q Query) (Response, error) {
	b, err := q.fileBatch()
	if err != nil {
		return Response{}, err
	}
	return Response{Body: mustMarshal(b.describe(q))}, nil
}

func cancelFileBatch(q Query) (Response, error) {
	b, err := q.fileBatch()
	if err != nil {
		return Response{}, err
	}
	switch status := b.describe(q).Status; status {
	case "completed", "failed", "expired": // but one that is cancelled may be cancelled again
		return Response{}, &Refusal{Status: http.StatusConflict, Message: "Cannot cancel a batch with status '" + status + "'."}
	}
	q.Files.cancel(b, q.Now)
	return Response{Body: mustMarshal(b.describe(q))}, nil
}

func (q Query) fileBatch() (*fileBatch, error) {
	id := q.Request.PathValue("id")
	for _, b := range q.Files.list() {
		if b.id == id {
			return b, nil
		}
	}
	return nil, &Refusal{Status: http.StatusNotFound, Param: "batch_id", Message: "No batch found with id '" + strings.ToValidUTF8(id, "") + "'."}
}
