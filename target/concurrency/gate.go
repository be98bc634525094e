package concurrency

import (
	"context"
	"sync"

	"weighbridge/target"
)

// Gate lets attempts pass while fewer are in flight than its limit. Those that wait pass in order of
// arrival. It is safe for concurrent use.
type Gate struct {
	// slots has an element for each attempt in flight, and one for each slot that is withheld.
	slots chan struct{}

	mu sync.Mutex
	// adaptive is nil for a fixed limit.
	adaptive *aimd
	withheld int
	// waiting is how many attempts wait for a slot, and left is signaled when one does no more.
	waiting int
	left    sync.Cond
}

// NewGate returns a gate for at most inFlight attempts at once.
func NewGate(inFlight int, c target.Concurrency) *Gate {
	g := &Gate{slots: make(chan struct{}, inFlight)}
	g.left.L = &g.mu
	if c.Policy != target.ConcurrencyAdaptive {
		return g
	}
	most := float64(inFlight)
	g.adaptive = &aimd{limit: min(float64(c.Start), most), least: min(float64(c.Min), most), most: most, backoff: c.Backoff}
	g.withhold()
	return g
}

// Acquire waits for a slot. It fails only if ctx has ended, even if a slot is free.
func (g *Gate) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if g.TryAcquire() {
		return nil
	}
	g.wait(1)
	defer g.wait(-1)
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait counts an attempt that begins or ends its wait.
func (g *Gate) wait(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting += n; n < 0 {
		g.left.Broadcast()
	}
}

// Crowded reports whether at least most attempts wait for a slot. If so, it first waits until only half as many do.
func (g *Gate) Crowded(most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting < most {
		return false
	}
	for g.waiting > most/2 {
		g.left.Wait()
	}
	return true
}

// Waiting reports whether an attempt waits for a slot.
func (g *Gate) Waiting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting > 0
}

// TryAcquire takes a slot if one is free.
func (g *Gate) TryAcquire() bool {
	select {
	case g.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// Free gives back a slot with which nothing was sent.
func (g *Gate) Free() { <-g.slots }

// InUse is how many attempts have a slot.
func (g *Gate) InUse() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.slots) - g.withheld
}

// Pass is an attempt that has a slot.
type Pass struct {
	attempt uint64
	// Limit is how many attempts were allowed at once when it passed; 0 if the limit is fixed.
	Limit int
}

// Enter begins an attempt that has a slot.
func (g *Gate) Enter() Pass {
	if g.adaptive == nil {
		return Pass{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return Pass{g.adaptive.enter(), g.adaptive.allowed()}
}

// Leave ends an attempt, gives its slot back, and changes the limit.
func (g *Gate) Leave(p Pass, e Ending) {
	if g.adaptive == nil {
		g.Free()
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.adaptive.leave(p.attempt, e, len(g.slots)-g.withheld)
	if g.withheld < g.toWithhold() {
		g.withheld++ // its own slot
		g.withhold()
		return
	}
	g.Free()
	for g.withheld > g.toWithhold() {
		g.withheld--
		g.Free()
	}
}

func (g *Gate) toWithhold() int { return cap(g.slots) - g.adaptive.allowed() }

// withhold takes free slots that are over the limit. Those in use follow as they are given back.
func (g *Gate) withhold() {
	for g.withheld < g.toWithhold() && g.TryAcquire() {
		g.withheld++
	}
}
