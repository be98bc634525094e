package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// The API versions accepted in the anthropic-version header.
const (
	version2023 = "2023-06-01"
	version2026 = "2026-10-21"
)

// versionHeader distinguishes requests for this API from those for another API
// with the same paths.
const versionHeader = "Anthropic-Version"

// overloaded is the status 529, for which net/http has no constant.
const overloaded = 529

// Anthropic returns the dialect of the Claude Messages API, as defined by the official
// SDK (github.com/anthropics/anthropic-sdk-go/v2 v2.13.0; message.go, messagebatch.go,
// model.go, shared/shared.go). Every request needs the header anthropic-version,
// 2023-06-01 or 2026-10-21; without it the answer is a 400.
//
//	POST /v1/messages
//	{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":false}
//
//	200 {"id":"msg_00000000000000a1","type":"message","role":"assistant","model":"m",
//	     "content":[{"type":"text","text":"some words"}],"stop_reason":"end_turn","stop_sequence":null,…,
//	     "usage":{"input_tokens":2,"output_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,
//	     "service_tier":"standard",…}}
//
// Any model is accepted. Fields that the SDK does not have are refused by name; so
// are temperature, top_p and top_k under 2026-10-21. A request is one prompt: all
// text of system and messages, concatenated.
// max_tokens 0, which the real API accepts to warm its cache, is refused.
//
// With "stream":true the answer is the events message_start, content_block_start,
// ping, content_block_delta…, content_block_stop, message_delta, message_stop.
//
//	POST /v1/messages/count_tokens     {"input_tokens":2}
//	GET  /v1/models, /v1/models/{id}   a short list; /v1/models/{id} describes any id
//
// Message batches are described at Batches. Failures have the shape
//
//	{"type":"error","error":{"type":"rate_limit_error","message":"…"},"request_id":"req_…"}
//
//	400 invalid_request_error   401 authentication_error   402 billing_error      403 permission_error
//	404 not_found_error         409 conflict_error         413 request_too_large  429 rate_limit_error
//	500 api_error               504 timeout_error          529 overloaded_error (the queue is full)
//	any other 4xx               invalid_request_error      any other 5xx          api_error
//
// The error of a 429 of kind SpendLimit also has "details":{"error_code":"enforced_spend_limit_reached"}.
// An error inside a stream is an event named error with the same data.
func Anthropic() Dialect {
	post, get := http.MethodPost, http.MethodGet
	return Dialect{
		Name: "anthropic",
		Endpoints: []Endpoint{
			{
				Method: post, Path: "/v1/messages",
				Complete: &Completion{Read: readMessages, Render: renderMessage, Stream: streamMessage},
			},
			{Method: post, Path: "/v1/messages/count_tokens", Handle: requireVersion(countTokens)},
			{Method: get, Path: "/v1/models", Match: isForAnthropic, Handle: requireVersion(listAnthropicModels)},
			{Method: get, Path: "/v1/models/{model_id}", Match: isForAnthropic, Handle: requireVersion(getAnthropicModel)},
			{Method: post, Path: "/v1/messages/batches", MaxBody: maxBatchBody, Handle: requireVersion(createBatch)},
			{Method: get, Path: "/v1/messages/batches", Handle: requireVersion(listBatches)},
			{Method: get, Path: "/v1/messages/batches/{id}", Handle: requireVersion(getBatch)},
			{Method: http.MethodDelete, Path: "/v1/messages/batches/{id}", Handle: requireVersion(deleteBatch)},
			{Method: post, Path: "/v1/messages/batches/{id}/cancel", Handle: requireVersion(cancelBatch)},
			{Method: get, Path: "/v1/messages/batches/{id}/results", Handle: requireVersion(batchResults)},
		},
		Match: isForAnthropic,
		PathPrefixes: []string{
			"/v1/messages", "/v1/models", "/v1/oauth", "/v1/organizations", "/v1/files", "/v1/complete", "/v1/skills", "/v1/agents",
			"/v1/environments", "/v1/sessions", "/v1/vaults",
		},
		Failure:     renderAnthropicFailure,
		StreamError: anthropicStreamError,
		Overloaded:  overloaded,
		SetHeaders:  setAnthropicHeaders,
	}
}

// maxBatchBody is the largest body of a message batch, in bytes.
const maxBatchBody = 256 << 20

func isForAnthropic(h http.Header) bool { return h.Get(versionHeader) != "" }

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

// requireVersion wraps handle: it refuses requests without a valid anthropic-version.
func requireVersion(handle func(Query) (Response, error)) func(Query) (Response, error) {
	return func(q Query) (Response, error) {
		if _, err := anthropicVersion(q.Request.Header); err != nil {
			return Response{}, err
		}
		return handle(q)
	}
}

func countTokens(q Query) (Response, error) {
	version, err := anthropicVersion(q.Request.Header)
	if err != nil {
		return Response{}, err
	}
	call, err := readMessageParams(q.Body, messageReader{version: version, countingOnly: true})
	if err != nil {
		return Response{}, err
	}
	return Response{Body: mustMarshal(struct {
		InputTokens uint64 `json:"input_tokens"`
	}{q.Tokens(call.Prompts[0])})}, nil
}

// anthropicError is the body of a failure, and the error of a batch result.
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
		Type: "error", Error: anthropicErrorBody{Type: anthropicErrorType(f.Status), Message: f.Message},
		RequestID: nullIfEmpty(f.RequestID),
	}
	if f.Kind == SpendLimit {
		out.Error.Details = &anthropicErrorDetails{"enforced_spend_limit_reached"}
	}
	return out
}

func renderAnthropicFailure(f Failure) []byte { return mustMarshal(newAnthropicError(f)) }

func anthropicStreamError(f Failure, _ int) Event {
	return Event{Name: "error", Data: renderAnthropicFailure(f)}
}

func anthropicErrorType(status int) string {
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

// isAnthropicField reports whether name is an optional field of MessageNewParams or
// BetaMessageNewParams that the mock accepts without looking at its value.
func isAnthropicField(name string) bool {
	return slices.Contains([]string{
		"billing_policy", "cache_control", "compaction", "container", "context_management", "diagnostics",
		"fallback_credit_token", "fallbacks", "inference_geo", "mcp_servers", "metadata", "output_config",
		"output_format", "service_tier", "speed", "thinking", "thread", "tool_choice", "tools", "user_profile_id",
	}, name)
}
