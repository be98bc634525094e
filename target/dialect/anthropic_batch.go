package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// anthropicBatches is Anthropic's Message Batches API: POST /v1/messages/batches, which takes the
// prompts and answers the results, in any order, as JSON lines.
type anthropicBatches struct {
	batchEndpoint
	of anthropic
}

// Batches is the API for batches.
func (a anthropic) Batches() target.BatchAPI {
	return anthropicBatches{batchEndpoint{a.requests.at, "/messages"}, a}
}

const messageBatches = "/messages/batches"

// List asks for one batch.
func (a anthropicBatches) List(base *url.URL) (*http.Request, error) {
	return a.versioned(a.get(base, messageBatches+"?limit=1"))
}

// Upload is nil: Create takes the prompts.
func (a anthropicBatches) Upload(*url.URL, [][]byte) (*http.Request, error) { return nil, nil }

// ReadUpload is never called.
func (a anthropicBatches) ReadUpload([]byte) (string, error) { return "", nil }

// Create creates a batch of the prompts.
func (a anthropicBatches) Create(base *url.URL, prompts [][]byte, _ string, like http.Header) (*http.Request, error) {
	var body strings.Builder
	body.WriteString(`{"requests":[`)
	for i, params := range prompts {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"custom_id":%q,"params":%s}`, target.CustomID(i), params)
	}
	body.WriteString("]}")
	req, err := a.versioned(a.post(base, messageBatches, body.String()))
	if err == nil && like.Get("Anthropic-Beta") != "" {
		req.Header.Set("Anthropic-Beta", like.Get("Anthropic-Beta"))
	}
	return req, err
}

// Poll asks for the state of a batch.
func (a anthropicBatches) Poll(base *url.URL, id string) (*http.Request, error) {
	return a.versioned(a.get(base, messageBatches+"/"+url.PathEscape(id)))
}

// Cancel cancels a batch.
func (a anthropicBatches) Cancel(base *url.URL, id string) (*http.Request, error) {
	return a.versioned(a.post(base, messageBatches+"/"+url.PathEscape(id)+"/cancel", ""))
}

// Results asks for the results of a batch at its own path: results_url might name another server.
func (a anthropicBatches) Results(base *url.URL, state target.BatchState) ([]*http.Request, error) {
	req, err := a.versioned(a.get(base, messageBatches+"/"+url.PathEscape(state.ID)+"/results"))
	return []*http.Request{req}, err
}

// versioned sets the version of the API.
func (a anthropicBatches) versioned(req *http.Request, err error) (*http.Request, error) {
	if err == nil && a.of.requests.version != target.NoVersion {
		req.Header.Set("Anthropic-Version", a.of.requests.version)
	}
	return req, err
}

// ReadBatch reads a message batch.
func (a anthropicBatches) ReadBatch(body []byte) (target.BatchState, error) {
	var b struct {
		ID      string     `json:"id"`
		Status  string     `json:"processing_status"`
		Created serverTime `json:"created_at"`
		Ended   serverTime `json:"ended_at"`
	}
	if err := unmarshal(body, &b); err != nil {
		return target.BatchState{}, fmt.Errorf("the answer is not a message batch: %w", err)
	}
	if b.Status == "" {
		return target.BatchState{}, errors.New("the message batch has no processing_status")
	}
	state := target.BatchState{ID: b.ID, Status: b.Status, Ended: b.Status == "ended"}
	setTimes(&state, b.Created, b.Ended)
	return state, checkID(b.ID)
}

// ReadResult reads a line of the results.
func (a anthropicBatches) ReadResult(line []byte) (target.BatchResult, error) {
	var l struct {
		CustomID string `json:"custom_id"`
		Result   struct {
			Type    string          `json:"type"`
			Message json.RawMessage `json:"message"`
			Error   json.RawMessage `json:"error"`
		} `json:"result"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return target.BatchResult{}, fmt.Errorf("the line is not JSON: %w", err)
	}
	r := target.BatchResult{CustomID: l.CustomID, Kind: l.Result.Type}
	switch l.Result.Type {
	case target.BatchSucceeded:
		r.Status = http.StatusOK
		r.Outcome = a.of.judgeMessage(l.Result.Message, 1)
	case target.BatchErrored:
		var e apiError
		_ = e.UnmarshalJSON(l.Result.Error) // it never fails
		r.Outcome = failure(e.class(), 1, "errored: %s", e.words())
	case target.BatchExpired, target.BatchCanceled:
		r = unanswered(l.CustomID, l.Result.Type, "")
	default:
		r.Kind = target.BatchErrored
		r.Outcome = failure(target.Contract, 1, "the result is of type %.40q: expected succeeded, errored, canceled or expired", l.Result.Type)
	}
	if l.CustomID == "" {
		return r, errNoID
	}
	return r, nil
}

// Refused is the outcome of an answer that is no success.
func (a anthropicBatches) Refused(status int, header http.Header, body []byte) (target.Outcome, bool) {
	return refusedBatch(status, header, body)
}
