package fault

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Limit is what answers 429: token buckets, a brake on growth, and a bound on
// what is billed. What is nil never limits.
type Limit struct {
	// Requests bounds requests; default none.
	Requests *Bucket `yaml:"requests"`
	// InputTokens bounds the tokens read; default none.
	InputTokens *Bucket `yaml:"input_tokens"`
	// OutputTokens bounds the tokens answered; default none.
	OutputTokens *Bucket `yaml:"output_tokens"`
	// Acceleration bounds how fast the rate of requests may grow; default none.
	Acceleration *Acceleration `yaml:"acceleration"`
	// Spend bounds the tokens billed in all; default none.
	Spend *Spend `yaml:"spend"`
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
	if l.Acceleration != nil {
		return l.Acceleration.validate()
	}
	return nil
}

// Never is the wait of a request that no wait would let through, as it is
// larger than a bucket's burst or the bucket does not refill.
const Never = time.Duration(math.MaxInt64)

// Limiter is the buckets and the brake at work; what is billed is Allowance's.
// It is safe for concurrent use.
type Limiter struct {
	mu    sync.Mutex
	tanks [3]*tank
	ramp  *ramp
}

// NewLimiter returns limit's buckets, full at t.
func NewLimiter(limit Limit, t time.Time) *Limiter {
	l := &Limiter{}
	l.Adopt(limit, t)
	return l
}

// Adopt makes limit hold from t on. A bucket keeps what it holds, as far as its
// new burst allows; one that is new is full. A brake that changes keeps the rate
// it had reached and begins a new window. limit must validate.
func (l *Limiter) Adopt(limit Limit, t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range []*Bucket{limit.Requests, limit.InputTokens, limit.OutputTokens} {
		l.tanks[i] = l.tanks[i].adopt(b, t)
	}
	l.ramp = l.ramp.adopt(limit.Acceleration, t)
}

// Take takes one request, its input and its output tokens at t, from all
// buckets or from none. Refused, it says by what ("requests", "input tokens",
// "output tokens" or "acceleration", the one that makes it wait longest) and how
// long after t the same Take would succeed if nobody else took anything; Never
// if it would not. A time before the last Take's counts as that.
func (l *Limiter) Take(t time.Time, input, output uint64) (ok bool, wait time.Duration, bucket string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	amounts := [3]float64{1, float64(input), float64(output)}
	for i, b := range l.tanks {
		if b == nil {
			continue
		}
		if w := b.wait(t, amounts[i]); w > wait {
			wait, bucket = w, [3]string{"requests", "input tokens", "output tokens"}[i]
		}
	}
	if l.ramp != nil {
		if w := l.ramp.wait(t); w > wait {
			wait, bucket = w, "acceleration"
		}
	}
	if wait > 0 {
		return false, wait, bucket
	}
	for i, b := range l.tanks {
		if b != nil {
			b.take(t, amounts[i])
		}
	}
	if l.ramp != nil {
		l.ramp.take(t)
	}
	return true, 0, ""
}

// Level is how full a bucket is, as rate-limit headers tell it.
type Level struct {
	// Name is requests, input_tokens or output_tokens.
	Name string
	// Limit is the bucket's burst, Remaining what it holds: requests or tokens.
	Limit, Remaining float64
	// Full is when it is full again if nobody takes anything: now, if it is
	// already; the zero time, if it does not refill.
	Full time.Time
}

// Budgets are the levels at t of the buckets there are, requests first. A time
// before the last Take's counts as that.
func (l *Limiter) Budgets(t time.Time) []Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	var levels []Level
	for i, b := range l.tanks {
		if b == nil {
			continue
		}
		level := Level{
			Name:  [3]string{"requests", "input_tokens", "output_tokens"}[i],
			Limit: b.Burst, Remaining: b.at(t),
		}
		if wait := b.wait(t, b.Burst); wait != Never {
			level.Full = t.Add(wait)
		}
		levels = append(levels, level)
	}
	return levels
}

// tank is how full a bucket was at its last take. A refusal leaves it as it
// is, so that the wait it was told is computed from the same numbers later.
type tank struct {
	Bucket
	tokens float64
	last   time.Time
}

// adopt is b's tank from t on; the tank and b may be nil.
func (k *tank) adopt(b *Bucket, t time.Time) *tank {
	switch {
	case b == nil:
		return nil
	case k == nil:
		return &tank{Bucket: *b, tokens: b.Burst, last: t}
	case k.Bucket == *b:
		return k
	}
	return &tank{Bucket: *b, tokens: min(k.at(t), b.Burst), last: later(k.last, t)}
}

func (k *tank) at(t time.Time) float64 {
	elapsed := max(t.Sub(k.last), 0)
	return min(k.Burst, k.tokens+elapsed.Seconds()*k.Rate)
}

func (k *tank) take(t time.Time, n float64) {
	k.tokens = k.at(t) - n
	k.last = later(k.last, t)
}

// wait is how long after t the tank holds n.
func (k *tank) wait(t time.Time, n float64) time.Duration {
	if k.at(t) >= n {
		return 0
	}
	seconds := (n - k.tokens) / k.Rate // +Inf without refill
	if n > k.Burst || seconds > (Never/2).Seconds() {
		return Never
	}
	due := k.last.Add(ceilSeconds(seconds))
	for k.at(due) < n { // rounding can leave it a hair short
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

// ceilSeconds is the shortest duration of at least so many seconds.
func ceilSeconds(seconds float64) time.Duration {
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
