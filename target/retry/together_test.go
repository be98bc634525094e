package retry

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
	"weighbridge/target"
)

// Many clients come at once to a limit that tells the truth, as after an outage. With full jitter and
// Retry-After they need fewer attempts per success than with a fixed wait.
func TestAttemptsPerSuccessOfManyAtALimit(t *testing.T) {
	fixed := target.Retry{Policy: "fixed", Multiplier: 100 * time.Millisecond, Max: time.Second, Attempts: 1000, Jitter: "none", MaxRetryAfter: time.Hour}
	jitter := fixed
	jitter.Policy, jitter.Jitter = "exponential", "full"
	both := jitter
	both.HonorRetryAfter = true
	base := attemptsPerSuccess(fixed)
	for name, c := range map[string]struct {
		policy target.Retry
		most   float64 // of the fixed wait's attempts
	}{"full jitter and Retry-After": {both, 0.7}, "full jitter": {jitter, 0.9}} {
		if got := attemptsPerSuccess(c.policy); got >= c.most*base || got <= 1 {
			t.Errorf("%s: %.2f attempts per success, a fixed wait needs %.2f", name, got, base)
		}
	}
}

// try is when a client tries, next in the order of a heap.
type try struct {
	at     time.Time
	course *Course
}

type tries []try

func (h tries) Len() int           { return len(h) }
func (h tries) Less(i, k int) bool { return h[i].at.Before(h[k].at) }
func (h tries) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }
func (h *tries) Push(x any)        { *h = append(*h, x.(try)) }
func (h *tries) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// attemptsPerSuccess lets 100 clients send a request each within 50 ms, until all have succeeded.
func attemptsPerSuccess(policy target.Retry) float64 {
	const clients = 100
	random := rand.New(rand.NewPCG(3, 5))
	began := time.Unix(1_000_000, 0)
	limiter := fault.NewLimiter(fault.Limit{Requests: &fault.Bucket{Rate: 50, Burst: 10}}, began)
	var due tries
	for range clients {
		heap.Push(&due, try{began.Add(time.Duration(random.IntN(int(50 * time.Millisecond)))), &Course{Policy: policy}})
	}
	attempts, succeeded := 0, 0
	for len(due) > 0 {
		next := heap.Pop(&due).(try)
		attempts++
		ok, wait, _ := limiter.Take(next.at, 0, 0)
		if ok {
			succeeded++
			continue
		}
		pause, again, _ := next.course.Failed(target.Outcome{Class: target.RateLimit}, AdviceOf(refusal(wait, false), next.at, next.at, false), random.Float64)
		if again {
			heap.Push(&due, try{next.at.Add(pause), next.course})
		}
	}
	return float64(attempts) / float64(succeeded)
}
