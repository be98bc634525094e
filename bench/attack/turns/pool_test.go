package turns

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waitUnder waits by a timer, which is exact in virtual time.
func waitUnder(ctx context.Context) func(at time.Time) bool {
	return func(at time.Time) bool {
		select {
		case <-time.After(time.Until(at)):
			return true
		case <-ctx.Done():
			return false
		}
	}
}

func TestTurnsAreTakenWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		p := New[int](start.Add(6 * time.Second))
		go p.Watch(ctx, waitUnder(ctx))
		type taken struct{ item, ms int }
		var got []taken
		go func() {
			for {
				select {
				case <-p.Changed():
				case <-ctx.Done():
					return
				}
				for item, ok := p.Take(); ok; item, ok = p.Take() {
					got = append(got, taken{item, int(time.Since(start).Milliseconds())})
				}
			}
		}()
		put := func(item, ms int) { p.Put(start.Add(time.Duration(ms)*time.Millisecond), item) }
		for _, ms := range []int{300, 100, 1, 0, 100, 6000, 5000} {
			put(ms, ms)
		}
		time.Sleep(150 * time.Millisecond)
		put(200, 200) // before what it waits for
		put(140, 140) // late already
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		want := []taken{{0, 0}, {1, 1}, {100, 100}, {100, 100}, {140, 150}, {200, 200}, {300, 300}}
		if !slices.Equal(got, want) {
			t.Errorf("got items at ms %v, want %v", got, want)
		}
		if rest := p.Rest(); !slices.Equal(rest, []int{6000, 5000}) || len(p.Rest()) > 0 {
			t.Errorf("the rest is %v", rest)
		}
	})
}

func TestAPoolIsIdleOnceAllConversationsHaveEnded(t *testing.T) {
	p := New[int](time.Time{})
	signaled := func() bool {
		select {
		case <-p.Changed():
			return true
		default:
			return false
		}
	}
	p.Begin()
	p.Begin()
	if p.Idle() || signaled() {
		t.Error("two conversations are under way, and to begin is no signal")
	}
	if p.End(); p.Idle() || !signaled() || signaled() {
		t.Error("the end of a conversation is one signal")
	}
	if p.Put(time.Unix(1, 0), 1); !p.Idle() || !signaled() {
		t.Error("a turn that never is due ends its conversation")
	}
}
