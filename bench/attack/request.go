package attack

import (
	"sync"
	"time"

	"weighbridge/bench/schedule"
)

// request is a request to be sent and, once it was, its outcome.
type request struct {
	schedule.Batch
	// Stagger is how long its worker shall wait before sending it, Think how long after
	// the answer.
	Stagger, Think time.Duration
	// staggered is how long the worker did wait before sending it.
	staggered time.Duration
	// exchange is the outcome, set by the worker.
	exchange *exchange
}

// pendingRequests holds the requests that were handed over and not yet counted, by
// vegeta's sequence number. It is safe for concurrent use.
type pendingRequests struct {
	mu   sync.Mutex
	open map[uint64]*request
}

func newPendingRequests() *pendingRequests {
	return &pendingRequests{open: map[uint64]*request{}}
}

func (p *pendingRequests) put(seq uint64, r *request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[seq] = r
}

func (p *pendingRequests) get(seq uint64) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open[seq]
}

func (p *pendingRequests) take(seq uint64) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.open[seq]
	delete(p.open, seq)
	return r
}

// oldestBlock returns the first block that a pending request belongs to, or newest if
// none is pending.
func (p *pendingRequests) oldestBlock(newest int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.open {
		newest = min(newest, r.Prompts[0].Block)
	}
	return newest
}
