package transport

import (
	"context"
	"sync"
	"time"
)

// attemptContext is the context of one attempt, which ends after client.timeout or with the
// request's. It starts a timer only for those that wait for its end, by Done: a lean connection
// has a deadline instead, and calls AfterFunc.
type attemptContext struct {
	context.Context // of the request
	deadline        time.Time

	mu       sync.Mutex
	timed    context.Context // nil until Done is called
	end      context.CancelCauseFunc
	canceled error // unless nil, why cancel was called before that
	after    func()
}

// newAttemptContext starts the time limit. Call cancel when the attempt has ended.
func newAttemptContext(ctx context.Context, timeout time.Duration) *attemptContext {
	return &attemptContext{Context: ctx, deadline: time.Now().Add(timeout)}
}

// Deadline is the end of client.timeout, or of the request's context if that is earlier.
func (a *attemptContext) Deadline() (time.Time, bool) {
	if earlier, ok := a.Context.Deadline(); ok && earlier.Before(a.deadline) {
		return earlier, true
	}
	return a.deadline, true
}

// Done starts the timer.
func (a *attemptContext) Done() <-chan struct{} { return a.withTimer().Done() }

func (a *attemptContext) withTimer() context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timed != nil {
		return a.timed
	}
	limited, stop := context.WithDeadlineCause(a.Context, a.deadline, errTimeout)
	timed, end := context.WithCancelCause(limited)
	a.timed, a.end = timed, func(cause error) {
		end(cause)
		stop()
	}
	if a.canceled != nil {
		a.end(a.canceled)
	}
	return timed
}

// Err is nil until the attempt's time is over, or it was canceled.
func (a *attemptContext) Err() error {
	a.mu.Lock()
	timed, canceled := a.timed, a.canceled
	a.mu.Unlock()
	switch {
	case timed != nil:
		return timed.Err()
	case canceled != nil:
		return canceled
	case a.Context.Err() != nil:
		return a.Context.Err()
	case !time.Now().Before(a.deadline):
		return a.withTimer().Err()
	}
	return nil
}

// Value is that of the request's context; context.Cause finds the cause of the end with it.
func (a *attemptContext) Value(key any) any {
	a.mu.Lock()
	timed := a.timed
	a.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return a.Context.Value(key)
}

// AfterFunc calls f, once, when the attempt is canceled or the request's context ends, but not at
// the deadline. It has the form that package context asks of contexts: stop reports whether f will
// not be called. It may be called once per attempt at a time.
func (a *attemptContext) AfterFunc(f func()) (stop func() bool) {
	once := sync.OnceFunc(f)
	a.mu.Lock()
	a.after = once
	canceled := a.canceled
	a.mu.Unlock()
	if canceled != nil {
		once()
	}
	stopWatch := context.AfterFunc(a.Context, once)
	return func() bool {
		a.mu.Lock()
		a.after = nil
		canceled := a.canceled
		a.mu.Unlock()
		return stopWatch() && canceled == nil
	}
}

// cancel ends the context.
func (a *attemptContext) cancel() {
	a.mu.Lock()
	after, end := a.after, a.end
	if a.canceled == nil {
		a.canceled = context.Canceled
	}
	a.mu.Unlock()
	if end != nil {
		end(context.Canceled)
	}
	if after != nil {
		after()
	}
}
