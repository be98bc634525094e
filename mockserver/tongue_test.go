package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

// tongue is a dialect as its clients take refusals.
type tongue struct {
	name string
	// path is an endpoint of it, unknown a path that is its own and leads nowhere.
	path, unknown string
	// kinds are what a refusal is called by its status; 0 is any other.
	kinds map[int]string
	// refusal is the one form that its errors have.
	refusal func(body []byte) (kind, message string, err error)
}

var tongues = []tongue{
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
			err := strictly(body, &in)
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
			err := strictly(body, &in)
			if err == nil && (in.Type != "error" || in.RequestID == "") {
				err = fmt.Errorf("its type is %q, its request %q", in.Type, in.RequestID)
			}
			return in.Error.Type, in.Error.Message, err
		},
	},
	{
		"openai", "/v1/chat/completions", "/v1/chat/nowhere",
		map[int]string{0: "invalid_request_error"},
		func(body []byte) (string, string, error) {
			var in struct {
				Error struct {
					Message, Type string
					Param, Code   *string
				}
			}
			err := strictly(body, &in)
			if err == nil && !bytes.Contains(body, []byte(`"param":`)) {
				err = fmt.Errorf("it has no param")
			}
			return in.Error.Type, in.Error.Message, err
		},
	},
}

// strictly reads JSON that holds nothing else.
func strictly(body []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	return in.Decode(into)
}

// refuses says what is wrong with an answer that is to be a refusal in this dialect.
func (d tongue) refuses(response *http.Response, body []byte, status int) error {
	want, named := d.kinds[status]
	if !named {
		want = d.kinds[0]
	}
	kind, message, err := d.refusal(body)
	switch {
	case response.StatusCode != status:
		return fmt.Errorf("%s %.200s, want %d", response.Status, body, status)
	case err != nil:
		return fmt.Errorf("%w in %.200s", err, body)
	case kind != want || message == "":
		return fmt.Errorf("%d is called %q with message %q, want %q", status, kind, message, want)
	case response.Header.Get("Content-Type") != "application/json":
		return fmt.Errorf("%d has Content-Type %q", status, response.Header.Get("Content-Type"))
	case response.Header.Get("Content-Length") != strconv.Itoa(len(body)):
		return fmt.Errorf("%d has Content-Length %q for %d bytes", status, response.Header.Get("Content-Length"), len(body))
	case status == http.StatusUnauthorized && response.Header.Get("Www-Authenticate") != "Bearer":
		return fmt.Errorf("a 401 without WWW-Authenticate: %v", response.Header)
	}
	return nil
}

// The judge of refusals refuses what is none.
func TestTonguesAreStrict(t *testing.T) {
	for i, body := range []string{
		`{"error":{"type":"authentication_error","message":"x"}}`,
		`{"type":"error","error":{"type":"authentication_error","message":"x"},"request_id":"req_1"}`,
		`{"error":{"message":"x","type":"invalid_request_error","param":null,"code":null}}`,
	} {
		response := &http.Response{StatusCode: 401, Header: http.Header{
			"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))}, "Www-Authenticate": {"Bearer"},
		}}
		for k, d := range tongues {
			if err := d.refuses(response, []byte(body), 401); (err == nil) != (i == k) {
				t.Errorf("%s on %s: %v", d.name, body, err)
			}
		}
	}
}
