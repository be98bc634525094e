package transport

import (
	"context"
	"fmt"
	"time"

	"weighbridge/target"
	"weighbridge/target/cache"
)

// CacheUse is what caches had to do with a request.
type CacheUse struct {
	// Source is where the answer came from, Unknown for a request that failed.
	Source cache.Source
	// Age is how old the answer of a cache was; 0 if an Edge does not say.
	Age time.Duration
	// Attempt is the id of the attempt that fetched the answer in the client's own cache, and Region the
	// region that it went to; "" without regions.
	Attempt uint32
	Region  string
	// Stale says that the server's content has changed since; nil if that is not known.
	Stale *bool
	// SavedInput and SavedOutput are the tokens that the cached answer reports. The outcome does not count
	// them. Refreshing says that the cache asked the server all the same, so that they may have been billed.
	SavedInput, SavedOutput uint64
	Refreshing              bool
}

// Free reports whether a cache gave the answer, so that nothing was billed.
func (u CacheUse) Free() bool { return u.Source == cache.Client || u.Source == cache.Edge }

// savedAnswer is an answer in the client's own cache.
type savedAnswer struct {
	outcome target.Outcome
	// text is Exchange.Answer, if it was kept.
	text string
	kept bool
	// attempt is the id of the attempt that fetched it, and region the region that this went to.
	attempt uint32
	region  string
	// changes is when the server's content changes; zero if that is not known.
	changes time.Time
}

// newAnswers returns the client's cache; nil if it has none.
func newAnswers(c target.Cache) *cache.Cache[savedAnswer] {
	if c.Entries == 0 {
		return nil
	}
	return cache.New[savedAnswer](c.Entries, c.TTL, c.SingleFlight)
}

// ForgetAnswers empties the client's cache, as when the server is replaced.
func (c *Client) ForgetAnswers() {
	if c.answers != nil {
		c.answers.Forget()
	}
}

// fromCache answers a request from the client's cache, after waiting for the answer to an equal request that
// is under way. It returns false if the request must be sent. If ctx ends while it waits, the request fails.
func (c *Client) fromCache(ctx context.Context, r *Request, x *Exchange) bool {
	for {
		now := time.Now()
		found, wait := c.answers.Find(r.key, now)
		switch {
		case found != nil && (found.Value.kept || !r.KeepAnswer):
			x.answer(found, now)
			return true
		case found != nil: // the text of the answer, which the next turn needs, was not kept
			return false
		case wait == nil:
			return false
		}
		select {
		case <-wait:
			x.End = time.Now()
			x.CacheWait += x.End.Sub(now)
		case <-ctx.Done():
			x.End = time.Now()
			x.CacheWait += x.End.Sub(now)
			fail(x, r, target.CutOff, fmt.Sprintf("waiting for the answer to an equal request (client.cache.single_flight): %v", context.Cause(ctx)))
			return true
		}
	}
}

// answer ends the exchange with a cached answer.
func (x *Exchange) answer(found *cache.Found[savedAnswer], now time.Time) {
	saved := found.Value
	x.Outcome, x.Answer = saved.outcome, saved.text
	x.Cache = CacheUse{Source: cache.Client, Age: found.Age, Attempt: saved.attempt, Region: saved.region}
	if !saved.changes.IsZero() {
		x.Cache.Stale = new(!now.Before(saved.changes))
	}
	x.saveTokens()
	x.End = time.Now()
}

// saveTokens counts the tokens of a cached answer as saved instead of used: they are not billed again.
func (x *Exchange) saveTokens() {
	o := &x.Outcome
	x.Cache.SavedInput, x.Cache.SavedOutput = o.InputTokens, o.OutputTokens
	o.InputTokens, o.OutputTokens, o.CacheWriteTokens = 0, 0, 0
	for _, part := range []**uint64{&o.CachedTokens, &o.ReasoningTokens} {
		if *part != nil {
			*part = new(uint64)
		}
	}
	if o.OutputByPrompt != nil {
		o.OutputByPrompt = make([]uint64, len(o.OutputByPrompt))
	}
}

// keep stores a successful answer in the client's cache, unless it is a stream.
func (c *Client) keep(r *Request, x *Exchange) {
	if x.Outcome.Content != nil {
		return
	}
	last := x.Attempts[len(x.Attempts)-1]
	saved := savedAnswer{outcome: x.Outcome, text: x.Answer, kept: r.KeepAnswer, attempt: last.ID, region: last.Region}
	if told := last.Cache; told.ContentKnown {
		saved.changes = last.Heard.Add(told.ChangesIn)
	}
	if x.Cache.Source == cache.Edge { // the next cache saves as much
		saved.outcome.InputTokens, saved.outcome.OutputTokens = x.Cache.SavedInput, x.Cache.SavedOutput
	}
	c.answers.Keep(r.key, saved, x.End)
}

// heardOfCaches notes what the header of a judged answer says about caches.
func (x *Exchange) heardOfCaches(told cache.Told) {
	x.Cache = CacheUse{}
	if x.Outcome.Class != target.Success {
		return
	}
	x.Cache.Source, x.Cache.Age, x.Cache.Refreshing = told.Source, told.Age, told.Refreshing
	if told.ContentKnown {
		x.Cache.Stale = new(told.ChangesIn <= 0)
	}
	if told.Source == cache.Edge {
		x.saveTokens()
	}
}
