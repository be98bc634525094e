package dialect

import (
	"net/http"
	"strings"
	"testing"

	"weighbridge/target"
)

// An error inside a 200 is classed by what it says, in a stream and in a whole answer.
func TestErrorsInsideA200(t *testing.T) {
	for _, c := range []struct {
		body   string
		class  target.Class
		detail string
	}{
		{`{"error":"model crashed"}`, target.Server, "model crashed"},
		{`{"error":{"message":"m","code":429}}`, target.RateLimit, "m (429)"},
		{`{"error":{"message":"m","code":"429"}}`, target.RateLimit, "m (429)"},
		{`{"error":{"message":"m","code":502,"metadata":{}}}`, target.Server, "m (502)"},
		{`{"error":{"message":"m","code":408}}`, target.Timeout, "m (408)"},
		{`{"error":{"message":"m","code":7}}`, target.Server, "m (7)"},
		{`{"error":{"message":"m","type":"rate_limit_error"}}`, target.RateLimit, "m (rate_limit_error)"},
		{`{"error":{"message":"m","type":"invalid_request_error","code":"rate_limit_exceeded"}}`, target.RateLimit, "m (invalid_request_error)"},
		{`{"error":{"message":"m","code":"insufficient_quota"}}`, target.RateLimit, "m (insufficient_quota)"},
		{`{"error":{"message":"m","status":"RESOURCE_EXHAUSTED"}}`, target.RateLimit, "m (RESOURCE_EXHAUSTED)"},
		{`{"error":{"message":"m","code":"invalid_api_key"}}`, target.AuthError, "m (invalid_api_key)"},
		{`{"error":{"message":"m","type":"authentication_error"}}`, target.AuthError, "m (authentication_error)"},
		{`{"error":{"message":"m","type":"requests"}}`, target.RateLimit, "m (requests)"},
		{`{"error":{"message":"m","type":"overloaded_error"}}`, target.Server, "m (overloaded_error)"},
		{`{"error":{"message":"{\"error\":{\"message\":\"inner\"}}","type":"api_error"}}`, target.Server, "inner (api_error)"},
		{`{"error":true,"message":"m"}`, target.Server, "m"},
		{`{"error":503,"message":"m"}`, target.Server, "m (503)"},
		{`{"error":"rate_limit_exceeded","message":"slow  down\nplease"}`, target.RateLimit, "slow down please (rate_limit_exceeded)"},
		{`{"object":"error","message":"m","type":"BadRequestError","code":400}`, target.ClientErr, "m (BadRequestError)"},
		{`{"type":"error","error":{"type":"timeout_error","message":"m"},"request_id":"r"}`, target.Timeout, "m (timeout_error)"},
		{`{"type":"error","error":{"type":"not_found_error"}}`, target.ClientErr, "not_found_error"},
		{`{"error":[{"a":1}]}`, target.Server, `[{"a":1}]`},
	} {
		for _, api := range []string{"openai", "anthropic"} {
			bodies := map[string]string{
				"a whole answer": c.body, "an event": "data: " + c.body + "\n\n", "an event at the end": "data: " + c.body,
				"a named event": "event: error\ndata: " + c.body + "\n\n", "JSON in place of a stream": c.body,
			}
			for form, body := range bodies {
				d := newDialect(t, modelConfig(api, form != "a whole answer"))
				got := d.Judge(200, http.Header{"Content-Type": {typeJSON}}, []byte(body), 1)
				if got.Class != c.class || got.Failed != 1 || got.Detail != "the answer holds an error: "+c.detail {
					t.Errorf("%s, %s: class %s, %q; want %s, %q\n%s", api, form, got.Class, got.Detail, c.class, c.detail, body)
				}
				if s := d.(target.Streaming); strings.HasSuffix(body, "\n\n") && form == "an event" && c.body[2:7] == "error" && !s.Ended([]byte(body), 0) {
					t.Errorf("%s: the stream does not end with %s", api, c.body)
				}
			}
		}
	}
}

// What stands where an error could is not always one.
func TestNoErrorInsideA200(t *testing.T) {
	for _, field := range []string{`null`, `""`, `false`, `{}`, `[]`, `0`} {
		body := `{"error":` + field + `,"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`
		got := newDialect(t, modelConfig("openai", false)).Judge(200, http.Header{"Content-Type": {typeJSON}}, []byte(body), 1)
		if got.Class != target.Success {
			t.Errorf("%s: %+v", body, got)
		}
	}
}
