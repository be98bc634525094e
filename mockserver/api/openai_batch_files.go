package api

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// openAIBatchLine is a line of an output file or of an error file.
type openAIBatchLine struct {
	ID       string               `json:"id"`
	CustomID string               `json:"custom_id"`
	Response *openAIBatchResponse `json:"response"`
	Error    *openAIBatchFailure  `json:"error"`
}

type openAIBatchResponse struct {
	Status    int             `json:"status_code"`
	RequestID string          `json:"request_id"`
	Body      json.RawMessage `json:"body"`
}

type openAIBatchFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// line returns the line of request i, and whether it belongs to the output file.
func (b *fileBatch) line(q Query, l lifecycle, i int) (line openAIBatchLine, answered bool) {
	id := mix(b.number, uint64(i))
	line = openAIBatchLine{ID: formatID("batch_req_", id), CustomID: b.requests[i].customID}
	switch l.unfinishedAs(i) {
	case "canceled":
		line.Error = &openAIBatchFailure{"batch_cancelled", "This request was not executed because the batch was cancelled."}
		return line, false
	case "expired":
		line.Error = &openAIBatchFailure{"batch_expired", "This request could not be executed before the completion window expired."}
		return line, false
	}
	complete := Completion{Read: readChat, Render: renderChat}
	if b.endpoint == "/v1/responses" {
		complete = Completion{Read: readResponse, Render: renderResponse}
	}
	fails := func(status int, err error) (openAIBatchLine, bool) {
		f := Failure{Status: status, Message: err.Error()}
		if refusal, ok := err.(*Refusal); ok {
			f = Failure{Status: refusal.Status, Kind: refusal.Kind, Message: refusal.Message, Param: refusal.Param}
		}
		line.Response = &openAIBatchResponse{f.Status, requestID(id), renderOpenAIFailure(f)}
		return line, false
	}
	call, err := complete.Read(nil, b.requests[i].params)
	if err != nil {
		return fails(http.StatusBadRequest, err)
	}
	call.Batch, call.Stream = true, false
	body, err := complete.Render(Answer{ID: id, Call: call, Created: l.created, Items: []Item{q.Complete(b.number, i, call)}})
	if err != nil { // the item failed
		return fails(http.StatusInternalServerError, err)
	}
	line.Response = &openAIBatchResponse{http.StatusOK, requestID(id), body}
	return line, true
}

// counts returns how many requests are done at the query's time, and how.
func (b *fileBatch) counts(q Query, l lifecycle) openAIBatchCounts {
	b.results.Lock()
	defer b.results.Unlock()
	counts := openAIBatchCounts{Total: len(b.requests)}
	over := l.state(q.Now) == ended
	for i := range b.requests {
		if !over && (l.doneAt(i).After(q.Now) || l.unfinishedAs(i) != "") {
			break
		}
		if b.known[i] == unknown {
			b.known[i] = errored
			if _, answered := b.line(q, l, i); answered {
				b.known[i] = succeeded
			}
		}
		if b.known[i] == succeeded {
			counts.Completed++
		} else {
			counts.Failed++
		}
	}
	return counts
}

// files returns the output file and the error file of a batch that has ended; either is nil if it
// has no lines.
func (b *fileBatch) files(q Query) (output, failed *storedFile) {
	l := q.Files.lifecycleOf(b)
	if l.state(q.Now) != ended || len(b.invalid) > 0 {
		return nil, nil
	}
	b.results.Lock()
	defer b.results.Unlock()
	if b.written {
		return b.output, b.failed
	}
	q, usage := q.summing()
	var lines [2]bytes.Buffer
	for _, i := range shuffledOrder(b.number, len(b.requests)) {
		line, answered := b.line(q, l, i)
		into := &lines[1]
		if answered {
			into = &lines[0]
		}
		into.Write(append(mustMarshal(line), '\n'))
	}
	var files [2]*storedFile
	for i, kind := range []string{"output", "error"} {
		if lines[i].Len() > 0 {
			files[i] = &storedFile{
				id: formatID("file-", mix(b.number, uint64(len(b.requests)+i))), name: b.id + "_" + kind + ".jsonl",
				created: l.end(), content: lines[i].Bytes(), purpose: "batch_output",
			}
		}
	}
	if files[0] != nil {
		files[0].unbilled = *usage
	}
	b.output, b.failed, b.written = files[0], files[1], true
	return b.output, b.failed
}
