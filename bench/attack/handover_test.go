package attack

import (
	"slices"
	"sync/atomic"
	"testing"

	"weighbridge/bench/schedule"
)

func ofBlock(block int) *request {
	return &request{Batch: schedule.Batch{Prompts: []schedule.Prompt{{Block: block}}}}
}

func TestRequestsAreTakenInOrderAndKnownUntilCounted(t *testing.T) {
	h := newHandover()
	all := []*request{ofBlock(0), ofBlock(1), ofBlock(1), ofBlock(2)}
	h.give(all[0])
	h.give(all[1])
	if h.take() != all[0] {
		t.Error("the first was not taken first")
	}
	h.give(all[2])
	if h.take() != all[1] || h.take() != all[2] {
		t.Error("the others were not taken in order")
	}
	h.enter(all[3])
	for i, r := range all {
		if r.seq != uint64(i) {
			t.Errorf("request %d has number %d", i, r.seq)
		}
	}
	for counted, want := range []int{0, 1, 1, 2} {
		if got := h.oldestBlock(9); got != want {
			t.Errorf("%d counted: the oldest block is %d, want %d", counted, got, want)
		}
		h.counted(all[counted])
	}
	if got := h.oldestBlock(9); got != 9 || h.handedOver() != 4 {
		t.Errorf("all counted: the oldest block is %d of %d requests, want the newest of 4", got, h.handedOver())
	}
}

// Each request is a hit of vegeta's, except those that follow one in its own.
func TestEachRequestIsSentOnce(t *testing.T) {
	const n = 50
	var left atomic.Int64
	v := volley{
		queue: newHandover(), workers: 4, send: func(*request) *exchange { return &exchange{} },
		next: func() (*request, bool) { return ofBlock(0), left.Add(-1) >= 0 },
	}
	for _, follow := range []func(*request) *request{nil, func(r *request) *request {
		if r.think > 0 {
			return nil
		}
		next := ofBlock(0)
		next.think = 1
		return next
	}} {
		left.Store(n)
		v.follow, v.queue = follow, newHandover()
		want := n
		if follow != nil {
			want = 2 * n
		}
		var seen []uint64
		if err := v.fire(func(h hit) { seen = append(seen, h.seq) }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(seen)
		if seen = slices.Compact(seen); len(seen) != want || seen[want-1] != uint64(want-1) {
			t.Errorf("%d requests were sent, want %d, each once", len(seen), want)
		}
	}
}
