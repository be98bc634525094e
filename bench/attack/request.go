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
	// seq is its number in the attack, from 0.
	seq uint64
	// pickedUp is when its worker had it ready to send: built, and after its stagger.
	pickedUp time.Time
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

// handover passes requests from the pacer to the workers, in their order. It is safe for concurrent
// use.
type handover struct {
	mu    sync.Mutex
	queue []*request
	next  int // the first in queue that no worker has taken
	count uint64
	// open is how many requests were handed over and are not counted yet, by block.
	open map[int]int
}

func newHandover() *handover { return &handover{open: map[int]int{}} }

// put hands a request over.
func (h *handover) put(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.seq = h.count
	h.count++
	h.open[r.Prompts[0].Block]++
	h.queue = append(h.queue, r)
}

// take returns the first request that no worker has taken. There must be one.
func (h *handover) take() *request {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.queue[h.next]
	h.queue[h.next] = nil
	if h.next++; 2*h.next >= len(h.queue) {
		h.queue, h.next = h.queue[:copy(h.queue, h.queue[h.next:])], 0
	}
	return r
}

// ended says that a request was counted.
func (h *handover) ended(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	block := r.Prompts[0].Block
	if h.open[block]--; h.open[block] == 0 {
		delete(h.open, block)
	}
}

// oldestBlock returns the first block of a request that is not counted yet, or newest if all are.
func (h *handover) oldestBlock(newest int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	for block := range h.open {
		newest = min(newest, block)
	}
	return newest
}
