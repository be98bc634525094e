package attack

import (
	"sync"

	"weighbridge/bench/attack/live"
)

// handover holds requests until a worker takes them, in order, and knows which are not counted yet. It
// is safe for concurrent use.
type handover struct {
	mu sync.Mutex
	// waiting are the requests that no worker has taken, from the first-th on.
	waiting []*request
	first   int
	// all is how many requests were handed over. open counts those that are neither counted nor dropped
	// yet, by block.
	all  uint64
	open map[int]int
	// live counts prompts as due when they are handed over; it may be nil.
	live *live.Counts
}

func newHandover() *handover { return &handover{open: map[int]int{}} }

// give hands a request over to the next worker that is free.
func (h *handover) give(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[r.Prompts[0].Block]++
	h.number(r)
	h.waiting = append(h.waiting, r)
}

// post leaves a request, which may not be sent after all, to the next worker that is free: the worker then calls
// start or drop.
func (h *handover) post(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[r.Prompts[0].Block]++
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

// start hands over a request that was posted.
func (h *handover) start(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.number(r)
}

// drop notes that a request that was posted is not sent.
func (h *handover) drop(r *request) { h.counted(r) }

// enter counts a request as handed over that a worker has already.
func (h *handover) enter(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[r.Prompts[0].Block]++
	h.number(r)
}

// number numbers a request that is handed over. The caller holds the lock.
func (h *handover) number(r *request) {
	h.live.BecameDue(uint64(len(r.Prompts)))
	r.seq = h.all
	h.all++
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
