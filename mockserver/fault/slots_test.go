package fault_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/mockserver/fault"
)

func TestSlotsServeInOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waiting = 20
		slots := fault.NewSlots(1, 0)
		if err := slots.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var served []int
		for i := range waiting {
			go func() {
				if err := slots.Acquire(t.Context()); err != nil {
					t.Error(err)
					return
				}
				served = append(served, i) // guarded by the slot
				slots.Release()
			}()
			synctest.Wait()
		}
		slots.Release()
		synctest.Wait()
		if len(served) != waiting || !slices.IsSorted(served) {
			t.Errorf("served in the order %v", served)
		}
	})
}

func TestSlotsLimitTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := fault.NewSlots(2, 3)
		results := make(chan error, 10)
		for range 10 {
			go func() { results <- slots.Acquire(t.Context()) }()
			synctest.Wait()
		}
		var held, refused int
		for range len(results) {
			switch err := <-results; {
			case err == nil:
				held++
			case errors.Is(err, fault.ErrQueueFull):
				refused++
			default:
				t.Error(err)
			}
		}
		if held != 2 || refused != 5 {
			t.Errorf("%d hold a slot and %d are refused, want 2 and 5", held, refused)
		}
		slots.Release()
		synctest.Wait()
		if len(results) != 1 {
			t.Fatalf("a released slot served %d waiting requests, want 1", len(results))
		}
		if err := slots.Acquire(canceledContext(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("a place in the queue is free, but Acquire returns %v", err)
		}
		for range 4 { // serves the two that still wait
			slots.Release()
		}
	})
}

func TestCanceledAcquireFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := fault.NewSlots(1, 1)
		if err := slots.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := slots.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want the deadline's error", err)
		}
		ended := make(chan error)
		go func() { ended <- slots.Acquire(t.Context()) }()
		synctest.Wait()
		slots.Release()
		if err := <-ended; err != nil {
			t.Errorf("the place of a canceled request is still taken: %v", err)
		}
	})
}

func canceledContext(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
