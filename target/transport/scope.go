package transport

import (
	"context"
	"sync"
	"time"

	"weighbridge/target"
	"weighbridge/target/cache"
	"weighbridge/target/retry"
)

// Scope is a context under which a client sends requests, whose attempts end with it. Its end and
// the time limits of the attempts are watched once for all of them. It is safe for concurrent use.
type Scope struct {
	client *Client
	ctx    context.Context
	stop   func() bool

	mu    sync.Mutex
	ended bool
	// first and last are the attempts to be told of their end, in the order of their deadlines.
	first, last *attemptContext
	// timer calls expire at rings, which is no later than the deadline of the first; rings is zero if it
	// is not set.
	timer *time.Timer
	rings time.Time
}

// Under returns a scope under ctx. The caller must close it.
func (c *Client) Under(ctx context.Context) *Scope {
	s := &Scope{client: c, ctx: ctx}
	s.stop = context.AfterFunc(ctx, s.end)
	return s
}

// Do is Client.Do under the scope's context. It builds r if it is not built yet.
func (s *Scope) Do(r *Request) *Exchange {
	c, x := s.client, &Exchange{}
	if !r.Built() {
		c.Build(r)
	}
	if c.answers == nil || r.Call != nil || r.failed != nil {
		s.send(r, x)
		return x
	}
	if c.fromCache(s.ctx, r, x) {
		return x
	}
	defer c.answers.Done(r.key)
	s.send(r, x)
	if x.Outcome.Class == target.Success {
		c.keep(r, x)
		if x.Cache.Source == cache.Unknown {
			x.Cache.Source = cache.Server // its own cache tells
		}
	}
	return x
}

// send sends r until it has an answer, or no attempt is left.
//
// While a request waits for its answer, its stack should fit in 8 KiB, as 10,000 requests may wait: one that
// outgrows them takes 16. The functions between here and that wait therefore have small frames, and call
// others for what needs large ones.
func (s *Scope) send(r *Request, x *Exchange) {
	c := s.client
	x.Attempts, x.End, x.Session = x.first[:0], time.Time{}, c.Regions.session()
	c.retries.Request()
	course := retry.Course{Policy: c.Client.Retry, Timeout: c.Client.Timeout}
	for again := true; again; {
		retried := x.retryNow
		c.attempt(s, r, x)
		again = s.again(&course, r, x, retried)
	}
}

// again reports whether another attempt at r follows, after waiting until it may. retried says that the last
// attempt was already the retry with a new credential.
func (s *Scope) again(course *retry.Course, r *Request, x *Exchange, retried bool) bool {
	c := s.client
	if x.OverBudget {
		return false
	}
	if x.retryNow && !retried && x.Outcome.Class != target.CutOff {
		return true
	}
	pause, again, note := course.Failed(x.Outcome, x.advice, c.Jitter)
	if note != "" {
		x.Outcome.Detail = withNote(x.Outcome.Detail, note)
	}
	if again && !c.retries.Take() {
		x.RetryRefused, again = true, false
		x.Outcome.Detail = withNote(x.Outcome.Detail, "not retried: the retry budget (client.retry.budget) is used up")
	}
	if again && !sleep(s.ctx, pause) {
		x.End = time.Now()
		fail(x, r, target.CutOff, "waiting for another attempt (client.retry) after: "+x.Outcome.Detail)
		return false
	}
	return again
}

// sleep waits for d; false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close ends the watch over the context and the deadlines. Call it after the last request.
func (s *Scope) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}

// end tells the attempts that the context has ended.
func (s *Scope) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for s.first != nil {
		s.first.tell()
	}
}

// expire tells the attempts whose deadline has passed.
func (s *Scope) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings = time.Time{}
	for now := time.Now(); s.first != nil && !now.Before(s.first.deadline); {
		s.first.tell()
	}
	s.setTimer()
}

// setTimer makes the timer ring in time for the first attempt. It rings once for all attempts of a
// period, most of which have ended by then. The caller holds the lock.
func (s *Scope) setTimer() {
	if s.first == nil || !s.rings.IsZero() && !s.first.deadline.Before(s.rings) {
		return
	}
	s.rings = s.first.deadline
	if s.timer == nil {
		s.timer = time.AfterFunc(time.Until(s.rings), s.expire)
		return
	}
	s.timer.Reset(time.Until(s.rings))
}

// insert adds an attempt to the list: at its end, as a rule. The caller holds the lock.
func (s *Scope) insert(a *attemptContext) {
	before := s.last
	for before != nil && a.deadline.Before(before.deadline) {
		before = before.prev
	}
	a.prev, a.next = before, s.first
	if before != nil {
		a.next = before.next
		before.next = a
	} else {
		s.first = a
	}
	if a.next != nil {
		a.next.prev = a
	} else {
		s.last = a
	}
}
