package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"weighbridge/mockserver/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestSystemSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := clock.System().Sleep(t.Context(), 3*time.Second); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("slept %v, want 3s", took)
		}
	})
}

func TestSystemSleepEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		if err := clock.System().Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline's error", err)
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("slept %v, want 1s", took)
		}
		if err := clock.System().Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep(ctx, 0) hides that the context is done: %v", err)
		}
	})
}

func TestManualWakesSleepersWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clock.NewManual(start)
		woken := make(chan time.Duration, 2)
		for _, d := range []time.Duration{2 * time.Second, time.Second} {
			go func() {
				if err := m.Sleep(t.Context(), d); err == nil {
					woken <- d
				}
			}()
		}
		synctest.Wait()
		if n := m.Sleepers(); n != 2 {
			t.Fatalf("%d sleepers, want 2", n)
		}
		m.Advance(time.Second - 1)
		synctest.Wait()
		if len(woken) != 0 {
			t.Fatalf("the sleeper of %v woke early", <-woken)
		}
		m.Advance(1)
		if d := <-woken; d != time.Second {
			t.Errorf("the sleeper of %v woke first, want 1s", d)
		}
		m.Advance(-time.Hour)
		m.Advance(time.Hour)
		synctest.Wait()
		if len(woken) != 0 {
			t.Errorf("moving the clock back and forth woke the sleeper of %v early", <-woken)
		}
		m.Advance(time.Second)
		if d := <-woken; d != 2*time.Second {
			t.Errorf("the sleeper of %v woke last, want 2s", d)
		}
	})
}

func TestManualSleepEndsWithContext(t *testing.T) {
	m := clock.NewManual(start)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- m.Sleep(ctx, time.Second) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if n := m.Sleepers(); n != 0 {
		t.Errorf("%d sleepers left", n)
	}
}
