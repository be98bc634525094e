package dialect

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"weighbridge/target"
)

// apiError is an error that a response reports: an object, as all APIs document it, or a
// text, as some servers send it.
type apiError struct {
	Type, Message string
	// Code is a text such as insufficient_quota, or the digits of a status.
	Code string
}

// errorOf is the error that a JSON value reports.
func errorOf(raw json.RawMessage) (e apiError) {
	e.read(raw, 0)
	return e
}

// UnmarshalJSON reads whatever stands for an error. It never fails.
func (e *apiError) UnmarshalJSON(raw []byte) error {
	*e = apiError{}
	e.read(raw, 0)
	return nil
}

// read reads an error that stands in so many envelopes.
func (e *apiError) read(raw json.RawMessage, depth int) {
	var fields map[string]json.RawMessage
	if depth > maxDepth || json.Unmarshal(raw, &fields) != nil {
		e.Message = plain(raw)
		return
	}
	e.readInner(fields["error"], fields["message"] != nil, depth)
	for _, field := range []struct {
		into *string
		keys []string
	}{
		{&e.Message, []string{"message", "msg", "detail", "error_description"}},
		{&e.Code, []string{"code", "status_code", "status"}},
		{&e.Type, []string{"type", "error_type", "__type"}},
	} {
		for _, key := range field.keys {
			if *field.into == "" {
				*field.into = plain(fields[key])
			}
		}
	}
}

// readInner reads the error inside an envelope. A text there is its name if the envelope has a
// message.
func (e *apiError) readInner(inner json.RawMessage, named bool, depth int) {
	switch {
	case !reportsError(inner), string(inner) == "true":
	case inner[0] == '"' && named:
		e.Type = plain(inner)
	case inner[0] >= '0' && inner[0] <= '9':
		e.Code = plain(inner)
	default:
		e.read(inner, depth+1)
	}
}

// plain returns a JSON value as text: a string without its quotes, nothing for null.
func plain(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) == nil { // null leaves it empty
		return text
	}
	return string(bytes.TrimSpace(raw))
}

// reportsError reports whether the value of a field named error is one.
func reportsError(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", "0", `""`, "{}", "[]":
		return false
	}
	return true
}

// class returns the class of the HTTP status that the error goes with: of its code if that
// is a status, else by what its type or its code is called.
func (e apiError) class() target.Class {
	if status, err := strconv.Atoi(e.Code); err == nil && status >= http.StatusBadRequest && status < 600 {
		return target.ClassOf(status)
	}
	for _, name := range []string{e.Code, e.Type} {
		if class := classOfName(name); class != target.Server {
			return class
		}
	}
	return target.Server
}

// classOfName returns the class of an error by its name, such as rate_limit_error,
// RateLimitError or RESOURCE_EXHAUSTED; server for one that it does not know.
func classOfName(name string) target.Class {
	name = strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
	for _, kind := range []struct {
		class target.Class
		parts []string
	}{
		{target.RateLimit, []string{"ratelimit", "toomanyrequests", "quota", "resourceexhausted", "throttl"}},
		{target.AuthError, []string{"authenticat", "unauthorized", "permission", "forbidden", "apikey"}},
		{target.Timeout, []string{"timeout", "timedout", "deadlineexceeded"}},
		{target.ClientErr, []string{"invalid", "badrequest", "notfound", "toolarge", "billing", "contextlength", "validation", "unsupported", "unprocessable", "policy"}},
	} {
		for _, part := range kind.parts {
			if strings.Contains(name, part) {
				return kind.class
			}
		}
	}
	if name == "requests" || name == "tokens" { // the limits of OpenAI
		return target.RateLimit
	}
	return target.Server
}

// maxMessage is the longest message, in bytes, that is taken from an error.
const maxMessage = 2000

// words is what the error says, on one line: its message, and its code or type.
func (e apiError) words() string {
	name := e.Type
	if name == "" || name == "error" {
		name = e.Code
	}
	said := oneSpaced(messageInText(e.Message, 0))
	if len(said) > maxMessage {
		said = strings.ToValidUTF8(said[:maxMessage], "") + "…"
	}
	switch {
	case said == "" && name == "":
		return "it does not say which"
	case said == "":
		return name
	case name == "" || strings.Contains(said, name):
		return said
	}
	return said + " (" + name + ")"
}

// errorInside is the outcome of a response that reports an error although its status is a success.
func errorInside(e apiError, prompts int) target.Outcome {
	return failure(e.class(), prompts, "the answer holds an error: %s", e.words())
}

// errorInBody returns the error that a body of JSON reports; false if it reports none.
func errorInBody(body []byte) (apiError, bool) {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) == 1 { // as Google's
		body = list[0]
	}
	var envelope errorFields
	if unmarshal(body, &envelope) != nil {
		return apiError{}, false
	}
	return envelope.reported(body)
}

// errorFields are the fields by which a JSON object says that it is an error.
type errorFields struct {
	Error   json.RawMessage `json:"error"`
	Object  string          `json:"object"`
	Code    json.RawMessage `json:"code"`
	Message json.RawMessage `json:"message"`
}

// isStatus reports whether the object has the code of a failure and a text that goes with it.
func (f errorFields) isStatus() bool {
	code, err := strconv.Atoi(plain(f.Code))
	return err == nil && code >= http.StatusBadRequest && code < 600 && len(f.Message) > 0 && f.Message[0] == '"'
}

// reported returns the error that the object reports, whose text is raw.
func (f errorFields) reported(raw []byte) (apiError, bool) {
	var e apiError
	switch {
	case reportsError(f.Error), f.Object == "error", f.isStatus(): // without an envelope, as vLLM's
		_ = e.UnmarshalJSON(raw)
	default:
		return e, false
	}
	return e, true
}
