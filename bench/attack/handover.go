package attack

import (
	"sync"

	"weighbridge/bench/attack/live"
)

// handover holds requests from the moment at which they are to be sent until a worker takes them, in
// order, and knows which are not counted yet. It is safe for concurrent use.
type handover struct {
	mu sync.Mutex
	// waiting are the requests that no worker has taken, from the first-th on.
	waiting []*request
	first   int
	// all is how many requests were handed over, and open those of them that are not counted yet, by
	// block.
	all  uint64
	open map[int]int
	// live counts prompts as due when they are handed over; it may be nil.
	live *live.Counts
}

func newHandover() *handover { return &handover{open: map[int]int{}} }

// give adds a request for the next worker that is free.
func (h *handover) give(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(r)
	h.waiting = append(h.waiting, r)
}

// take returns the request that has waited longest. One must be waiting.
func (h *handover) take() *request {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.waiting[h.first]
	h.waiting[h.first] = nil
	if h.first++; h.first == len(h.waiting) {
		h.waiting, h.first = h.waiting[:0], 0
	}
	return r
}

// enter adds a request that a worker has already.
func (h *handover) enter(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(r)
}

func (h *handover) add(r *request) {
	h.live.BecameDue(uint64(len(r.Prompts)))
	r.seq = h.all
	h.all++
	h.open[r.Prompts[0].Block]++
}

// handedOver returns how many requests there were.
func (h *handover) handedOver() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all
}

// counted notes that a request was counted.
func (h *handover) counted(r *request) {
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
