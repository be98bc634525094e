package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"weighbridge/bench/attack"
)

// Interrupted is the Stopped of a record whose run was interrupted, for example by Ctrl-C.
const Interrupted = "interrupted"

// failure marks an error of the run as the cause of its end. It has no Unwrap method: the error in
// it may be another context's, such as a timeout, and must not be mistaken for an interrupt.
type failure struct{ error }

// ending ends a run before its planned end.
type ending struct {
	cancel context.CancelCauseFunc
	lostAt atomic.Pointer[time.Time]
}

// fail ends the run with an error. Of several, the first counts.
func (e *ending) fail(err error) { e.cancel(failure{err}) }

// lost ends the run because its mocks have ended.
func (e *ending) lost(err error) {
	now := time.Now()
	e.lostAt.Store(&now)
	e.fail(err)
}

// untouched returns how many of the complete blocks from first on were not affected by the loss of
// a mock: blocks in which no prompt went without a response because of it. A busy machine notices
// the loss late, so every failure after the last response of all counts as caused by it.
func (e *ending) untouched(a *attack.Arm, first, complete int) int {
	lostAt := e.lostAt.Load()
	if lostAt == nil {
		return complete
	}
	for i := range complete {
		if a.GotNoResponse(first+i, lostAt.Add(-lossNoticed)) {
			return i
		}
	}
	return complete
}

// failed returns the error that ended a run; nil if it was interrupted, ended as its scenario
// asks, or came to its end.
func failed(cause error) error {
	var f failure
	switch {
	case isStop(cause):
		return nil
	case errors.As(cause, &f):
		return f.error
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded):
		return nil
	}
	return cause
}

// stopped describes in one line what ended a run early; "" if nothing did.
func stopped(cause error) string {
	switch {
	case cause == nil:
		return ""
	case errors.Is(cause, context.Canceled):
		return Interrupted
	}
	return strings.ReplaceAll(cause.Error(), "\n", "; ")
}

// lossNoticed bounds how long it takes until the end of a mock is noticed.
const lossNoticed = 200 * time.Millisecond

// awaitLoss waits a moment for ctx to end because a mock was lost: that explains a failed run better than the
// refused connections that follow.
func awaitLoss(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(lossNoticed):
	}
}

// stopServers ends the mocks, if there are any.
func (e *experiment) stopServers() error {
	if !slices.Contains(e.mocked, true) {
		return nil
	}
	return e.options.Servers.Stop()
}

// finishedBlock reports whether there is a result to keep: a block that is complete in
// every arm or, in a run of capacity searches only, a probe.
func (e *experiment) finishedBlock() bool {
	blocks, probed := math.MaxInt, false
	for i, a := range e.arms {
		arm := &e.record.Arms[i]
		probed = probed || arm.Capacity != nil && len(arm.Capacity.Probes) > 0
		if !a.Load.InBlocks() {
			continue
		}
		complete := 0
		for _, b := range arm.Blocks {
			if b.Complete {
				complete++
			}
		}
		blocks = min(blocks, complete)
	}
	if e.any(func(a *attack.Arm) bool { return a.Load.InBlocks() }) {
		return blocks > 0
	}
	return probed
}

// isStop reports whether a run ended as its scenario asks.
func isStop(cause error) bool {
	var stop attack.Stop
	return errors.As(cause, &stop)
}
