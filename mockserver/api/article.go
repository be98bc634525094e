package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// maxBatch is the largest number of prompts in a batch, the same as the maximum of target.batch.size.
const maxBatch = 1000

// Article returns the dialect of the article from which this project grew. The
// article shows the requests; the answers are this project's design. JSON is UTF-8
// and compact; every answer has Content-Type: application/json and a Content-Length.
//
// A single prompt. max_tokens is optional and limits the completion; unknown fields
// are ignored:
//
//	POST /v1/completions
//	Content-Type: application/json
//	Authorization: Bearer <JWT, opaque token or API key>      (or X-Api-Key: <API key>)
//
//	{"prompt":"…","max_tokens":64}
//
//	200 {"id":"cmpl_00000000000000a1","object":"completion","completion":"some words",
//	     "usage":{"input_tokens":100,"output_tokens":64}}
//
// A batch of 1 to 1000 prompts. There is one result per prompt, in the order of the
// prompts; index counts from 0. A failed prompt is not billed, and the answer is a 200
// even if every prompt failed. The outer usage is the sum over the results:
//
//	POST /v1/batch
//	{"prompts":["…","…"],"max_tokens":64}
//
//	200 {"id":"batch_00000000000000a1","object":"batch","results":[
//	      {"index":0,"status":"succeeded","completion":"some words","usage":{"input_tokens":100,"output_tokens":64}},
//	      {"index":1,"status":"failed","error":{"type":"api_error","message":"…"},"usage":{"input_tokens":0,"output_tokens":0}}],
//	     "usage":{"input_tokens":100,"output_tokens":64}}
//
// Answers with any other status, on all paths but the token endpoint:
//
//	{"error":{"type":"rate_limit_error","message":"…"}}
//
//	400 invalid_request_error   not JSON, a field of the wrong type, no prompt, an empty prompt, over 1000 prompts
//	401 authentication_error    with WWW-Authenticate: Bearer; checked before the body is read
//	404 not_found_error         no such path
//	405 method_not_allowed      with Allow: POST
//	413 request_too_large       a body over 32 MB (32·2²⁰ bytes)
//	415 unsupported_media_type  a Content-Type other than application/json (parameters are ignored)
//	429 rate_limit_error        with Retry-After (whole seconds, rounded up) and Retry-After-Ms (whole milliseconds,
//	                            rounded up); with neither if the request is larger than a bucket's burst, as waiting would not help
//	500 api_error
//	503 overloaded_error        the queue is full
//	any other 4xx               invalid_request_error
//	any other 5xx               api_error
//
// Tokens are issued as in RFC 6749. The client's ID and secret are in the form, or in HTTP Basic authentication:
//
//	POST /oauth2/token
//	Content-Type: application/x-www-form-urlencoded
//
//	client_id=…&client_secret=…&grant_type=client_credentials
//
//	200 {"access_token":"wbt_…","token_type":"Bearer","expires_in":3600}      (with Cache-Control: no-store)
//	400 {"error":"unsupported_grant_type","error_description":"…"}             (or invalid_request)
//	401 {"error":"invalid_client","error_description":"…"}
func Article() Dialect {
	return Dialect{
		Name: "article",
		Endpoints: []Endpoint{
			{
				Method: http.MethodPost, Path: "/v1/completions",
				Complete: &Completion{Read: readArticleSingle, Render: renderArticleSingle},
			},
			{
				Method: http.MethodPost, Path: "/v1/batch",
				Complete: &Completion{Read: readArticleBatch, Render: renderArticleBatch},
			},
		},
		PathPrefixes: []string{"/v1/completions", "/v1/batch"},
		Failure:      renderArticleFailure,
		Overloaded:   http.StatusServiceUnavailable,
	}
}

func readArticleSingle(_ http.Header, body []byte) (Call, error) {
	var in struct {
		Prompt    string `json:"prompt"`
		MaxTokens uint64 `json:"max_tokens"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Call{}, err
	}
	if in.Prompt == "" {
		return Call{}, errors.New("prompt is missing or empty")
	}
	return Call{Prompts: []string{in.Prompt}, MaxTokens: in.MaxTokens}, nil
}

func readArticleBatch(_ http.Header, body []byte) (Call, error) {
	var in struct {
		Prompts   []string `json:"prompts"`
		MaxTokens uint64   `json:"max_tokens"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Call{}, err
	}
	if n := len(in.Prompts); n == 0 || n > maxBatch {
		return Call{}, fmt.Errorf("prompts has %d items, expected 1 to %d", n, maxBatch)
	}
	for i, prompt := range in.Prompts {
		if prompt == "" {
			return Call{}, fmt.Errorf("prompts[%d] is empty", i)
		}
	}
	return Call{Prompts: in.Prompts, Batch: true, MaxTokens: in.MaxTokens}, nil
}

// renderArticleSingle renders by hand what encoding/json would: the mock's own cost
// is measured with this answer, and json.Marshal would dominate it.
func renderArticleSingle(a Answer) ([]byte, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(item.Completion)+150)
	out = append(appendID(append(out, `{"id":"`...), "cmpl_", a.ID), `","object":"completion","completion":`...)
	out = append(appendText(out, item.Completion), `,"usage":{"input_tokens":`...)
	out = append(strconv.AppendUint(out, item.Usage.Input, 10), `,"output_tokens":`...)
	return append(strconv.AppendUint(out, item.Usage.Output, 10), "}}"...), nil
}

// articleResult is one prompt's part of a batch answer.
type articleResult struct {
	Index      int           `json:"index"`
	Status     string        `json:"status"`
	Completion string        `json:"completion,omitempty"`
	Error      *articleError `json:"error,omitempty"`
	Usage      Usage         `json:"usage"`
}

type articleError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

func renderArticleBatch(a Answer) ([]byte, error) {
	results := make([]articleResult, len(a.Items))
	for i, item := range a.Items {
		results[i] = articleResult{Index: i, Status: "succeeded", Completion: item.Completion, Usage: item.Usage}
		if item.Failed != "" {
			results[i].Status = "failed"
			results[i].Error = &articleError{articleErrorType(http.StatusInternalServerError), item.Failed}
		}
	}
	return json.Marshal(struct {
		ID      string          `json:"id"`
		Object  string          `json:"object"`
		Results []articleResult `json:"results"`
		Usage   Usage           `json:"usage"`
	}{formatID("batch_", a.ID), "batch", results, a.Usage()})
}

func renderArticleFailure(f Failure) []byte {
	return mustMarshal(struct {
		Error articleError `json:"error"`
	}{articleError{articleErrorType(f.Status), f.Message}})
}

func articleErrorType(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusServiceUnavailable:
		return "overloaded_error"
	}
	if status < 500 {
		return "invalid_request_error"
	}
	return "api_error"
}
