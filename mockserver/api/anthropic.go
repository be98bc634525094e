package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// The versions of the API that the anthropic-version header may name.
const (
	version2023 = "2023-06-01"
	version2026 = "2026-10-21"
)

// versionHeader is what tells a request for this API from one for another that
// has the same path.
const versionHeader = "Anthropic-Version"

// overloaded is a status that net/http has no name for.
const overloaded = 529

// Anthropic is the dialect of the Claude Messages API, as the official SDK speaks
// it (github.com/anthropics/anthropic-sdk-go/v2 v2.13.0; message.go, messagebatch.go,
// model.go, shared/shared.go). Every request needs anthropic-version, 2023-06-01 or
// 2026-10-21; without it the answer is 400.
//
//	POST /v1/messages
//	{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":false}
//
//	200 {"id":"msg_00000000000000a1","type":"message","role":"assistant","model":"m",
//	     "content":[{"type":"text","text":"some words"}],"stop_reason":"end_turn","stop_sequence":null,…,
//	     "usage":{"input_tokens":2,"output_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,
//	     "service_tier":"standard",…}}
//
// Any model will do. Fields that this page and the SDK do not know are refused by
// name, and so are temperature, top_p and top_k under 2026-10-21. A request is one
// prompt: all text of system and messages, with nothing between.
// max_tokens 0, which the real API takes to warm its cache, is refused.
//
// With "stream":true the answer is the events message_start, content_block_start,
// ping, content_block_delta…, content_block_stop, message_delta, message_stop.
//
//	POST /v1/messages/count_tokens     {"input_tokens":2}
//	GET  /v1/models, /v1/models/{id}   the list names a few; any id is described
//
// Message batches are described above Batches. Failures have the shape
//
//	{"type":"error","error":{"type":"rate_limit_error","message":"…"},"request_id":"req_…"}
//
//	400 invalid_request_error   401 authentication_error   402 billing_error      403 permission_error
//	404 not_found_error         409 conflict_error         413 request_too_large  429 rate_limit_error
//	500 api_error               504 timeout_error          529 overloaded_error (the queue is full)
//	any other 4xx               invalid_request_error      any other 5xx          api_error
//
// A 429 of kind SpendLimit has "details":{"error_code":"enforced_spend_limit_reached"}
// in its error besides. An error inside a stream is an event named error with the same data.
func Anthropic() Dialect {
	post, get := http.MethodPost, http.MethodGet
	return Dialect{
		Name: "anthropic",
		Endpoints: []Endpoint{
			{
				Method: post, Path: "/v1/messages",
				Complete: &Completion{Read: readMessages, Word: wordMessage, Stream: streamMessage},
			},
			{Method: post, Path: "/v1/messages/count_tokens", Tell: versioned(countTokens)},
			{Method: get, Path: "/v1/models", For: forAnthropic, Tell: versioned(listAnthropicModels)},
			{Method: get, Path: "/v1/models/{model_id}", For: forAnthropic, Tell: versioned(getAnthropicModel)},
			{Method: post, Path: "/v1/messages/batches", MaxBody: maxBatchBody, Tell: versioned(createBatch)},
			{Method: get, Path: "/v1/messages/batches", Tell: versioned(listBatches)},
			{Method: get, Path: "/v1/messages/batches/{id}", Tell: versioned(getBatch)},
			{Method: http.MethodDelete, Path: "/v1/messages/batches/{id}", Tell: versioned(deleteBatch)},
			{Method: post, Path: "/v1/messages/batches/{id}/cancel", Tell: versioned(cancelBatch)},
			{Method: get, Path: "/v1/messages/batches/{id}/results", Tell: versioned(batchResults)},
		},
		Speaks: forAnthropic,
		Owns: []string{
			"/v1/messages", "/v1/models", "/v1/oauth", "/v1/organizations", "/v1/files", "/v1/complete", "/v1/skills", "/v1/agents",
			"/v1/environments", "/v1/sessions", "/v1/vaults",
		},
		Failure:    wordAnthropicFailure,
		Interrupt:  interruptAnthropic,
		Overloaded: overloaded,
		Mark:       markAnthropic,
	}
}

// maxBatchBody is what the API takes of a message batch's body, in bytes.
const maxBatchBody = 256 << 20

func forAnthropic(h http.Header) bool { return h.Get(versionHeader) != "" }

func anthropicVersion(h http.Header) (string, error) {
	switch version := h.Get(versionHeader); version {
	case "":
		return "", errors.New("anthropic-version: header is required")
	case version2023, version2026:
		return version, nil
	default:
		return "", fmt.Errorf("anthropic-version: %q is not a valid version", version)
	}
}

// versioned is tell for requests that name a version.
func versioned(tell func(Query) (Told, error)) func(Query) (Told, error) {
	return func(q Query) (Told, error) {
		if _, err := anthropicVersion(q.Request.Header); err != nil {
			return Told{}, err
		}
		return tell(q)
	}
}

func countTokens(q Query) (Told, error) {
	version, err := anthropicVersion(q.Request.Header)
	if err != nil {
		return Told{}, err
	}
	call, err := readMessageParams(q.Body, messageReader{version: version, counting: true})
	if err != nil {
		return Told{}, err
	}
	return Told{Body: mustMarshal(struct {
		InputTokens uint64 `json:"input_tokens"`
	}{q.Tokens(call.Prompts[0])})}, nil
}

// anthropicError is the body of a failure, and of an errored result of a batch.
type anthropicError struct {
	Type      string             `json:"type"`
	Error     anthropicErrorBody `json:"error"`
	RequestID *string            `json:"request_id"`
}

type anthropicErrorBody struct {
	Type    string                 `json:"type"`
	Message string                 `json:"message"`
	Details *anthropicErrorDetails `json:"details,omitempty"`
}

type anthropicErrorDetails struct {
	ErrorCode string `json:"error_code"`
}

func newAnthropicError(f Failure) anthropicError {
	out := anthropicError{
		Type: "error", Error: anthropicErrorBody{Type: anthropicType(f.Status), Message: f.Message},
		RequestID: pointer(f.RequestID),
	}
	if f.Kind == SpendLimit {
		out.Error.Details = &anthropicErrorDetails{"enforced_spend_limit_reached"}
	}
	return out
}

func wordAnthropicFailure(f Failure) []byte { return mustMarshal(newAnthropicError(f)) }

func interruptAnthropic(f Failure) Event {
	return Event{Name: "error", Data: wordAnthropicFailure(f)}
}

func anthropicType(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusPaymentRequired:
		return "billing_error"
	case http.StatusForbidden:
		return "permission_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusConflict:
		return "conflict_error"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusGatewayTimeout:
		return "timeout_error"
	case overloaded:
		return "overloaded_error"
	}
	if status < 500 {
		return "invalid_request_error"
	}
	return "api_error"
}

// isAnthropicField reports whether the mock takes a field as it is: the optional ones of MessageNewParams and BetaMessageNewParams.
func isAnthropicField(name string) bool {
	return slices.Contains([]string{
		"billing_policy", "cache_control", "compaction", "container", "context_management", "diagnostics",
		"fallback_credit_token", "fallbacks", "inference_geo", "mcp_servers", "metadata", "output_config",
		"output_format", "service_tier", "speed", "thinking", "thread", "tool_choice", "tools", "user_profile_id",
	}, name)
}
