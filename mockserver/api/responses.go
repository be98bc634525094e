package api

import "net/http"

// Responses returns the dialect of OpenAI's Responses API, as defined by the official SDK
// (github.com/openai/openai-go/v3 v3.96.0; responses/response.go).
//
//	POST /v1/responses
//	{"model":"m","input":"hi","instructions":"be brief","max_output_tokens":16,"stream":false}
//
//	200 {"id":"resp_00000000000000a1","object":"response","created_at":1,"status":"completed","model":"m",
//	     "output":[{"id":"msg_…","type":"message","role":"assistant","status":"completed",
//	                "content":[{"type":"output_text","text":"some words",…}]}],
//	     "usage":{"input_tokens":2,"input_tokens_details":{"cached_tokens":0,…},
//	              "output_tokens":9,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11},…}
//
// Any model is accepted; unknown fields are ignored. A request is one prompt: the
// instructions and all text of the input, concatenated. max_output_tokens is at least 16,
// as OpenAI demands. An answer that reaches it has the status incomplete and
// incomplete_details {"reason":"max_output_tokens"}. Nothing is stored: requests with
// previous_response_id, conversation or background are refused.
//
// With "stream":true the answer is events whose names are also the type in their data,
// numbered by sequence_number from 0:
//
//	response.created, response.in_progress                    the response, without output
//	response.output_item.added, response.content_part.added   empty
//	response.output_text.delta                                {"delta":"some words",…}, several
//	response.output_text.done, response.content_part.done, response.output_item.done
//	response.completed or response.incomplete                 the whole response, with its usage
//
// There is no [DONE], and no obfuscation of the deltas, which OpenAI adds. Failures are
// those of the openai dialect; inside a stream a failure is an event named error:
//
//	{"type":"error","code":"server_error","message":"…","param":null,"sequence_number":7}
func Responses() Dialect {
	return Dialect{
		Name: "responses",
		Endpoints: []Endpoint{{
			Method: http.MethodPost, Path: "/v1/responses",
			Complete: &Completion{Read: readResponse, Render: renderResponse, Stream: streamResponse},
		}},
		PathPrefixes: []string{"/v1/responses"},
		Failure:      renderOpenAIFailure,
		StreamError:  responseStreamError,
		Overloaded:   http.StatusServiceUnavailable,
		SetHeaders:   setOpenAIHeaders,
	}
}

// responseErrorEvent is ResponseErrorEvent of the SDK.
type responseErrorEvent struct {
	Type     string  `json:"type"`
	Code     string  `json:"code"`
	Message  string  `json:"message"`
	Param    *string `json:"param"`
	Sequence int     `json:"sequence_number"`
}

func responseStreamError(f Failure, sequence int) Event {
	kind, code := openAIErrorType(f)
	if code == "" {
		code = kind
	}
	return Event{Name: "error", Data: mustMarshal(responseErrorEvent{
		Type: "error", Code: code, Message: f.Message, Param: nullIfEmpty(f.Param), Sequence: sequence,
	})}
}
