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

// token is a credential and how long it is good for from the moment it was got.
type token struct {
	value string
	life  time.Duration
}

// source gets a fresh token; remote ones are token requests.
type source struct {
	get    func(ctx context.Context) (token, error)
	remote bool
}

// cached keeps one token until it must be renewed. Callers that need a new one
// share one fetch; under PolicyAhead the fetch runs beside them while the old
// token is still good.
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

// renewal is a fetch under way; done is closed when err is final.
type renewal struct {
	done chan struct{}
	err  error
}

func newCached(s source, policy string, early time.Duration, now func() time.Time) *cached {
	return &cached{source: s, policy: policy, early: early, now: now}
}

// Authorize sets the token, waiting for a new one only where none is good.
func (c *cached) Authorize(ctx context.Context, h http.Header) error {
	for {
		value, pending := c.current(ctx)
		if value != "" {
			h.Set("Authorization", bearer(value))
			return nil
		}
		select {
		case <-pending.done:
			if pending.err != nil {
				return pending.err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// current gives the token in use, or the renewal to wait for.
func (c *cached) current(ctx context.Context) (string, *renewal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	good := c.token.value != "" && (c.policy == PolicyOn401 || now.Before(c.expires))
	due := !good || c.policy == PolicyAhead && !now.Before(c.expires.Add(-c.earlyFor(c.token)))
	if due && c.renewal == nil {
		c.renew(ctx)
	}
	if good {
		return c.token.value, nil
	}
	return "", c.renewal
}

// earlyFor keeps a token for at least half its life, so that a life shorter than
// early does not renew at every request.
func (c *cached) earlyFor(t token) time.Duration { return min(c.early, t.life/2) }

// renew starts the one fetch; c.mu is held. It outlives the request that began it.
func (c *cached) renew(ctx context.Context) {
	r := &renewal{done: make(chan struct{})}
	c.renewal = r
	ctx = context.WithoutCancel(ctx)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
		defer cancel()
		began := time.Now()
		asked := c.now()
		fresh, err := c.source.get(ctx)
		c.settle(r, fresh, asked, time.Since(began), err)
	}()
}

func (c *cached) settle(r *renewal, fresh token, asked time.Time, took time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.source.remote {
		c.cost.Requests++
	}
	if err == nil {
		c.token, c.expires = fresh, asked.Add(fresh.life)
		c.cost.Count++
		c.cost.Total += took
		c.cost.Life = fresh.life
	}
	r.err = err
	c.renewal = nil
	close(r.done)
}

// Refused drops the token if it is still the one in use. Under PolicyOn401 the
// request is worth another try at once.
func (c *cached) Refused(h http.Header) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bearerOf(h) == c.token.value {
		c.token = token{}
	}
	return c.policy == PolicyOn401
}

// Cost is what tokens took so far.
func (c *cached) Cost() Cost {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cost
}
