package dialect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"weighbridge/target"
)

// batchEndpoint is where an API for batches is.
type batchEndpoint struct {
	at endpoint
	// single is the call for one prompt, such as /messages, which the base URL may end in.
	single string
}

// get returns a request for what is at a call, such as /batches/b1.
func (e batchEndpoint) get(base *url.URL, call string) (*http.Request, error) {
	req, err := newRequest(context.Background(), http.MethodGet, e.url(base, call))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", typeJSON)
	return req, nil
}

// post returns a request that sends a JSON body, which may be empty, to a call.
func (e batchEndpoint) post(base *url.URL, call, body string) (*http.Request, error) {
	return newPost(context.Background(), e.url(base, call), body, typeJSON)
}

func (e batchEndpoint) url(base *url.URL, call string) *url.URL {
	path, query, _ := strings.Cut(call, "?")
	below := *base
	below.RawPath = strings.TrimSuffix(strings.TrimRight(base.EscapedPath(), "/"), e.single)
	below.Path, _ = url.PathUnescape(below.RawPath) // it was escaped by net/url
	u := e.at.url(&below, path)
	if query != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query, "&")
	}
	return u
}

// longestID is the longest ID of a batch or a file that is asked for again.
const longestID = 512

// checkID returns an error for what cannot be the ID of a batch or a file.
func checkID(id string) error {
	if id == "" || len(id) > longestID || strings.Trim(id, ".") == "" {
		return fmt.Errorf("the answer has no id: %.40q", id)
	}
	return nil
}

// refusedBatch is the outcome of an answer of an API for batches that is no success. Results are
// JSON lines, of which none is read here.
func refusedBatch(status int, header http.Header, body []byte) (target.Outcome, bool) {
	if out, failed := headFailure(status, header, body, 0); failed {
		return out, true
	}
	if e, ok := errorInBody(body); ok && !hasField(body, "id") && !hasField(body, "custom_id") { // a batch has a field of errors of its own
		return errorInside(e, 0), true
	}
	return target.Outcome{}, false
}

// hasField reports whether a body is a JSON object with a field of the name.
func hasField(body []byte, name string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(body, &fields) == nil && fields[name] != nil
}

// serverTime is a time by a server's clock: RFC 3339, or seconds since 1970.
type serverTime struct {
	time.Time
	precision time.Duration
}

// UnmarshalJSON reads a time, or whatever stands in its place, which is none. It never fails.
func (t *serverTime) UnmarshalJSON(raw []byte) error {
	*t = serverTime{}
	var seconds float64
	var text string
	switch {
	case json.Unmarshal(raw, &text) == nil && text != "":
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			*t = serverTime{at, time.Second}
			if strings.Contains(text, ".") {
				t.precision = time.Millisecond
			}
		}
	case json.Unmarshal(raw, &seconds) == nil && seconds > 0 && seconds < 1e11:
		*t = serverTime{time.Unix(int64(seconds), 0), time.Second}
	}
	return nil
}

// setTimes sets when a batch was created and when it ended: the first of ends that is known.
func setTimes(state *target.BatchState, created serverTime, ends ...serverTime) {
	state.Created = created.Time
	if i := slices.IndexFunc(ends, func(t serverTime) bool { return !t.IsZero() }); i >= 0 && state.Ended {
		state.EndedAt = ends[i].Time
		state.Precision = max(created.precision, ends[i].precision)
	}
}

// errNoID says that a line of results does not say which prompt it belongs to.
var errNoID = errors.New("the line has no custom_id")

// unanswered is the result of a prompt that was not processed.
func unanswered(id, kind string, said string) target.BatchResult {
	r := target.BatchResult{CustomID: id, Kind: kind}
	switch kind {
	case target.BatchExpired:
		r.Outcome = failure(target.Timeout, 1, "expired: the batch was not processed in the time that the API allows")
	default:
		r.Outcome = failure(target.ClientErr, 1, "canceled: somebody canceled the batch")
	}
	if said != "" {
		r.Outcome.Detail = kind + ": " + said
	}
	return r
}
