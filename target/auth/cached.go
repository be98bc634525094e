package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"weighbridge/target"
)

const (
	// shortestRenewal is the least time between a token and the one that replaces it ahead of
	// its expiry: a source may give the same token again until it has expired.
	shortestRenewal = 100 * time.Millisecond
	// firstPause is the pause after a source failed. It doubles with every failure, up to
	// longestPause.
	firstPause   = time.Second
	longestPause = 30 * time.Second
	// freshFor is how long a token is fresh, at most half its life. If the server rejects one that is,
	// another is likely to be rejected too, and the next fetch waits for a pause: a constant one, so that
	// a server that accepts tokens again, as after a stall in which they had come too late, is not kept
	// waiting.
	freshFor = time.Second
)

// token is a credential, and how long it is valid after it was requested; a life of 0 is not
// known: such a token is used until it is rejected.
type token struct {
	value string
	life  time.Duration
}

// errUnchanged is what a source returns if the token in use is still the current one.
var errUnchanged = errors.New("the token has not changed")

// source obtains new tokens.
type source struct {
	get    func(ctx context.Context) (token, error)
	remote bool // get sends a token request
	// every is how often a token whose life is not known is renewed; 0 is never.
	every time.Duration
	// repeats asks for one retry of a request whose token was rejected, whatever the policy.
	repeats bool
	// adorn sets headers that go with the token; may be nil.
	adorn func(h http.Header)
}

// cached is a Scheme that keeps one token until it must be renewed. Callers that need a new
// token share one fetch. Under PolicyAhead a timer renews it in the background while it is
// still valid, whether requests are sent or not.
type cached struct {
	source  source
	refresh refresh
	in      carrier
	now     func() time.Time
	// secrets is given each token before it is used.
	secrets *target.Redactor

	// ctx ends with Close, and fetches with it.
	ctx     context.Context
	cancel  context.CancelFunc
	fetches sync.WaitGroup

	mu    sync.Mutex
	token token
	// obtained is when the token was requested, arrived when it was there. It expires at
	// expires, which is zero if its life is not known.
	obtained, arrived, expires time.Time

	rejected bool // the server rejected the token
	renewal  *renewal
	timer    *time.Timer
	cost     Cost
	// failures is how often in a row a fetch failed, or its token was rejected while it was fresh. No
	// fetch begins before resume; failed is why.
	failures int
	resume   time.Time
	failed   error
}

// renewal is a fetch in progress; done is closed once value or err is set.
type renewal struct {
	done  chan struct{}
	value string
	err   error
	// spare says that value, the token before, is still valid although the fetch failed.
	spare bool
}

// newCached returns a scheme that must be closed.
func newCached(s source, r refresh, in carrier, now func() time.Time, secrets *target.Redactor) *cached {
	ctx, cancel := context.WithCancel(context.Background())
	return &cached{source: s, refresh: r, in: in, now: now, secrets: secrets, ctx: ctx, cancel: cancel}
}

// Authorize sets the header. It waits only if there is no valid token, and then sends the one
// that it waited for, even if that has expired on the way.
func (c *cached) Authorize(ctx context.Context, h http.Header) error {
	value, fetch, err := c.current()
	if err != nil {
		return err
	}
	if fetch != nil {
		select {
		case <-fetch.done:
		case <-ctx.Done():
			return fmt.Errorf("waiting for a credential: %w", context.Cause(ctx))
		}
		value = fetch.value
		if fetch.err != nil && !fetch.spare {
			return fetch.err
		}
	}
	c.in.put(h, value)
	if c.source.adorn != nil {
		c.source.adorn(h)
	}
	return nil
}

// current returns the token to use, or the renewal to wait for if there is no valid one. While
// the source may not be asked again, it returns a rejected token, for the server to say why, or
// the source's error.
func (c *cached) current() (string, *renewal, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	usable := c.isUsable(now)
	valid := usable && !c.rejected
	due := c.isDue(now)
	var fetch *renewal
	if !valid || due {
		fetch = c.renew(now)
	}
	switch {
	case valid && (fetch == nil || !c.refresh.inline):
		return c.token.value, nil, nil
	case fetch != nil:
		c.cost.Waits++
		return "", fetch, nil
	case usable:
		return c.token.value, nil, nil
	case c.ctx.Err() != nil:
		return "", nil, c.ctx.Err()
	}
	return "", nil, c.failed // the same text each time, so that a report counts it as one
}

// isUsable reports whether there is a token that may be sent, rejected or not; c.mu is held.
func (c *cached) isUsable(now time.Time) bool {
	return c.token.value != "" && (c.refresh.keepsExpired() || c.expires.IsZero() || now.Before(c.expires))
}

// isDue reports whether the token is to be renewed in the background; c.mu is held.
func (c *cached) isDue(now time.Time) bool {
	due := c.dueAt()
	return !due.IsZero() && !now.Before(due)
}

