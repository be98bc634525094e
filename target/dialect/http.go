package dialect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// httpDialect works with any HTTP API: templates make the texts of a request, and an
// expression decides whether a response is a success.
type httpDialect struct {
	requests *httpRequests
	success  *successRule
}

func newHTTP(cfg target.Config) (*httpDialect, error) {
	requests, err := newHTTPRequests(cfg)
	if err != nil {
		return nil, err
	}
	d := &httpDialect{requests: requests}
	if d.success, err = compileSuccess(cfg.HTTP.Success); err != nil {
		return nil, fmt.Errorf("target.http.success: %w", err)
	}
	return d, nil
}

// Request executes the templates.
func (d *httpDialect) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return d.requests.build(ctx, base, templateData{prompts[0], prompts, maxTokens})
}

// Fixed reports whether all requests are the same: nothing in them is made from a template.
func (d *httpDialect) Fixed() bool { return d.requests.fixed() }

// ReadsBody reports whether target.http.success reads the body of an answer.
func (d *httpDialect) ReadsBody() bool { return d.success.body }

// Judge evaluates the success expression. A failure with a status below 400, such as a
// redirect, has the class contract; any other has the class of its status.
func (d *httpDialect) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	success, err := d.evaluate(status, header, body)
	if err == nil && success == true {
		if d.success.byStatus != nil && status >= 200 && status < 300 && hasContentType(header, typeHTML) {
			return target.Outcome{Remarks: []target.Remark{target.Page}}
		}
		return target.Outcome{}
	}
	switch {
	case status == http.StatusMethodNotAllowed:
		out := refusal(status, header, body, prompts)
		out.Detail += "; the request was a " + d.requests.method + " (target.http.method)"
		return out
	case status < 200 || status >= 300:
		return refusal(status, header, body, prompts)
	case err != nil && len(body) == 0:
		return failure(target.Contract, prompts, "target.http.success cannot be decided: status %d without a body", status)
	case err != nil && endsEarly(body):
		return failure(target.Contract, prompts, "target.http.success cannot be decided: the body is JSON that ends early, after %d bytes", len(body))
	case err != nil && !json.Valid(withoutMark(body)):
		return failure(target.Contract, prompts, "target.http.success cannot be decided, and the body is not JSON: %s", serverWords(status, header, body))
	case err != nil:
		return failure(target.Contract, prompts, "target.http.success: %s in the answer: %s", firstLine(err), serverWords(status, header, body))
	case len(body) == 0:
		return failure(target.Contract, prompts, "status %d does not satisfy target.http.success", status)
	}
	said := serverWords(status, header, body)
	if e, found := errorOutsideEvents(body); found { // the last of several lines of JSON
		said = e.words()
	}
	return failure(target.Contract, prompts, "status %d does not satisfy target.http.success: %s", status, said)
}

// evaluate returns the value of the success expression. The body is its JSON if its type says
// that it is, or if there is no type, and otherwise its text. Where an expression does not fit
// that, as body.ok does not fit a text, it gets the other.
func (d *httpDialect) evaluate(status int, header http.Header, body []byte) (any, error) {
	if d.success.byStatus != nil {
		return d.success.ofStatus(status)
	}
	env := response{Status: status}
	if d.success.header {
		env.Header = make(map[string]string, len(header))
		for name := range header {
			env.Header[name] = header.Get(name)
		}
	}
	if !d.success.body {
		return env.evaluate(d.success)
	}
	env.Body = string(body)
	var parsed, other any
	if json.Unmarshal(withoutMark(body), &parsed) != nil {
		return env.evaluate(d.success)
	}
	if other = parsed; isJSON(header) {
		env.Body, other = parsed, env.Body
	}
	success, err := env.evaluate(d.success)
	if err == nil {
		return success, nil
	}
	env.Body = other
	if success, otherErr := env.evaluate(d.success); otherErr == nil {
		return success, nil
	}
	return nil, err
}

// endsEarly reports whether a body is the beginning of a JSON object or list, as of an answer that a proxy has cut off.
func endsEarly(body []byte) bool {
	err := json.NewDecoder(bytes.NewReader(withoutMark(body))).Decode(new(json.RawMessage))
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// withoutMark returns a text without the byte order mark that some servers begin it with.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

// isJSON reports whether the content type of a response is one of JSON's (RFC 6839 §3.1), or
// missing.
func isJSON(h http.Header) bool {
	given, _, _ := strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	given = strings.TrimSpace(given)
	return given == "" || given == typeJSON || given == "text/json" || strings.HasSuffix(given, "+json")
}
