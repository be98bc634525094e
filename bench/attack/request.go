package attack

import (
	"sync"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/target/transport"
)

// request is a request to be sent and, once it was, its outcome.
type request struct {
	schedule.Batch
	// Stagger is how long its worker shall wait before sending it, Think how long after
	// the answer.
	Stagger, Think time.Duration
	// wire is what is sent; its body exists once it is built.
	wire transport.Request
	// held is how long the worker held it back before sending it: to build it, and by its
	// stagger.
	held time.Duration
	// exchange is the outcome, set by the worker.
	exchange *exchange
}

// chars is the length of its prompts, in bytes.
func (r *request) chars() (n int) {
	for _, p := range r.Prompts {
		n += len(p.Text)
	}
	return n
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
