package authz

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a Limit at work; a nil bucket never limits.
type bucket struct {
	Limit
	limiter *rate.Limiter
}

// newBucket returns a full bucket, or nil where there is no limit.
func newBucket(limit *Limit) *bucket {
	if limit == nil {
		return nil
	}
	return &bucket{*limit, rate.NewLimiter(rate.Limit(limit.Rate), max(limit.Burst, 1))}
}

// is reports whether the bucket is what a limit asks for.
func (b *bucket) is(limit *Limit) bool {
	if b == nil || limit == nil {
		return b == nil && limit == nil
	}
	return b.Limit == *limit
}

// never is a wait that ends nothing: the bucket does not refill, or not in a lifetime.
const never = math.MaxInt32

// take takes one request at t. Refused, it takes nothing and says after how
// many whole seconds it would succeed if nobody else came, or never.
func (b *bucket) take(t time.Time) (wait int, ok bool) {
	if b == nil || b.limiter.AllowN(t, 1) {
		return 0, true
	}
	missing := 1 - b.limiter.TokensAt(t)
	wait = int(min(max(missing/b.Rate, 1), never))
	if wait < never && b.limiter.TokensAt(t.Add(time.Duration(wait)*time.Second)) < 1 {
		wait++ // the part of a second that was cut off, if only by rounding
	}
	return wait, false
}
