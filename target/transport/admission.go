package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"weighbridge/target"
	"weighbridge/target/concurrency"
	"weighbridge/target/limits"
)

// admit waits until the rate limits let an attempt leave and a slot is free, and takes both at
// once, so that no attempt holds a slot while the rate limits hold it back. If ctx ends the wait,
// the error says what was waited for. Without limits there is no permit.
func (c *Client) admit(ctx context.Context, r *Request, x *Exchange) (*limits.Permit, error) {
	began := time.Now()
	if c.Limits == nil {
		return nil, c.acquire(ctx, began, x)
	}
	x.Paced = true
	permit, err := c.hold(ctx, c.costOf(r), c.gate.TryAcquire, began, x)
	if permit != nil || err != nil {
		return permit, err
	}
	if err := c.acquire(ctx, x.End, x); err != nil {
		return nil, err
	}
	permit, err = c.hold(ctx, c.costOf(r), nil, x.End, x)
	if err != nil {
		c.gate.Free()
	}
	return permit, err
}

// costOf is how much of the rate limits an attempt at r uses up. A call uses up one request and no tokens:
// the prompts of a batch have limits of their own, which no header reports.
func (c *Client) costOf(r *Request) limits.Cost {
	if r.Call != nil {
		return limits.Cost{}
	}
	input, output := c.Budget.Expect(r.ask())
	return limits.Cost{Input: input, Output: output}
}

// acquire waits for a slot from began on.
func (c *Client) acquire(ctx context.Context, began time.Time, x *Exchange) error {
	err := c.gate.Acquire(ctx)
	x.End = time.Now()
	x.SlotWait += x.End.Sub(began)
	if err != nil {
		return fmt.Errorf("waiting for a slot (client.in_flight): %w", context.Cause(ctx))
	}
	return nil
}

// shortestHold is the shortest wait that is recorded as a wait for a particular rate limit.
const shortestHold = time.Millisecond

// hold waits for the rate limits from began on. It returns neither a permit nor an error if the rate limits
// allow the attempt but slot finds no slot free.
func (c *Client) hold(ctx context.Context, cost limits.Cost, slot func() bool, began time.Time, x *Exchange) (*limits.Permit, error) {
	permit, err := c.Limits.Wait(ctx, cost, slot)
	x.End = time.Now()
	waited := x.End.Sub(began)
	x.LimitWait += waited
	if permit != nil && permit.HeldBy != "" && waited >= shortestHold {
		x.HeldBy = permit.HeldBy
	}
	if err != nil {
		x.HeldBack = len(x.Attempts) == 0
		return nil, fmt.Errorf("held back by the rate limit %s (load.respect_limits): %w", permit.HeldBy, context.Cause(ctx))
	}
	return permit, nil
}

// leave ends an attempt that had a slot.
func (c *Client) leave(x *Exchange, p concurrency.Pass) {
	x.Allowed = p.Limit
	c.gate.Leave(p, endingOf(x))
}

// endingOf says what the end of an attempt tells of the server's load.
func endingOf(x *Exchange) concurrency.Ending {
	switch o := x.Outcome; {
	case o.Class == target.Success:
		return concurrency.Answered
	case o.Futile:
		return concurrency.Neither
	case o.Class == target.Timeout, x.Status == http.StatusTooManyRequests, x.Status == http.StatusServiceUnavailable, x.Status == target.StatusOverloaded:
		return concurrency.Overloaded
	}
	return concurrency.Neither
}

// used returns the tokens that an attempt has used according to its answer, or those reserved for it if the
// answer does not say.
func (x *Exchange) used(taken limits.Cost) limits.Cost {
	if x.Outcome.InputKnown {
		taken.Input = x.Outcome.InputTokens
	}
	if x.Outcome.OutputByPrompt != nil {
		taken.Output = x.Outcome.OutputTokens
	}
	return taken
}

// Crowded reports whether most or more attempts wait for a slot. If so, it returns only once no more than half
// of most wait, which may take long.
func (c *Client) Crowded(most int) bool { return c.gate.Crowded(most) }

// Waiting reports whether an attempt waits for a slot.
func (c *Client) Waiting() bool { return c.gate.Waiting() }
