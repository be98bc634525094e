package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func newAttemptContext(ctx context.Context, timeout time.Duration) *attemptContext {
	a := &attemptContext{}
	a.start((&Client{}).Under(ctx), time.Now(), timeout)
	return a
}

// However its end is asked for, an attempt ends with its own timeout, its request or a cancel.
func TestAttemptContextEnds(t *testing.T) {
	over := errors.New("over")
	for _, c := range []struct {
		name  string
		end   func(a *attemptContext, parent context.CancelCauseFunc)
		cause error
		calls int // of the function that is given to Watch
	}{
		{"not yet", func(*attemptContext, context.CancelCauseFunc) {}, nil, 0},
		{"timeout", func(*attemptContext, context.CancelCauseFunc) { time.Sleep(2 * time.Second) }, errTimeout, 1},
		{"request", func(_ *attemptContext, parent context.CancelCauseFunc) { parent(over) }, over, 1},
		{"cancel", func(a *attemptContext, _ context.CancelCauseFunc) { a.cancel() }, context.Canceled, 1},
		{"both", func(a *attemptContext, parent context.CancelCauseFunc) { parent(over); a.cancel() }, over, 1},
	} {
		for _, timed := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, end := context.WithCancelCause(t.Context())
					defer end(nil)
					a := newAttemptContext(parent, time.Second)
					defer a.cancel()
					calls := 0
					a.Watch(func() { calls++ })
					if timed {
						a.Done()
					}
					c.end(a, end)
					synctest.Wait()
					if a.Err() != nil != (c.cause != nil) {
						t.Errorf("timer %v: the error is %v, want one: %v", timed, a.Err(), c.cause)
					}
					if cause := context.Cause(a); !errors.Is(cause, c.cause) {
						t.Errorf("timer %v: the cause is %v, want %v", timed, cause, c.cause)
					}
					if calls != c.calls || a.Unwatch() != (calls == 0) {
						t.Errorf("timer %v: %d calls, want %d", timed, calls, c.calls)
					}
				})
			})
		}
	}
}

func TestAttemptContextHasTheEarlierDeadline(t *testing.T) {
	parent, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want, _ := parent.Deadline()
	if got, ok := newAttemptContext(parent, time.Hour).Deadline(); !ok || !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, ok := newAttemptContext(parent, time.Second).Deadline(); !ok || !got.Before(want) {
		t.Errorf("%v, want it before %v", got, want)
	}
}
