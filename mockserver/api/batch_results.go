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

// result returns the result of request i of a batch that has ended.
func (b *batch) result(q Query, l lifecycle, i int) batchResult {
	if kind := l.unfinishedAs(i); kind != "" {
		return batchResult{Type: kind}
	}
	call, err := readMessageParams(b.requests[i].params, messageReader{version: b.version})
	if err != nil {
		return b.errored(i, http.StatusBadRequest, err.Error())
	}
	call.Batch, call.Stream = true, false
	item := q.Complete(b.number, i, call)
	if item.Failed != "" {
		return b.errored(i, http.StatusInternalServerError, item.Failed)
	}
	message := newAnthropicMessage(mix(b.number, uint64(i)), call.Model, tierBatch, item)
	return batchResult{Type: "succeeded", Message: &message}
}

func (b *batch) errored(i, status int, message string) batchResult {
	why := newAnthropicError(Failure{Status: status, Message: message, RequestID: requestID(mix(b.number, uint64(i)))})
	return batchResult{Type: "errored", Error: &why}
}

// counts returns the request_counts of a batch that has ended. Counting takes as long
// as serving the results, so it is done once.
func (b *batch) counts(q Query, l lifecycle) batchCounts {
	b.countOnce.Do(func() {
		for i := range b.requests {
			switch b.result(q, l, i).Type {
			case "succeeded":
				b.cachedCounts.Succeeded++
			case "errored":
				b.cachedCounts.Errored++
			case "canceled":
				b.cachedCounts.Canceled++
			case "expired":
				b.cachedCounts.Expired++
			}
		}
	})
	return b.cachedCounts
}

// shuffledOrder returns the numbers 0 to n-1 in an order that id determines, which is
// not the ascending one if n > 1.
func shuffledOrder(id uint64, n int) []int {
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

// summing returns the query with a sum of the usage of all prompts that it answers.
func (q Query) summing() (Query, *Usage) {
	sum, complete := &Usage{}, q.Complete
	q.Complete = func(id uint64, index int, call Call) Item {
		item := complete(id, index, call)
		if item.Failed == "" {
			*sum = sum.Add(item.Usage)
		}
		return item
	}
	return q, sum
}

// resultLines returns the results of a batch that has ended, one JSON object per line.
func (b *batch) resultLines(q Query, l lifecycle) ([]byte, error) {
	var out bytes.Buffer
	in := json.NewEncoder(&out) // ends each value with a line break
	for _, i := range shuffledOrder(b.number, len(b.requests)) {
		if err := in.Encode(batchLine{b.requests[i].customID, b.result(q, l, i)}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
