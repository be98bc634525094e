package fault

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Limit is the token buckets that answer 429; a nil bucket never limits.
type Limit struct {
	// Requests bounds requests; default none.
	Requests *Bucket `yaml:"requests"`
	// InputTokens bounds the tokens read; default none.
	InputTokens *Bucket `yaml:"input_tokens"`
	// OutputTokens bounds the tokens answered; default none.
	OutputTokens *Bucket `yaml:"output_tokens"`
}

// Bucket refills continuously at Rate per second and holds at most Burst.
type Bucket struct {
	// Rate is how much comes back per second, at least 0; default 0, nothing.
	Rate float64 `yaml:"rate" check:"min=0"`
	// Burst is what the bucket holds at most, at least 0; default 0, which takes the rate, or 1 if that is more.
	Burst float64 `yaml:"burst" check:"min=0"`
}

// Validate checks what one field alone cannot show.
func (l Limit) Validate() error {
	for _, bucket := range []struct {
		name string
		*Bucket
	}{{"requests", l.Requests}, {"input_tokens", l.InputTokens}, {"output_tokens", l.OutputTokens}} {
		if bucket.Bucket != nil && (bucket.Burst <= 0 || bucket.Rate < 0) {
			return fmt.Errorf("limit.%s: burst must be over 0 and rate at least 0", bucket.name)
		}
	}
	return nil
}

// Never is the wait of a request that no wait would let through, as it is
// larger than a bucket's burst or the bucket does not refill.
const Never = time.Duration(math.MaxInt64)

// Limiter is the buckets at work. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	buckets [3]*level
}

// NewLimiter returns limit's buckets, full at t.
func NewLimiter(limit Limit, t time.Time) *Limiter {
	fill := func(name string, b *Bucket) *level {
		if b == nil {
			return nil
		}
		return &level{Bucket: *b, name: name, tokens: b.Burst, last: t}
	}
	return &Limiter{buckets: [3]*level{
		fill("requests", limit.Requests),
		fill("input tokens", limit.InputTokens),
		fill("output tokens", limit.OutputTokens),
	}}
}

// Take takes one request, its input and its output tokens at t, from all
// buckets or from none. Refused, it says by which bucket (the one that makes it
// wait longest) and how long after t the same Take would succeed if nobody else
// took anything; Never if it would not. A time before the last Take's counts as that.
func (l *Limiter) Take(t time.Time, input, output uint64) (ok bool, wait time.Duration, bucket string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	amounts := [3]float64{1, float64(input), float64(output)}
	for i, b := range l.buckets {
		if b == nil {
			continue
		}
		if w := b.wait(t, amounts[i]); w > wait {
			wait, bucket = w, b.name
		}
	}
	if wait > 0 {
		return false, wait, bucket
	}
	for i, b := range l.buckets {
		if b != nil {
			b.take(t, amounts[i])
		}
	}
	return true, 0, ""
}

// level is how full a bucket was at its last take. A refusal leaves it as it
// is, so that the wait it was told is computed from the same numbers later.
type level struct {
	Bucket
	name   string
	tokens float64
	last   time.Time
}

func (b *level) at(t time.Time) float64 {
	elapsed := max(t.Sub(b.last), 0)
	return min(b.Burst, b.tokens+elapsed.Seconds()*b.Rate)
}

func (b *level) take(t time.Time, n float64) {
	b.tokens = b.at(t) - n
	if t.After(b.last) {
		b.last = t
	}
}

// wait is how long after t the bucket holds n.
func (b *level) wait(t time.Time, n float64) time.Duration {
	if b.at(t) >= n {
		return 0
	}
	seconds := (n - b.tokens) / b.Rate // +Inf without refill
	if n > b.Burst || seconds > (Never/2).Seconds() {
		return Never
	}
	due := b.last.Add(time.Duration(math.Ceil(seconds * float64(time.Second))))
	for b.at(due) < n { // rounding can leave it a hair short
		due = due.Add(time.Microsecond)
	}
	return due.Sub(t)
}

// RetryAfter words a refusal's wait in headers' units, each rounded up so that
// waiting that long succeeds.
func RetryAfter(wait time.Duration) (seconds, milliseconds int64) {
	return ceilDiv(wait, time.Second), ceilDiv(wait, time.Millisecond)
}

func ceilDiv(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}
