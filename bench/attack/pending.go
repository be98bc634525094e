package attack

import (
	"sync"
	"time"

	"weighbridge/bench/schedule"
)

// request is one exchange to be made.
type request struct {
	schedule.Batch
	// Stagger is how long its worker is to wait before it, and Think after the answer.
	Stagger, Think time.Duration
	// staggered is how long the worker waited before it.
	staggered time.Duration
	// exchange is set by the worker that carried it out.
	exchange *exchange
}

// pending is the requests handed over and not yet accounted for, by vegeta's
// sequence number.
type pending struct {
	mu   sync.Mutex
	open map[uint64]*request
}

func newPending() *pending { return &pending{open: map[uint64]*request{}} }

func (p *pending) put(seq uint64, r *request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[seq] = r
}

func (p *pending) get(seq uint64) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open[seq]
}

func (p *pending) take(seq uint64) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.open[seq]
	delete(p.open, seq)
	return r
}

// oldestBlock is the first block that a request still open belongs to; newest
// when there is none.
func (p *pending) oldestBlock(newest int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.open {
		newest = min(newest, r.Prompts[0].Block)
	}
	return newest
}
