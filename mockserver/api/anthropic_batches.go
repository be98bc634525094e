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

// batchCounts is MessageBatchRequestCounts of the SDK. Until the batch has ended, all
// but Processing are 0.
type batchCounts struct {
	Processing int `json:"processing"`
	Succeeded  int `json:"succeeded"`
	Errored    int `json:"errored"`
	Canceled   int `json:"canceled"`
	Expired    int `json:"expired"`
}

// newAnthropicBatch describes a batch at the query's time.
func newAnthropicBatch(q Query, b *batch, l lifecycle) anthropicBatch {
	out := anthropicBatch{
		ID: b.publicID, Type: "message_batch", ProcessingStatus: l.state(q.Now),
		RequestCounts: batchCounts{Processing: len(b.requests)},
		CreatedAt:     formatTime(l.created), ExpiresAt: formatTime(l.expires()), CancelInitiatedAt: formatOptionalTime(l.canceled),
	}
	if out.ProcessingStatus == ended {
		out.RequestCounts = b.counts(q, l)
		out.EndedAt = formatOptionalTime(l.end())
		out.ResultsURL = nullIfEmpty(q.Base + "/v1/messages/batches/" + b.publicID + "/results")
	}
	return out
}

// formatOptionalTime is formatTime, but nil for the zero time.
func formatOptionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return nullIfEmpty(formatTime(t))
}

func batchResponse(q Query, b *batch, l lifecycle) Response {
	return Response{Body: mustMarshal(newAnthropicBatch(q, b, l))}
}

func createBatch(q Query) (Response, error) {
	version, err := anthropicVersion(q.Request.Header)
	if err != nil {
		return Response{}, err
	}
	requests, err := readBatch(q.Body, q.Batches.limits.PerBatch)
	if err != nil {
		return Response{}, err
	}
	b := &batch{
		number: q.ID, version: version, requests: requests,
		lifecycle: lifecycle{created: q.Now, duration: max(q.BatchDuration, 0), requests: len(requests)},
	}
	for _, request := range requests {
		b.bytes += len(request.params)
	}
	l := b.lifecycle
	b.noteIfEnded(q.Now)
	if err := q.Batches.add(b, q.Now); err != nil {
		return Response{}, err
	}
	response := batchResponse(q, b, l)
	response.Prompts = len(requests)
	return response, nil
}

func listBatches(q Query) (Response, error) {
	return pageResponse(q, q.Batches.list(q.Now),
		func(s batchState) string { return s.publicID },
		func(s batchState) anthropicBatch { return newAnthropicBatch(q, s.batch, s.lifecycle) })
}

func getBatch(q Query) (Response, error) {
	b, l, err := q.Batches.find(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Response{}, err
	}
	return batchResponse(q, b, l), nil
}

func cancelBatch(q Query) (Response, error) {
	b, l, err := q.Batches.cancel(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Response{}, err
	}
	return batchResponse(q, b, l), nil
}

func deleteBatch(q Query) (Response, error) {
	name := q.Request.PathValue("id")
	if err := q.Batches.remove(name, q.Now); err != nil {
		return Response{}, err
	}
	return Response{Body: mustMarshal(struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}{name, "message_batch_deleted"})}, nil
}

func batchResults(q Query) (Response, error) {
	b, l, err := q.Batches.find(q.Request.PathValue("id"), q.Now)
	if err != nil {
		return Response{}, err
	}
	if l.state(q.Now) != ended {
		return Response{}, fmt.Errorf("the message batch %s has not ended: there are no results yet", b.publicID)
	}
	q, usage := q.summing()
	lines, err := b.resultLines(q, l)
	if err != nil {
		return Response{}, err
	}
	return Response{ContentType: "application/x-jsonl", Body: lines, Usage: q.Batches.bill(b, *usage)}, nil
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
			return nil, extraField(name)
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
			return batchRequest{}, extraField(path + "." + name)
		}
	}
	id, ok := asText(in.values["custom_id"])
	switch {
	case !ok:
		return batchRequest{}, fmt.Errorf("%s.custom_id: Input should be a valid string", path)
	case !isCustomID(id):
		return batchRequest{}, fmt.Errorf("%s.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'", path)
	case !startsWith(in.values["params"], '{'):
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
