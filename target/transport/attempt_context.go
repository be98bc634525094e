package transport

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// errTimeout is the cause of the end of an attempt's context at client.timeout.
var errTimeout = fmt.Errorf("client.timeout has passed: %w", context.DeadlineExceeded)

// attemptContext is the context of one attempt, which ends after client.timeout or with the
// request's. It starts a timer only for those that wait for its end, by Done: a lean connection
// watches for it instead.
type attemptContext struct {
	context.Context // of the request
	deadline        time.Time
	scope           *Scope

	mu       sync.Mutex
	timed    context.Context // nil until Done is called
	endTimed context.CancelFunc
	canceled error // unless nil, why cancel was called before that

	// The following belong to the scope, under its lock. end is the function given to Watch, and
	// told says that it was called.
	end        func()
	told       bool
	prev, next *attemptContext
}

// start starts the time limit. Call cancel when the attempt has ended.
func (a *attemptContext) start(under *Scope, now time.Time, timeout time.Duration) {
	a.Context, a.scope, a.deadline = under.ctx, under, now.Add(timeout)
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
	timed, end := context.WithDeadlineCause(a.Context, a.deadline, errTimeout)
	a.timed, a.endTimed = timed, end
	if a.canceled != nil {
		end()
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

// Value is the request's context's; context.Cause finds the cause of the end with it.
func (a *attemptContext) Value(key any) any {
	a.mu.Lock()
	timed := a.timed
	a.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return a.Context.Value(key)
}

// cancel ends the context.
func (a *attemptContext) cancel() {
	a.mu.Lock()
	end := a.endTimed
	if a.canceled == nil {
		a.canceled = context.Canceled
	}
	a.mu.Unlock()
	if end != nil {
		end()
	}
	a.scope.mu.Lock()
	a.tell()
	a.scope.mu.Unlock()
}

// Watch has f called when the attempt is canceled, its time is over or the request's context ends. f must
// not block.
func (a *attemptContext) Watch(f func()) {
	a.mu.Lock()
	canceled := a.canceled != nil
	a.mu.Unlock()
	s := a.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	a.told, a.end = false, f
	s.insert(a)
	if canceled || s.ended {
		a.tell()
		return
	}
	s.setTimer()
}

// Unwatch reports whether the function given to Watch was not called, and will not be.
func (a *attemptContext) Unwatch() bool {
	s := a.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	a.unlink()
	return !a.told
}

// tell calls the function given to Watch. The caller holds the lock of the scope.
func (a *attemptContext) tell() {
	if a.end != nil {
		a.told = true
		a.end()
		a.unlink()
	}
}

// unlink takes the attempt off the scope's list. The caller holds the lock of the scope.
func (a *attemptContext) unlink() {
	if a.end == nil {
		return
	}
	a.end = nil
	if a.next != nil {
		a.next.prev = a.prev
	} else {
		a.scope.last = a.prev
	}
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		a.scope.first = a.next
	}
	a.prev, a.next = nil, nil
}
