package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

type batchRequest struct {
	customID string
	params   json.RawMessage
}

// anthropicBatch is MessageBatch of the SDK.
type anthropicBatch struct {
	ID                string      `json:"id"`
	Type              string      `json:"type"`
	ProcessingStatus  string      `json:"processing_status"`
	RequestCounts     batchCounts `json:"request_counts"`
	CreatedAt         string      `json:"created_at"`
	ExpiresAt         string      `json:"expires_at"`
	EndedAt           *string     `json:"ended_at"`
	CancelInitiatedAt *string     `json:"cancel_initiated_at"`
	ArchivedAt        *string     `json:"archived_at"`
	ResultsURL        *string     `json:"results_url"`
}

// batchCounts is MessageBatchRequestCounts of the SDK; all but Processing are 0
// until the batch has ended.
type batchCounts struct {
	Processing int `json:"processing"`
	Succeeded  int `json:"succeeded"`
	Errored    int `json:"errored"`
	Canceled   int `json:"canceled"`
	Expired    int `json:"expired"`
}

// newAnthropicBatch words a batch as it stands at the query's time.
func newAnthropicBatch(q Query, b *batch, l life) anthropicBatch {
	out := anthropicBatch{
		ID: b.name, Type: "message_batch", ProcessingStatus: l.state(q.Now),
		RequestCounts: batchCounts{Processing: len(b.requests)},
		CreatedAt:     stamp(l.created), ExpiresAt: stamp(l.expires()), CancelInitiatedAt: stamped(l.canceled),
	}
	if out.ProcessingStatus == ended {
		out.RequestCounts = b.counts(q, l)
		out.EndedAt = stamped(l.end())
		out.ResultsURL = pointer(q.Base + "/v1/messages/batches/" + b.name + "/results")
	}
	return out
}

// stamped is stamp, and nil for no time at all.
func stamped(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return pointer(stamp(t))
}

func tellBatch(q Query, b *batch, l life) Told {
	return Told{Body: mustMarshal(newAnthropicBatch(q, b, l))}
}

func createBatch(q Query) (Told, error) {
	version, err := anthropicVersion(q.Request.Header)
	if err != nil {
		return Told{}, err
	}
	requests, err := readBatch(q.Body, q.Batches.limits.PerBatch)
	if err != nil {
		return Told{}, err
	}
	b := &batch{
		id: q.ID, version: version, requests: requests,
		life: life{created: q.Now, lasts: max(q.Lasts, 0), requests: len(requests)},
	}
	for _, request := range requests {
		b.bytes += len(request.params)
	}
	l := b.life
	b.settle(q.Now)
	if err := q.Batches.add(b, q.Now); err != nil {
		return Told{}, err
	}
	told := tellBatch(q, b, l)
	told.Prompts = len(requests)
	return told, nil
}

func listBatches(q Query) (Told, error) {
	return tellPage(q, q.Batches.list(q.Now),
		func(s standing) string { return s.name },
		func(s standing) anthropicBatch { return newAnthropicBatch(q, s.batch, s.life) })
}

func getBatch(q Query) (Told, error) {
	b, l, err := q.Batches.find(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Told{}, err
	}
	return tellBatch(q, b, l), nil
}

func cancelBatch(q Query) (Told, error) {
	b, l, err := q.Batches.cancel(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Told{}, err
	}
	return tellBatch(q, b, l), nil
}

func deleteBatch(q Query) (Told, error) {
	name := q.Request.PathValue("id")
	if err := q.Batches.remove(name, q.Now); err != nil {
		return Told{}, err
	}
	return Told{Body: mustMarshal(struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}{name, "message_batch_deleted"})}, nil
}

func batchResults(q Query) (Told, error) {
	b, l, err := q.Batches.find(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Told{}, err
	}
	if l.state(q.Now) != ended {
		return Told{}, fmt.Errorf("the message batch %s has not ended: there are no results yet", b.name)
	}
	lines, err := b.lines(q, l)
	if err != nil {
		return Told{}, err
	}
	return Told{ContentType: "application/x-jsonl", Body: lines}, nil
}

// readBatch reads a batch of 1 to limit requests.
func readBatch(body []byte, limit int) ([]batchRequest, error) {
	in, err := readBody(body)
	if err != nil {
		return nil, err
	}
	if in.values["requests"] == nil {
		return nil, errors.New("requests: Field required")
	}
	for _, name := range in.names {
		if name != "requests" {
			return nil, extra(name)
		}
	}
	list, ok := asList(in.values["requests"])
	switch {
	case !ok:
		return nil, errors.New("requests: Input should be a valid list")
	case len(list) == 0:
		return nil, errors.New("requests: List should have at least 1 item after validation, not 0")
	case len(list) > limit:
		return nil, fmt.Errorf("requests: List should have at most %d items after validation, not %d", limit, len(list))
	}
	out, seen := make([]batchRequest, len(list)), make(map[string]bool, len(list))
	for i, raw := range list {
		out[i], err = readBatchRequest(fmt.Sprintf("requests.%d", i), raw)
		if err != nil {
			return nil, err
		}
		if id := out[i].customID; seen[id] {
			return nil, fmt.Errorf("requests.%d.custom_id: %q is not unique within the batch", i, id)
		}
		seen[out[i].customID] = true
	}
	return out, nil
}

func readBatchRequest(path string, raw json.RawMessage) (batchRequest, error) {
	in, err := readPart(path, raw)
	if err != nil {
		return batchRequest{}, err
	}
	for _, name := range []string{"custom_id", "params"} {
		if in.values[name] == nil {
			return batchRequest{}, fmt.Errorf("%s.%s: Field required", path, name)
		}
	}
	for _, name := range in.names {
		if name != "custom_id" && name != "params" {
			return batchRequest{}, extra(path + "." + name)
		}
	}
	id, ok := asText(in.values["custom_id"])
	switch {
	case !ok:
		return batchRequest{}, fmt.Errorf("%s.custom_id: Input should be a valid string", path)
	case !isCustomID(id):
		return batchRequest{}, fmt.Errorf("%s.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'", path)
	case !is(in.values["params"], '{'):
		return batchRequest{}, fmt.Errorf("%s.params: Input should be an object", path)
	}
	return batchRequest{id, in.values["params"]}, nil
}

func isCustomID(id string) bool {
	for _, r := range []byte(id) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= 64
}
