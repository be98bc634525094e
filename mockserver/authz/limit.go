package authz

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket enforces a Limit; a nil bucket has no limit.
type bucket struct {
	Limit
	limiter *rate.Limiter
}

// newBucket returns a full bucket, or nil if limit is nil.
func newBucket(limit *Limit) *bucket {
	if limit == nil {
		return nil
	}
	return &bucket{*limit, rate.NewLimiter(rate.Limit(limit.Rate), max(limit.Burst, 1))}
}

// hasLimit reports whether the bucket enforces this very limit.
func (b *bucket) hasLimit(limit *Limit) bool {
	if b == nil || limit == nil {
		return b == nil && limit == nil
	}
	return b.Limit == *limit
}

// never is a wait in seconds that means that waiting does not help: the bucket does not
// refill, or not within 68 years.
const never = math.MaxInt32

// take takes one request from the bucket at time t. If it is refused, it takes nothing
// and returns the whole seconds after which it would succeed if no other request came,
// or never.
func (b *bucket) take(t time.Time) (wait int, ok bool) {
	if b == nil || b.limiter.AllowN(t, 1) {
		return 0, true
	}
	missing := 1 - b.limiter.TokensAt(t)
	wait = int(min(max(missing/b.Rate, 1), never))
	if wait < never && b.limiter.TokensAt(t.Add(time.Duration(wait)*time.Second)) < 1 {
		wait++ // for the fraction of a second that was truncated, or a rounding error
	}
	return wait, false
}
