package attack

import (
	"context"
	"testing"
	"time"

	"weighbridge/scenarios"
)

func TestDrainingIsFromTheEndOfASliceOn(t *testing.T) {
	a := &Arm{Arm: scenarios.Arm{Load: scenarios.Load{Drain: time.Minute}}}
	end := time.Now().Add(time.Hour)
	expect := func(when string, now time.Time, want time.Duration) {
		t.Helper()
		if got := a.Counts().Draining(now); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	expect("before any slice", end, 0)
	_, cancel := a.drainContext(context.Background(), end)
	expect("in the slice", end.Add(-time.Second), 0)
	expect("at its end", end, time.Minute)
	expect("in the drain", end.Add(20*time.Second), 40*time.Second)
	expect("after it", end.Add(time.Hour), 0)
	cancel()
	expect("once nothing is open", end.Add(20*time.Second), 0)
}

// An interrupted run waits for open requests as long as its drain, and 2 s at most.
func TestInterruptionEndsADrainSoon(t *testing.T) {
	a := &Arm{Arm: scenarios.Arm{Load: scenarios.Load{Drain: 10 * time.Millisecond}}}
	ctx, interrupt := context.WithCancel(context.Background())
	draining, cancel := a.drainContext(ctx, time.Now().Add(time.Hour))
	defer cancel()
	interrupt()
	select {
	case <-draining.Done():
	case <-time.After(time.Minute):
		t.Error("the requests are still open a minute after the interruption")
	}
}
