package fault

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Limit holds the limits that are enforced with a 429: token buckets, an acceleration limit and a
// spend limit. A nil field sets no limit.
type Limit struct {
	// Requests limits the rate of requests; default none.
	Requests *Bucket `yaml:"requests"`
	// InputTokens limits the rate of input tokens; default none.
	InputTokens *Bucket `yaml:"input_tokens"`
	// OutputTokens limits the rate of output tokens; default none.
	OutputTokens *Bucket `yaml:"output_tokens"`
	// Acceleration limits how fast the rate of requests may grow; default none.
	Acceleration *Acceleration `yaml:"acceleration"`
	// Spend limits the total number of tokens billed; default none.
	Spend *Spend `yaml:"spend"`
}

// Bucket is a token bucket: it refills continuously at Rate and holds at most Burst.
type Bucket struct {
	// Rate is the refill per second, 0…1000000000000; default 0, no refill.
	Rate float64 `yaml:"rate" check:"min=0,max=1000000000000"`
	// Burst is the capacity, 0…1000000000000; default 0, which means the larger of rate and 1.
	Burst float64 `yaml:"burst" check:"min=0,max=1000000000000"`
}

// Validate checks what the tags of single fields cannot express.
func (l Limit) Validate() error {
	for _, bucket := range []struct {
		name string
		*Bucket
	}{{"requests", l.Requests}, {"input_tokens", l.InputTokens}, {"output_tokens", l.OutputTokens}} {
		if bucket.Bucket != nil && (bucket.Burst <= 0 || bucket.Rate < 0) {
			return fmt.Errorf("limit.%s: burst must be greater than 0 and rate at least 0", bucket.name)
		}
	}
	if l.Acceleration != nil {
		return l.Acceleration.validate()
	}
	return nil
}

// Never is the wait of a request that will not be allowed at any time, because it is
// larger than a bucket's burst or the bucket does not refill.
const Never = time.Duration(math.MaxInt64)

// Limiter enforces the token buckets and the acceleration limit; Allowance enforces the
// spend limit. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	buckets [3]*bucketState
	ramp    *ramp
}

// NewLimiter returns a limiter whose buckets are full at t.
func NewLimiter(limit Limit, t time.Time) *Limiter {
	l := &Limiter{}
	l.Configure(limit, t)
	return l
}

// Configure makes limit, which must be valid, effective from t on. Existing buckets keep
// their content, up to the new burst; new ones are full. A changed acceleration limit
// keeps the rate that has been reached and begins a new window.
func (l *Limiter) Configure(limit Limit, t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range []*Bucket{limit.Requests, limit.InputTokens, limit.OutputTokens} {
		l.buckets[i] = l.buckets[i].reconfigured(b, t)
	}
	l.ramp = l.ramp.reconfigured(limit.Acceleration, t)
}

// Take takes one request, its input tokens and its output tokens at time t from all
// buckets, or from none if one of them has too little. Then it returns the bucket that
// requires the longest wait ("requests", "input tokens", "output tokens" or
// "acceleration"), and how long after t the same Take would succeed if there were no
// others; Never if it would not. If t is before the last Take, the time of that is used.
func (l *Limiter) Take(t time.Time, input, output uint64) (ok bool, wait time.Duration, bucket string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	amounts := [3]float64{1, float64(input), float64(output)}
	for i, b := range l.buckets {
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
	for i, b := range l.buckets {
		if b != nil {
			b.take(t, amounts[i])
		}
	}
	if l.ramp != nil {
		l.ramp.take(t)
	}
	return true, 0, ""
}

// Level is the level of a bucket, for rate-limit headers.
type Level struct {
	// Name is requests, input_tokens or output_tokens.
	Name string
	// Limit is the bucket's burst, Remaining its content, in requests or tokens.
	Limit, Remaining float64
	// Full is when the bucket will be full without further requests: now if it is full,
	// the zero time if it does not refill.
	Full time.Time
}

// Budgets returns the levels of the buckets at t, requests first. If t is before the last
// Take, the time of that is used.
func (l *Limiter) Budgets(t time.Time) []Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	var levels []Level
	for i, b := range l.buckets {
		if b == nil {
			continue
		}
		level := Level{
			Name:  [3]string{"requests", "input_tokens", "output_tokens"}[i],
			Limit: b.Burst, Remaining: b.level(t),
		}
		if wait := b.wait(t, b.Burst); wait != Never {
			level.Full = t.Add(wait)
		}
		levels = append(levels, level)
	}
	return levels
}

// bucketState is the content of a bucket at its last take. A refused request does not
// change it, so that later waits are computed from the same numbers.
type bucketState struct {
	Bucket
	tokens  float64
	updated time.Time
}

// reconfigured returns the state with the settings b from time t on; k and b may be nil.
func (k *bucketState) reconfigured(b *Bucket, t time.Time) *bucketState {
	switch {
	case b == nil:
		return nil
	case k == nil:
		return &bucketState{Bucket: *b, tokens: b.Burst, updated: t}
	case k.Bucket == *b:
		return k
	}
	return &bucketState{Bucket: *b, tokens: min(k.level(t), b.Burst), updated: later(k.updated, t)}
}

func (k *bucketState) level(t time.Time) float64 {
	elapsed := max(t.Sub(k.updated), 0)
	return min(k.Burst, k.tokens+elapsed.Seconds()*k.Rate)
}

func (k *bucketState) take(t time.Time, n float64) {
	k.tokens = k.level(t) - n
	k.updated = later(k.updated, t)
}

// wait returns how long after t the bucket will hold n.
func (k *bucketState) wait(t time.Time, n float64) time.Duration {
	if k.level(t) >= n {
		return 0
	}
	seconds := (n - k.tokens) / k.Rate // +Inf if it does not refill
	if n > k.Burst || seconds > (Never/2).Seconds() {
		return Never
	}
	due := k.updated.Add(ceilSeconds(seconds))
	for k.level(due) < n { // rounding can leave it slightly short
		due = due.Add(time.Microsecond)
	}
	return due.Sub(t)
}

// RetryAfter returns a wait in the units of the headers, rounded up so that waiting that
// long is enough.
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

// ceilSeconds returns the shortest duration of at least the given number of seconds.
func ceilSeconds(seconds float64) time.Duration {
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
