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
//	GET    /v1/messages/batches/{id}/results   JSON lines, in an order that the batch's name decides; 400 before it has ended
//
// A batch is worked off by nobody: its state follows from the time. It ends
// Query.Lasts after it was made, its requests being done one by one, evenly, in
// the order given. A cancellation takes 100 ms, or less when it would have ended
// before; requests done by the moment it was asked for keep their results, the
// others are canceled. A batch that lasts longer than 24 h ends then, with the
// others expired. Params are checked when the batch has ended, and invalid ones
// are errored results, as the real API has it.
//
// Nothing is billed: which requests will succeed is not known when a batch is
// made, and results may be fetched any number of times. So Told.Usage is zero
// throughout; the usage of each request stands in its result.
type Batches struct {
	limits BatchLimits

	mu       sync.Mutex
	byName   map[string]*batch
	order    []*batch // oldest first
	requests int
	bytes    int
}

// NewBatches returns an empty store with the given limits.
func NewBatches(limits BatchLimits) *Batches {
	return &Batches{limits: limits, byName: map[string]*batch{}}
}

// Reset forgets every batch.
func (s *Batches) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byName, s.order, s.requests, s.bytes = map[string]*batch{}, nil, 0, 0
}

// batch is one message batch. All but its life stays as it was made, and tally
// is guarded by itself; its life is guarded by the store.
type batch struct {
	id       uint64
	name     string
	version  string
	requests []batchRequest
	bytes    int
	life     life
	// settled says that somebody was told that it has ended; it is guarded as life is.
	settled bool

	once  sync.Once
	tally batchCounts
}

// add makes room for a batch and keeps it. Its name is made of id, or of a
// number made of id where a batch has that already.
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
	for b.name = batchName(b.id); s.byName[b.name] != nil; b.name = batchName(b.id) {
		b.id = mix(b.id, 0)
	}
	s.byName[b.name] = b
	s.order = append(s.order, b)
	s.requests += len(b.requests)
	s.bytes += b.bytes
	return nil
}

func batchName(id uint64) string { return named("msgbatch_", id) }

// forgetOne forgets the oldest batch that has ended, if there is one.
func (s *Batches) forgetOne(now time.Time) bool {
	for _, b := range s.order {
		if b.life.state(now) == ended {
			s.forget(b)
			return true
		}
	}
	return false
}

func (s *Batches) forget(b *batch) {
	delete(s.byName, b.name)
	s.order = slices.DeleteFunc(s.order, func(other *batch) bool { return other == b })
	s.requests -= len(b.requests)
	s.bytes -= b.bytes
}

// find returns the batch of a name and its life as it stands.
func (s *Batches) find(name string, now time.Time) (*batch, life, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return nil, life{}, err
	}
	b.settle(now)
	return b, b.life, nil
}

// settle keeps a batch that has ended by now from being canceled by a request
// that came before now but was served later: its counts may have been told.
func (b *batch) settle(now time.Time) { b.settled = b.settled || b.life.state(now) == ended }

// get is find for who holds the lock.
func (s *Batches) get(name string) (*batch, error) {
	b := s.byName[name]
	if b == nil {
		return nil, &Refusal{Status: http.StatusNotFound, Message: "no such message batch: " + name}
	}
	return b, nil
}

// standing is a batch and its life at some moment.
type standing struct {
	*batch
	life life
}

// list returns all batches, newest first.
func (s *Batches) list(now time.Time) []standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]standing, 0, len(s.order))
	for _, b := range slices.Backward(s.order) {
		b.settle(now)
		out = append(out, standing{b, b.life})
	}
	return out
}

// cancel begins to cancel a batch that has not ended.
func (s *Batches) cancel(name string, now time.Time) (*batch, life, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return nil, life{}, err
	}
	b.settle(now)
	switch {
	case b.settled:
		return nil, life{}, fmt.Errorf("the message batch %s has ended and cannot be canceled", name)
	case b.life.canceled.IsZero():
		b.life.canceled = now
	}
	return b, b.life, nil
}

// remove forgets a batch that has ended.
func (s *Batches) remove(name string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.get(name)
	if err != nil {
		return err
	}
	if b.life.state(now) != ended {
		return fmt.Errorf("the message batch %s is still processing: cancel it before it is deleted", name)
	}
	s.forget(b)
	return nil
}
