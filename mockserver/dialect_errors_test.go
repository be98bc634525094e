package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

// dialectErrors checks the errors of a dialect.
type dialectErrors struct {
	name string
	// path is an endpoint of the dialect, unknown a path of it without an endpoint.
	path, unknown string
	// kinds are the error types by status; 0 is for all others.
	kinds map[int]string
	// parse parses an error body strictly.
	parse func(body []byte) (kind, message string, err error)
}

var allDialectErrors = []dialectErrors{
	{
		"article", "/v1/completions", "/v1/completions/nowhere",
		map[int]string{
			401: "authentication_error", 404: "not_found_error", 405: "method_not_allowed", 413: "request_too_large",
			415: "unsupported_media_type", 0: "invalid_request_error",
		},
		func(body []byte) (string, string, error) {
			var in struct {
				Error struct{ Type, Message string }
			}
			err := decodeStrictly(body, &in)
			return in.Error.Type, in.Error.Message, err
		},
	},
	{
		"anthropic", "/v1/messages", "/v1/messages/no/where",
		map[int]string{
			401: "authentication_error", 404: "not_found_error", 413: "request_too_large", 0: "invalid_request_error",
		},
		func(body []byte) (string, string, error) {
			var in struct {
				Type      string
				Error     struct{ Type, Message string }
				RequestID string `json:"request_id"`
			}
			err := decodeStrictly(body, &in)
			if err == nil && (in.Type != "error" || in.RequestID == "") {
				err = fmt.Errorf("the type is %q, the request ID %q", in.Type, in.RequestID)
			}
			return in.Error.Type, in.Error.Message, err
		},
	},
	{"openai", "/v1/chat/completions", "/v1/chat/nowhere", map[int]string{0: "invalid_request_error"}, parseOpenAIError},
	{"responses", "/v1/responses", "/v1/responses/no/where", map[int]string{0: "invalid_request_error"}, parseOpenAIError},
}

func parseOpenAIError(body []byte) (kind, message string, err error) {
	var in struct {
		Error struct {
			Message, Type string
			Param, Code   *string
		}
	}
	if err = decodeStrictly(body, &in); err == nil && !bytes.Contains(body, []byte(`"param":`)) {
		err = fmt.Errorf("param is missing")
	}
	return in.Error.Type, in.Error.Message, err
}

// decodeStrictly decodes JSON that must not have other fields.
func decodeStrictly(body []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	return in.Decode(into)
}

// checkRefusal returns an error if a response is not a refusal in this dialect with status.
func (d dialectErrors) checkRefusal(response *http.Response, body []byte, status int) error {
	want, known := d.kinds[status]
	if !known {
		want = d.kinds[0]
	}
	kind, message, err := d.parse(body)
	switch {
	case response.StatusCode != status:
		return fmt.Errorf("%s %.200s, want %d", response.Status, body, status)
	case err != nil:
		return fmt.Errorf("%w in %.200s", err, body)
	case kind != want || message == "":
		return fmt.Errorf("%d has the type %q and the message %q, want %q", status, kind, message, want)
	case response.Header.Get("Content-Type") != "application/json":
		return fmt.Errorf("%d has Content-Type %q", status, response.Header.Get("Content-Type"))
	case response.Header.Get("Content-Length") != strconv.Itoa(len(body)):
		return fmt.Errorf("%d has Content-Length %q for %d bytes", status, response.Header.Get("Content-Length"), len(body))
	case status == http.StatusUnauthorized && response.Header.Get("Www-Authenticate") != "Bearer":
		return fmt.Errorf("a 401 without WWW-Authenticate: %v", response.Header)
	}
	return nil
}

// checkRefusal accepts only errors of its own dialect.
func TestCheckRefusalIsStrict(t *testing.T) {
	for i, body := range []string{
		`{"error":{"type":"authentication_error","message":"x"}}`,
		`{"type":"error","error":{"type":"authentication_error","message":"x"},"request_id":"req_1"}`,
		`{"error":{"message":"x","type":"invalid_request_error","param":null,"code":null}}`,
	} {
		response := &http.Response{StatusCode: 401, Header: http.Header{
			"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))}, "Www-Authenticate": {"Bearer"},
		}}
		for k, d := range allDialectErrors {
			if err := d.checkRefusal(response, []byte(body), 401); (err == nil) != (i == min(k, 2)) { // openai and responses have the same
				t.Errorf("%s on %s: %v", d.name, body, err)
			}
		}
	}
}
