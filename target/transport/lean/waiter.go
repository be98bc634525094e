package lean

import (
	"context"
	"slices"
	"time"
)

// waiter is a request that waits for a connection: one that is dialed for it, or the first that is free before. All
// but ready is under the lock of the pool.
type waiter struct {
	ready    chan gotten
	deadline time.Time          // of the request; zero without one
	endDial  context.CancelFunc // nil if none was started for it
	served   bool               // or has given up
}

// gotten is what a waiter is served: a connection, or the error of its dial.
type gotten struct {
	conn *conn
	err  error
}

func newWaiter(ctx context.Context) *waiter {
	w := &waiter{ready: make(chan gotten, 1)}
	w.deadline, _ = ctx.Deadline()
	return w
}

// serve gives the waiter a connection or an error, unless it has been served or has given up.
func (w *waiter) serve(c *conn, err error) bool {
	if w.served {
		return false
	}
	w.served = true
	w.ready <- gotten{c, err}
	return true
}

// causeOr returns the cause of the end of ctx, or err if it has not ended.
func causeOr(ctx context.Context, err error) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done() // at the same moment
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// dropServed drops those at the front of the queue that are served.
func (h *host) dropServed() {
	n := 0
	for n < len(h.waiting) && h.waiting[n].served {
		n++
	}
	h.waiting = slices.Delete(h.waiting, 0, n)
}

// next returns the first in the queue; nil if it is empty.
func (h *host) next() *waiter {
	h.dropServed()
	if len(h.waiting) == 0 {
		return nil
	}
	return h.waiting[0]
}

// nextToDial returns the first in the queue that no connection is dialed for; nil if there is none.
func (h *host) nextToDial() *waiter {
	h.dropServed()
	for _, w := range h.waiting {
		if !w.served && w.endDial == nil {
			return w
		}
	}
	return nil
}
