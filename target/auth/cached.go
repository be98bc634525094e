package auth

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// The refresh policies of target.auth.refresh.policy.
const (
	PolicyAhead = "ahead"
	PolicyOn401 = "on_401"
)

// token is a credential and how long it is valid after it was requested.
type token struct {
	value string
	life  time.Duration
}

// source obtains new tokens.
type source struct {
	get    func(ctx context.Context) (token, error)
	remote bool // get sends a token request
	// learned is told each token before it is used; may be nil.
	learned func(token string)
}

// cached is a Scheme that keeps one token until it must be renewed. Callers that
// need a new token share one fetch; under PolicyAhead the fetch runs in the
// background while the old token is still valid.
type cached struct {
	source source
	policy string
	early  time.Duration
	now    func() time.Time

	mu      sync.Mutex
	token   token
	expires time.Time
	renewal *renewal
	cost    Cost
}

// renewal is a fetch in progress; done is closed once err is set.
type renewal struct {
	done chan struct{}
	err  error
}

func newCached(s source, policy string, early time.Duration, now func() time.Time) *cached {
	return &cached{source: s, policy: policy, early: early, now: now}
}

// Authorize sets the Authorization header. It waits only if there is no valid token.
func (c *cached) Authorize(ctx context.Context, h http.Header) error {
	for {
		value, fetch := c.current(ctx)
		if value != "" {
			h.Set("Authorization", bearer(value))
			return nil
		}
		select {
		case <-fetch.done:
			if fetch.err != nil {
				return fetch.err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// current returns the token in use; if there is no valid one, the renewal to wait for.
func (c *cached) current(ctx context.Context) (string, *renewal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	valid := c.token.value != "" && (c.policy == PolicyOn401 || now.Before(c.expires))
	due := !valid || c.policy == PolicyAhead && !now.Before(c.expires.Add(-c.earlyFor(c.token)))
	if due && c.renewal == nil {
		c.renew(ctx)
	}
	if valid {
		return c.token.value, nil
	}
	return "", c.renewal
}

// earlyFor returns how long before expiry a token is renewed: at most half its
// life, so that a short-lived token is not renewed at every request.
func (c *cached) earlyFor(t token) time.Duration { return min(c.early, t.life/2) }

// renew starts a fetch, which continues even if the request that triggered it is
// cancelled. The caller holds c.mu.
func (c *cached) renew(ctx context.Context) {
	r := &renewal{done: make(chan struct{})}
	c.renewal = r
	ctx = context.WithoutCancel(ctx)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
		defer cancel()
		began := time.Now()
		requested := c.now()
		fresh, err := c.source.get(ctx)
		c.finish(r, fresh, requested, time.Since(began), err)
	}()
}

// finish stores the result of a fetch that began at requested and took took.
func (c *cached) finish(r *renewal, fresh token, requested time.Time, took time.Duration, err error) {
	if err == nil && c.source.learned != nil {
		c.source.learned(fresh.value)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.source.remote {
		c.cost.Requests++
	}
	if err == nil {
		c.token, c.expires = fresh, requested.Add(fresh.life)
		c.cost.Count++
		c.cost.Total += took
		c.cost.Life = fresh.life
	}
	r.err = err
	c.renewal = nil
	close(r.done)
}

// Rejected drops the token in h if it is still the one in use. It returns true,
// to retry the request at once, under PolicyOn401.
func (c *cached) Rejected(h http.Header) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bearerOf(h) == c.token.value {
		c.token = token{}
	}
	return c.policy == PolicyOn401
}

// Cost returns what obtaining tokens has taken so far.
func (c *cached) Cost() Cost {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cost
}
