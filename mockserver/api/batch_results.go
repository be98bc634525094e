package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// batchLine is MessageBatchIndividualResponse of the SDK.
type batchLine struct {
	CustomID string      `json:"custom_id"`
	Result   batchResult `json:"result"`
}

type batchResult struct {
	Type    string            `json:"type"`
	Message *anthropicMessage `json:"message,omitempty"`
	Error   *anthropicError   `json:"error,omitempty"`
}

// result is what became of request i of a batch that has ended.
func (b *batch) result(q Query, l life, i int) batchResult {
	if fate := l.fate(i); fate != "" {
		return batchResult{Type: fate}
	}
	call, err := readMessageParams(b.requests[i].params, messageReader{version: b.version})
	if err != nil {
		return b.errored(i, http.StatusBadRequest, err.Error())
	}
	call.Batch, call.Stream = true, false
	item := q.Complete(b.id, i, call)
	if item.Failed != "" {
		return b.errored(i, http.StatusInternalServerError, item.Failed)
	}
	message := newAnthropicMessage(mix(b.id, uint64(i)), call.Model, tierBatch, item)
	return batchResult{Type: "succeeded", Message: &message}
}

func (b *batch) errored(i, status int, message string) batchResult {
	why := newAnthropicError(Failure{Status: status, Message: message, RequestID: requestName(mix(b.id, uint64(i)))})
	return batchResult{Type: "errored", Error: &why}
}

// counts are the request_counts of a batch that has ended. Finding out takes as
// long as serving the results, so it is done once.
func (b *batch) counts(q Query, l life) batchCounts {
	b.once.Do(func() {
		for i := range b.requests {
			switch b.result(q, l, i).Type {
			case "succeeded":
				b.tally.Succeeded++
			case "errored":
				b.tally.Errored++
			case "canceled":
				b.tally.Canceled++
			case "expired":
				b.tally.Expired++
			}
		}
	})
	return b.tally
}

// jumbled is the numbers of n requests in an order that id decides, never their own.
func jumbled(id uint64, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(mix(id, uint64(i)), mix(id, uint64(j))) })
	if n > 1 && slices.IsSorted(order) {
		order[0], order[n-1] = order[n-1], order[0]
	}
	return order
}

// lines are the results of a batch that has ended, one JSON object per line.
func (b *batch) lines(q Query, l life) ([]byte, error) {
	var out bytes.Buffer
	in := json.NewEncoder(&out) // ends each value with a line break
	for _, i := range jumbled(b.id, len(b.requests)) {
		if err := in.Encode(batchLine{b.requests[i].customID, b.result(q, l, i)}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
