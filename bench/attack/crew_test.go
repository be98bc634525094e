package attack

import (
	"runtime"
	"testing"

	"weighbridge/bench/schedule"
)

func ofBlock(block int) *request {
	return &request{Batch: schedule.Batch{Prompts: []schedule.Prompt{{Block: block}}}}
}

func TestACrewGivesRequestsToIdleWorkersFirst(t *testing.T) {
	c := newCrew()
	all := []*request{ofBlock(0), ofBlock(1), ofBlock(1), ofBlock(2)}
	if c.give(all[0]) || c.give(all[1]) {
		t.Error("nobody was idle")
	}
	for i := range 2 {
		if r := c.first(); r != all[i] || r.seq != uint64(i) {
			t.Errorf("worker %d starts with request %d", i, r.seq)
		}
	}
	early, late := make(chan *request, 1), make(chan *request, 1)
	c.idle = append(c.idle, early, late)
	if !c.give(all[2]) || <-late != all[2] {
		t.Error("the worker that was idle last got nothing")
	}
	c.enter(all[3])
	if c.sent != 4 || all[3].seq != 3 {
		t.Errorf("%d requests were handed over, the last as number %d", c.sent, all[3].seq)
	}
	for counted, want := range []int{0, 1, 1, 2} {
		if got := c.oldestBlock(9); got != want {
			t.Errorf("%d counted: the oldest block is %d, want %d", counted, got, want)
		}
		c.counted(all[counted])
	}
	if got := c.oldestBlock(9); got != 9 {
		t.Errorf("all counted: the oldest block is %d, want the newest", got)
	}
	c.dismiss()
	if r := <-early; r != nil || c.wait(early) != nil {
		t.Error("a worker still waits after the end")
	}
}

// A worker sends one request after another, in one hit of vegeta.
func TestWorkersAreKept(t *testing.T) {
	const n = 50
	left := n
	answered := make(chan struct{}, 1)
	answered <- struct{}{}
	workers := newCrew()
	v := volley{crew: workers, send: func(*request) *exchange { return &exchange{} }, next: func() (*request, bool) {
		<-answered
		for workers.oldestBlock(1) == 0 || left < n && !someIdle(workers) { // until its worker is idle again
			runtime.Gosched()
		}
		left--
		return ofBlock(0), left >= 0
	}}
	seen := map[uint64]bool{}
	if err := v.fire(func(h hit) {
		seen[h.Seq] = true
		answered <- struct{}{}
	}); err != nil || len(seen) != n || workers.started != 1 {
		t.Errorf("%d of %d requests were sent by %d workers, want one; %v", len(seen), n, workers.started, err)
	}
}

func someIdle(c *crew) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.idle) > 0
}
