package api

import (
	"net/http"
	"strconv"
	"time"
)

// OpenAI returns the dialect of the OpenAI chat completions API, as defined by the
// official SDK (github.com/openai/openai-go/v3 v3.96.0; chatcompletion.go, model.go,
// packages/ssestream).
//
//	POST /v1/chat/completions
//	{"model":"m","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":9,"stream":false}
//
//	200 {"id":"chatcmpl-00000000000000a1","object":"chat.completion","created":1,"model":"m",
//	     "choices":[{"index":0,"message":{"role":"assistant","content":"some words",…},"finish_reason":"stop",…}],
//	     "usage":{"prompt_tokens":2,"completion_tokens":9,"total_tokens":11,…},…}
//
// Any model is accepted. max_tokens is an older name of max_completion_tokens; n is at
// most 1; unknown fields are ignored, since compatible servers have fields of their
// own. A request is one prompt: all text of the messages, concatenated.
//
// With "stream":true the answer is data-only events: a chunk with the role, chunks
// with the content, one with the finish_reason, then, with stream_options.include_usage,
// one with the usage and no choices, and data: [DONE].
//
//	/v1/files, /v1/batches                 the Batch API: see Files
//	GET /v1/models, /v1/models/{model}     a short list; /v1/models/{model} describes any id
//
// Both are for requests without an anthropic-version header. Failures have the shape
//
//	{"error":{"message":"…","type":"invalid_request_error","param":null,"code":null}}
//
//	401 invalid_request_error, code invalid_api_key
//	429 requests, code rate_limit_exceeded; tokens instead of requests for TokenLimit;
//	    insufficient_quota, code insufficient_quota for SpendLimit
//	any other 4xx invalid_request_error; any 5xx server_error (503 is a full queue)
//
// An error inside a stream is an event with the same data.
func OpenAI() Dialect {
	return Dialect{
		Name: "openai",
		Endpoints: []Endpoint{
			{
				Method: http.MethodPost, Path: "/v1/chat/completions",
				Complete: &Completion{Read: readChat, Render: renderChat, Stream: streamChat},
			},
			{Method: http.MethodPost, Path: "/v1/files", Match: isForOpenAI, ContentType: "multipart/form-data", MaxBody: maxUpload, Handle: createFile},
			{Method: http.MethodGet, Path: "/v1/files/{id}", Match: isForOpenAI, Handle: getFile},
			{Method: http.MethodGet, Path: "/v1/files/{id}/content", Match: isForOpenAI, Handle: fileContent},
			{Method: http.MethodDelete, Path: "/v1/files/{id}", Match: isForOpenAI, Handle: deleteFile},
			{Method: http.MethodPost, Path: "/v1/batches", Handle: createFileBatch},
			{Method: http.MethodGet, Path: "/v1/batches", Handle: listFileBatches},
			{Method: http.MethodGet, Path: "/v1/batches/{id}", Handle: getFileBatch},
			{Method: http.MethodPost, Path: "/v1/batches/{id}/cancel", Handle: cancelFileBatch},
			{Method: http.MethodGet, Path: "/v1/models", Match: isForOpenAI, Handle: listOpenAIModels},
			{Method: http.MethodGet, Path: "/v1/models/{model}", Match: isForOpenAI, Handle: getOpenAIModel},
		},
		PathPrefixes: []string{
			"/v1/chat", "/v1/models", "/v1/embeddings", "/v1/files", "/v1/uploads", "/v1/batches",
			"/v1/images", "/v1/audio", "/v1/moderations", "/v1/fine_tuning", "/v1/assistants", "/v1/threads",
			"/v1/vector_stores", "/v1/realtime", "/v1/conversations", "/v1/organization",
		},
		Failure:     renderOpenAIFailure,
		StreamError: openAIStreamError,
		Overloaded:  http.StatusServiceUnavailable,
		SetHeaders:  setOpenAIHeaders,
	}
}

// maxUpload is the largest file of a batch, by the doc of BatchNewParams, and the form around it.
const maxUpload = 200<<20 + 1<<16

func isForOpenAI(h http.Header) bool { return !isForAnthropic(h) }

// openAIError is Error of the SDK.
type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func renderOpenAIFailure(f Failure) []byte {
	kind, code := openAIErrorType(f)
	return mustMarshal(struct {
		Error openAIError `json:"error"`
	}{openAIError{Message: f.Message, Type: kind, Param: nullIfEmpty(f.Param), Code: nullIfEmpty(code)}})
}

func openAIStreamError(f Failure, _ int) Event { return Event{Data: renderOpenAIFailure(f)} }

// openAIErrorType returns the type and the code of a failure; code is empty if it has none.
func openAIErrorType(f Failure) (kind, code string) {
	switch {
	case f.Kind == SpendLimit:
		return "insufficient_quota", "insufficient_quota"
	case f.Kind == TokenLimit:
		return "tokens", "rate_limit_exceeded"
	case f.Kind != "" && f.Status < 500:
		return "invalid_request_error", string(f.Kind)
	case f.Status == http.StatusUnauthorized:
		return "invalid_request_error", "invalid_api_key"
	case f.Status == http.StatusMethodNotAllowed:
		return "invalid_request_error", "method_not_supported"
	case f.Status == http.StatusTooManyRequests:
		return "requests", "rate_limit_exceeded"
	case f.Status < 500:
		return "invalid_request_error", ""
	}
	return "server_error", ""
}

// setOpenAIHeaders sets x-request-id, openai-version, openai-processing-ms and, for
// every budget, x-ratelimit-limit-NAME, -remaining-NAME and -reset-NAME; NAME is
// requests or tokens (input and output together). A reset is the time until the budget
// is full, as a Go duration in whole milliseconds, rounded up.
func setOpenAIHeaders(h http.Header, info HeaderInfo) {
	h.Set("X-Request-Id", info.RequestID)
	h.Set("Openai-Version", "2020-10-01")
	h.Set("Openai-Processing-Ms", strconv.FormatInt(max(info.Elapsed, 0).Milliseconds(), 10))
	for _, budget := range info.Budgets {
		if budget.Name == "requests" {
			setOpenAIBudget(h, "Requests", budget, info.Now)
		}
	}
	if tokens, ok := combinedTokens(info.Budgets); ok {
		setOpenAIBudget(h, "Tokens", tokens, info.Now)
	}
}

func setOpenAIBudget(h http.Header, name string, b Budget, now time.Time) {
	h.Set("X-Ratelimit-Limit-"+name, strconv.FormatUint(b.Limit, 10))
	h.Set("X-Ratelimit-Remaining-"+name, strconv.FormatUint(b.Remaining, 10))
	wait := max(b.Full.Sub(now), 0)
	if fraction := wait % time.Millisecond; fraction > 0 {
		wait += time.Millisecond - fraction
	}
	h.Set("X-Ratelimit-Reset-"+name, wait.String())
}
