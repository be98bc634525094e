package api

import (
	"net/http"
	"strconv"
	"time"
)

// OpenAI is the dialect of the OpenAI chat completions API, as the official SDK
// speaks it (github.com/openai/openai-go/v3 v3.96.0; chatcompletion.go, model.go,
// packages/ssestream).
//
//	POST /v1/chat/completions
//	{"model":"m","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":9,"stream":false}
//
//	200 {"id":"chatcmpl-00000000000000a1","object":"chat.completion","created":1,"model":"m",
//	     "choices":[{"index":0,"message":{"role":"assistant","content":"some words",…},"finish_reason":"stop",…}],
//	     "usage":{"prompt_tokens":2,"completion_tokens":9,"total_tokens":11,…},…}
//
// Any model will do. max_tokens is an older name of max_completion_tokens; n is 1
// at most; fields not checked here are ignored, as servers that are compatible with
// the API have more of them. A request is one prompt: all text of the messages,
// with nothing between.
//
// With "stream":true the answer is data-only events: a chunk with the role, chunks
// with the content, one with the finish_reason, with stream_options.include_usage
// one with the usage and no choices, and data: [DONE].
//
//	GET /v1/models, /v1/models/{model}     the list names a few; any id is described
//
// Those two are for requests without an anthropic-version header. Failures have the shape
//
//	{"error":{"message":"…","type":"invalid_request_error","param":null,"code":null}}
//
//	401 invalid_request_error, code invalid_api_key
//	429 requests, code rate_limit_exceeded; tokens instead of requests for TokenLimit;
//	    insufficient_quota, code insufficient_quota for SpendLimit
//	any other 4xx invalid_request_error; any 5xx server_error (503 is a full queue)
//
// An error inside a stream is an event whose data is the same.
func OpenAI() Dialect {
	return Dialect{
		Name: "openai",
		Endpoints: []Endpoint{
			{
				Method: http.MethodPost, Path: "/v1/chat/completions",
				Complete: &Completion{Read: readChat, Word: wordChat, Stream: streamChat},
			},
			{Method: http.MethodGet, Path: "/v1/models", For: forOpenAI, Tell: listOpenAIModels},
			{Method: http.MethodGet, Path: "/v1/models/{model}", For: forOpenAI, Tell: getOpenAIModel},
		},
		Owns: []string{
			"/v1/chat", "/v1/models", "/v1/responses", "/v1/embeddings", "/v1/files", "/v1/uploads", "/v1/batches",
			"/v1/images", "/v1/audio", "/v1/moderations", "/v1/fine_tuning", "/v1/assistants", "/v1/threads",
			"/v1/vector_stores", "/v1/realtime", "/v1/conversations", "/v1/organization",
		},
		Failure:    wordOpenAIFailure,
		Interrupt:  interruptOpenAI,
		Overloaded: http.StatusServiceUnavailable,
		Mark:       markOpenAI,
	}
}

func forOpenAI(h http.Header) bool { return !forAnthropic(h) }

// openAIError is Error of the SDK.
type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func wordOpenAIFailure(f Failure) []byte {
	kind, code := openAIType(f)
	return mustMarshal(struct {
		Error openAIError `json:"error"`
	}{openAIError{Message: f.Message, Type: kind, Param: pointer(f.Param), Code: pointer(code)}})
}

func interruptOpenAI(f Failure) Event { return Event{Data: wordOpenAIFailure(f)} }

// openAIType is the type and the code of a failure; no code is empty.
func openAIType(f Failure) (kind, code string) {
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

// markOpenAI sets x-request-id, openai-version, openai-processing-ms and, for the
// budgets there are, x-ratelimit-limit-NAME, -remaining-NAME and -reset-NAME, NAME
// being requests or tokens (input and output together). A reset is how long until
// the budget is full, as a Go duration in whole milliseconds, rounded up.
func markOpenAI(h http.Header, m Mark) {
	h.Set("X-Request-Id", m.RequestID)
	h.Set("Openai-Version", "2020-10-01")
	h.Set("Openai-Processing-Ms", strconv.FormatInt(max(m.Took, 0).Milliseconds(), 10))
	for _, budget := range m.Budgets {
		if budget.Name == "requests" {
			setOpenAIBudget(h, "Requests", budget, m.Now)
		}
	}
	if tokens, ok := allTokens(m.Budgets); ok {
		setOpenAIBudget(h, "Tokens", tokens, m.Now)
	}
}

func setOpenAIBudget(h http.Header, name string, b Budget, now time.Time) {
	h.Set("X-Ratelimit-Limit-"+name, strconv.FormatUint(b.Limit, 10))
	h.Set("X-Ratelimit-Remaining-"+name, strconv.FormatUint(b.Remaining, 10))
	wait := max(b.Full.Sub(now), 0)
	if rest := wait % time.Millisecond; rest > 0 {
		wait += time.Millisecond - rest
	}
	h.Set("X-Ratelimit-Reset-"+name, wait.String())
}
