package concurrency

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"weighbridge/target"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func adaptive(start, least int) target.Concurrency {
	return target.Concurrency{Policy: target.ConcurrencyAdaptive, Start: start, Min: least, Backoff: 0.5}
}

// free counts the slots that can be taken.
func free(g *Gate) (n int) {
	for g.TryAcquire() {
		n++
	}
	for range n {
		g.Free()
	}
	return n
}

func TestGate(t *testing.T) {
	if n := free(NewGate(7, target.Concurrency{Policy: target.ConcurrencyFixed, Start: 2})); n != 7 {
		t.Errorf("a fixed gate has %d slots, expected 7", n)
	}
	if n := free(NewGate(3, adaptive(20, 1))); n != 3 {
		t.Errorf("a gate of 3 that starts with 20 has %d slots", n)
	}
	g := NewGate(100, adaptive(8, 2))
	if n := free(g); n != 8 {
		t.Fatalf("%d slots at first, expected 8", n)
	}
	var sent []Pass
	for g.TryAcquire() {
		sent = append(sent, g.Enter())
	}
	if len(sent) != 8 || sent[0].Limit != 8 {
		t.Fatalf("sent %v", sent)
	}
	g.Leave(sent[0], Overloaded) // the limit is 4, with 7 in flight
	if n := free(g); n != 0 {
		t.Errorf("%d slots with 7 in flight, expected none", n)
	}
	for _, p := range sent[1:5] {
		g.Leave(p, Overloaded)
	}
	if n := free(g); n != 1 {
		t.Errorf("%d slots with 3 in flight, expected 1", n)
	}
	for _, p := range sent[5:] {
		g.Leave(p, Neither)
	}
	if n := free(g); n != 4 {
		t.Errorf("%d slots with none in flight, expected 4", n)
	}
	for range 40 { // ten rounds or so
		var round []Pass
		for g.TryAcquire() {
			round = append(round, g.Enter())
		}
		for _, p := range round {
			g.Leave(p, Answered)
		}
	}
	if n := free(g); n < 20 || n > 44 {
		t.Errorf("after 40 rounds of answers %d slots, expected about 30", n)
	}
}

func TestGateServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(10, adaptive(1, 1))
		if err := g.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass := g.Enter()
		var order []int
		var workers sync.WaitGroup
		for i := range 5 {
			workers.Go(func() {
				if err := g.Acquire(t.Context()); err != nil {
					t.Error(err)
				}
				order = append(order, i) // one at a time
				g.Leave(g.Enter(), Overloaded)
			})
			synctest.Wait()
		}
		g.Leave(pass, Overloaded)
		workers.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("they passed in the order %v", order)
		}
	})
}

func TestGateWaitEndsWithItsContext(t *testing.T) {
	g := NewGate(5, adaptive(1, 1))
	if !g.TryAcquire() {
		t.Fatal("no slot")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := g.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	g.Free()
	if err := g.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a free slot, got %v", err)
	}
}

// Whatever happens, no more attempts are in flight than the limit was when the last of them passed,
// and no slot is lost.
func TestGateHoldsUnderLoad(t *testing.T) {
	g := NewGate(50, adaptive(10, 2))
	var mu sync.Mutex
	now, most := 0, 0
	var workers sync.WaitGroup
	for w := range 40 {
		workers.Go(func() {
			for i := range 200 {
				if err := g.Acquire(t.Context()); err != nil {
					t.Error(err)
					return
				}
				p := g.Enter()
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				ending := Answered
				if (w+i)%17 == 0 {
					ending = Overloaded
				}
				mu.Lock()
				now--
				mu.Unlock()
				g.Leave(p, ending)
			}
		})
	}
	workers.Wait()
	if most > 50 {
		t.Errorf("%d were in flight", most)
	}
	if n := free(g); n != g.adaptive.allowed() || len(g.slots) != g.withheld {
		t.Errorf("%d slots are free, %d taken, %d withheld, the limit is %d", n, len(g.slots), g.withheld, g.adaptive.allowed())
	}
}

func TestACrowdBeforeAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1, target.Concurrency{})
		if g.Crowded(1) {
			t.Error("a crowd where nobody waits")
		}
		_ = g.Acquire(t.Context())
		for n := range 8 { // that give up after 1, 2, 3 … seconds
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n+1)*time.Second)
			defer cancel()
			go func() { _ = g.Acquire(ctx) }()
		}
		synctest.Wait()
		if g.Crowded(9) {
			t.Error("8 are a crowd of 9")
		}
		began := time.Now()
		if !g.Crowded(8) || time.Since(began) != 4*time.Second {
			t.Errorf("a crowd of 8 for %v, want 4 s, until half of it waits", time.Since(began))
		}
		g.Free() // to one that waits
		synctest.Wait()
		if g.Crowded(4) {
			t.Error("3 are a crowd of 4")
		}
		time.Sleep(10 * time.Second)
		if g.Crowded(1) {
			t.Error("a crowd where nobody waits any more")
		}
	})
}