// dueAt returns when the token is to be renewed in the background; zero for never. It is
// renewed no earlier than after half its life, so that a short-lived token is not renewed at
// every request. c.mu is held.
func (c *cached) dueAt() time.Time {
	life := c.token.life + c.refresh.expiryError // as believed
	switch {
	case c.token.value == "" || c.refresh.policy == PolicyNever:
		return time.Time{}
	case c.refresh.policy == PolicyFixed:
		return c.obtained.Add(c.refresh.every)
	case c.token.life == 0 && c.source.every > 0:
		return c.obtained.Add(c.source.every)
	case c.token.life == 0 || life <= 0 || c.refresh.policy == PolicyOn401:
		return time.Time{}
	default:
		return c.obtained.Add(max(life-min(c.refresh.early, life/2), shortestRenewal))
	}
}

// renew starts a fetch and returns it, or the one under way, which it shares unless each request
// fetches its own; nil if the source must not be asked yet. It continues even if the request that
// needs it is cancelled; c.mu is held.
func (c *cached) renew(now time.Time) *renewal {
	switch {
	case c.renewal != nil && !c.refresh.stampede:
		return c.renewal
	case now.Before(c.resume) || c.ctx.Err() != nil:
		return nil
	}
	r := &renewal{done: make(chan struct{})}
	c.renewal = r
	c.fetches.Go(func() {
		ctx, cancel := context.WithTimeout(c.ctx, tokenTimeout)
		defer cancel()
		began := time.Now()
		f := fetched{requested: c.now()}
		f.token, f.err = c.source.get(ctx)
		f.took = time.Since(began)
		c.finish(r, f)
	})
	return r
}

// fetched is the result of a fetch: a token or an error, when it was requested, by the cache's clock, and how
// long that took.
type fetched struct {
	token     token
	err       error
	requested time.Time
	took      time.Duration
}

// finish stores the result of a fetch.
func (c *cached) finish(r *renewal, f fetched) {
	fresh, err := f.token, f.err
	if err == nil {
		c.secrets.Hold(c, fresh.value)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.source.remote {
		c.cost.Requests++
	}
	switch {
	case err == nil:
		c.keep(fresh, f.requested)
		c.cost.Count++
		c.cost.Total += f.took
		c.cost.Life = fresh.life
	case errors.Is(err, errUnchanged):
		c.obtained, err = f.requested, nil
		if c.rejected {
			c.resume = c.now().Add(pauseAfter(c.failures))
		}
	default:
		c.failures++
		c.failed = err
		c.resume = c.now().Add(pauseAfter(c.failures))
	}
	r.value, r.err, r.spare = c.token.value, err, c.refresh.inline && !c.rejected && c.isUsable(c.now())
	if err == nil && fresh.value != "" { // which another fetch may have replaced
		r.value = fresh.value
	}
	if c.renewal == r {
		c.renewal = nil
	}
	c.schedule()
	close(r.done)
}

// keep replaces the token; c.mu is held.
func (c *cached) keep(fresh token, requested time.Time) {
	if !c.rejected {
		c.failures = 0
	}
	c.token, c.obtained, c.arrived, c.expires, c.rejected = fresh, requested, c.now(), time.Time{}, false
	if fresh.life > 0 {
		c.expires = requested.Add(fresh.life + c.refresh.expiryError)
	}
}

// pauseAfter returns the pause after a number of failures in a row.
func pauseAfter(failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	return min(firstPause<<min(failures-1, 10), longestPause)
}

// schedule sets the timer for the next renewal in the background; c.mu is held.
func (c *cached) schedule() {
	due := c.dueAt()
	if due.IsZero() || c.refresh.inline || c.ctx.Err() != nil {
		return
	}
	now := c.now()
	wait := max(due.Sub(now), c.resume.Sub(now), 0)
	if c.timer != nil {
		c.timer.Stop()
	}
	c.timer = time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if now := c.now(); c.isDue(now) {
			c.renew(now)
		}
	})
}

// Rejected marks the token in h as rejected if it is still the one in use and the policy heeds
// that. It returns true, to retry the request at once with another token, if the policy says so.
func (c *cached) Rejected(h http.Header) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refresh.heedsRejection() {
		return false
	}
	if c.in.find(h) == c.token.value && !c.rejected && c.token.value != "" {
		c.rejected = true
		c.failed = errors.New("the server rejected the token")
		now := c.now()
		if now.Sub(c.arrived) >= c.freshSpan() {
			c.failures = 0
		}
		c.resume = now.Add(min(pauseAfter(c.failures), firstPause))
		c.failures++
	}
	if c.refresh.retry == "" {
		return c.refresh.policy == PolicyOn401 || c.source.repeats
	}
	return c.refresh.retry == "once"
}

// freshSpan is how long the token is fresh; c.mu is held.
func (c *cached) freshSpan() time.Duration {
	if c.token.life > 0 {
		return min(freshFor, c.token.life/2)
	}
	return freshFor
}

// Cost returns what obtaining tokens has taken so far.
func (c *cached) Cost() Cost {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cost
}

// Close ends the renewals, and waits until the last has ended.
func (c *cached) Close() {
	c.mu.Lock()
	c.cancel()
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	c.fetches.Wait()
	c.secrets.Hold(c, "")
}
