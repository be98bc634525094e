package api

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// BatchLimits bounds the message batches that a mock keeps. When a new batch
// would exceed the limit on batches, queued requests or bytes, the oldest batch
// that has ended is forgotten; if none has ended, the new batch is refused with a
// 429, as by the real API when its queue is full.
type BatchLimits struct {
	// PerBatch is the largest number of requests in one batch; more are refused with a 400.
	PerBatch int
	// Batches is the largest number of batches kept.
	Batches int
	// Requests is the largest number of requests in all batches together.
	Requests int
	// Bytes is the largest total size of the requests' params.
	Bytes int
}

// DefaultBatchLimits returns the limits of a mock: 100,000 requests per batch, as
// the guide of the Message Batches API says, and bounds of the mock's own on what
// it keeps: 1000 batches, 200,000 requests, 512 MiB.
func DefaultBatchLimits() BatchLimits {
	return BatchLimits{PerBatch: 100_000, Batches: 1000, Requests: 200_000, Bytes: 1 << 29}
}

// Batches holds the message batches of one mock. NewBatches makes one; the zero
// value is not usable. It is safe for concurrent use.
//
//	POST   /v1/messages/batches                {"requests":[{"custom_id":"a1","params":{…}}]}, 1 to BatchLimits.PerBatch of them
//	GET    /v1/messages/batches                newest first, in pages of limit (1 to 1000, 20 by default)
//	GET    /v1/messages/batches/{id}
//	POST   /v1/messages/batches/{id}/cancel    400 once it has ended; again while canceling changes nothing
//	DELETE /v1/messages/batches/{id}           400 before it has ended
//	GET    /v1/messages/batches/{id}/results   JSON lines, in an order determined by the batch's ID; 400 before it has ended
//
// Nothing processes a batch: its state follows from the time. It ends
// Query.BatchDuration after its creation; its requests are done one by one, at equal
// intervals, in the order given. A cancellation takes 100 ms, or less if the batch
// would have ended sooner; requests that were done when it was requested keep their
// results, the others are canceled. A batch that would take longer than 24 h ends
// then, and its remaining requests are expired. Params are checked only when the batch
// has ended, and requests with invalid ones are errored, as in the real API.
//
// A batch is billed as its results are fetched for the first time: which requests will
// succeed is not known when it is created.
type Batches struct {
	limits BatchLimits

	mu       sync.Mutex
	byID     map[string]*batch
	order    []*batch // oldest first
	requests int
	bytes    int
}

// NewBatches returns an empty store with the given limits.
func NewBatches(limits BatchLimits) *Batches {
	return &Batches{limits: limits, byID: map[string]*batch{}}
}

// Reset forgets every batch.
func (s *Batches) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID, s.order, s.requests, s.bytes = map[string]*batch{}, nil, 0, 0
}

// batch is one message batch. Only its lifecycle, knownEnded, billed and cachedCounts change;
// the store's mutex guards the first three, countOnce the last.
type batch struct {
	number    uint64
	publicID  string
	version   string
	requests  []batchRequest
	bytes     int
	lifecycle lifecycle
	// knownEnded says that a client may have been told that the batch has ended, and billed that
	// its results have been fetched.
	knownEnded, billed bool

	countOnce    sync.Once
	cachedCounts batchCounts
}

// add makes room for a batch and keeps it. Its ID is made of its number, or of
// another number derived from it if that ID is taken.
func (s *Batches) add(b *batch, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) >= s.limits.Batches || s.requests+len(b.requests) > s.limits.Requests || s.bytes+b.bytes > s.limits.Bytes {
		if !s.forgetOne(now) {
			return &Refusal{
				Status:  http.StatusTooManyRequests,
				Message: "too many requests of message batches are being processed",
			}
		}
	}
	for b.publicID = batchID(b.number); s.byID[b.publicID] != nil; b.publicID = batchID(b.number) {
		b.number = mix(b.number, 0)
	}
	s.byID[b.publicID] = b
	s.order = append(s.order, b)
	s.requests += len(b.requests)
	s.bytes += b.bytes
	return nil
}

func batchID(id uint64) string { return formatID("msgbatch_", id) }

// forgetOne forgets the oldest batch that has ended, and reports whether there was one.
func (s *Batches) forgetOne(now time.Time) bool {
	for _, b := range s.order {
		if b.lifecycle.state(now) == ended {
			s.forget(b)
			return true
		}
	}
	return false
}

func (s *Batches) forget(b *batch) {
	delete(s.byID, b.publicID)
	s.order = slices.DeleteFunc(s.order, func(other *batch) bool { return other == b })
	s.requests -= len(b.requests)
	s.bytes -= b.bytes
}

// find returns the batch with an ID, and a copy of its lifecycle.
func (s *Batches) find(name string, now time.Time) (*batch, lifecycle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return nil, lifecycle{}, err
	}
	b.noteIfEnded(now)
	return b, b.lifecycle, nil
}

// noteIfEnded notes whether the batch has ended by now. If so, a cancellation that
// arrived before now but is served later is refused: a client may have read the counts.
func (b *batch) noteIfEnded(now time.Time) {
	b.knownEnded = b.knownEnded || b.lifecycle.state(now) == ended
}

// bill returns what is billed as the results of a batch are fetched: their usage, once.
func (s *Batches) bill(b *batch, usage Usage) Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.billed {
		return Usage{}
	}
	b.billed = true
	return usage
}

// get is find for callers that hold the lock.
func (s *Batches) get(name string) (*batch, error) {
	b := s.byID[name]
	if b == nil {
		return nil, &Refusal{Status: http.StatusNotFound, Message: "no such message batch: " + name}
	}
	return b, nil
}

// batchState is a batch and its lifecycle at one moment.
type batchState struct {
	*batch
	lifecycle lifecycle
}

// list returns all batches, newest first.
func (s *Batches) list(now time.Time) []batchState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]batchState, 0, len(s.order))
	for _, b := range slices.Backward(s.order) {
		b.noteIfEnded(now)
		out = append(out, batchState{b, b.lifecycle})
	}
	return out
}

// cancel begins to cancel a batch that has not ended.
func (s *Batches) cancel(name string, now time.Time) (*batch, lifecycle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return nil, lifecycle{}, err
	}
	b.noteIfEnded(now)
	switch {
	case b.knownEnded:
		return nil, lifecycle{}, fmt.Errorf("the message batch %s has ended and cannot be canceled", name)
	case b.lifecycle.canceled.IsZero():
		b.lifecycle.canceled = now
	}
	return b, b.lifecycle, nil
}

// remove forgets a batch that has ended.
func (s *Batches) remove(name string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return err
	}
	if b.lifecycle.state(now) != ended {
		return fmt.Errorf("the message batch %s is still processing: cancel it before it is deleted", name)
	}
	s.forget(b)
	return nil
}
