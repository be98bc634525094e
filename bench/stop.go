package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/attack"
)

// Interrupted is the Stopped of a record whose run was interrupted, by Ctrl-C as a rule.
const Interrupted = "interrupted"

// failure is the cause of a run's end that is not an interrupt. It does not unwrap:
// the error in it may itself come from a context that ended, as a timeout does.
type failure struct{ error }

// failed returns the error that ended a run, if its cause is one: nil for no cause and
// for an interrupt.
func failed(cause error) error {
	var f failure
	switch {
	case errors.As(cause, &f):
		return f.error
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded):
		return nil
	}
	return cause
}

// stopped says in a record, in one line, what ended its run; "" where nothing did.
func stopped(cause error) string {
	switch {
	case cause == nil:
		return ""
	case errors.Is(cause, context.Canceled):
		return Interrupted
	}
	return strings.ReplaceAll(cause.Error(), "\n", "; ")
}

// lossNoticed is how long it may take until a mock's death is noticed.
const lossNoticed = 200 * time.Millisecond

// awaitLoss gives the loss of a mock time to end ctx: it explains a run's failure better
// than the refused connections that follow from it.
func awaitLoss(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(lossNoticed):
	}
}

// stopServers ends the mocks, where there are any.
func (e *experiment) stopServers() error {
	if !slices.Contains(e.mocked, true) {
		return nil
	}
	return e.options.Servers.Stop()
}

// finishedBlock reports whether there is a result to keep: a block that is complete in
// every arm or, where arms are only searched for their capacity, a probe.
func (e *experiment) finishedBlock() bool {
	blocks, probed := math.MaxInt, false
	for i, a := range e.arms {
		arm := &e.record.Arms[i]
		probed = probed || arm.Capacity != nil && len(arm.Capacity.Probes) > 0
		if !openLoad(a) && !closedLoad(a) {
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
	if e.any(func(a *attack.Arm) bool { return openLoad(a) || closedLoad(a) }) {
		return blocks > 0
	}
	return probed
}
