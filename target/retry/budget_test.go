package retry

import (
	"sync"
	"sync/atomic"
	"testing"

	"weighbridge/target"
)

func TestBudget(t *testing.T) {
	b := NewBudget(target.RetryBudget{Share: 0.1, Burst: 2})
	take := func(want bool) {
		t.Helper()
		if got := b.Take(); got != want {
			t.Fatalf("it gave a retry: %v", got)
		}
	}
	take(true)
	take(true)
	take(false)
	for range 9 {
		b.Request()
	}
	take(false)
	b.Request() // the tenth
	take(true)
	take(false)
	for range 1000 {
		b.Request()
	}
	take(true)
	take(true)
	take(false)
}

func TestNoBudgetRefusesNothing(t *testing.T) {
	b := NewBudget(target.RetryBudget{Burst: 1})
	for range 100 {
		if !b.Take() {
			t.Fatal("it refused a retry")
		}
	}
	b.Request()
}

// However many requests at once want to be retried, the budget holds.
func TestBudgetUnderLoad(t *testing.T) {
	const requests = 4000
	b := NewBudget(target.RetryBudget{Share: 0.25, Burst: 10})
	var taken atomic.Int64
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range requests / 8 {
				b.Request()
				for range 3 {
					if b.Take() {
						taken.Add(1)
					}
				}
			}
		})
	}
	workers.Wait()
	if most, least := int64(requests/4+10), int64(requests/4-10); taken.Load() > most || taken.Load() < least {
		t.Errorf("%d retries of %d requests, expected %d to %d", taken.Load(), requests, least, most)
	}
}
