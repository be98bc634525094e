package attack

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A worker's next request comes after its thinking, and no latency holds it.
func TestThinkingIsBetweenRequestsAndInNoLatency(t *testing.T) {
	var mu sync.Mutex
	var arrived []time.Time
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, time.Now())
	})
	const thinks = 60 * time.Millisecond
	arm := scenario(t, url, "load.closed={in_flight: 1, duration: 600ms, ramp: 0, think: 60ms}")
	s, whole, err := newArm(t, arm, 1).Closed(context.Background(), 0)
	if err != nil || !whole || s.Answered == 0 {
		t.Fatal(s, whole, err)
	}
	// The last request may leave at once: the slice wakes its thinkers when it ends.
	for i := 1; i < len(arrived)-1; i++ {
		if gap := arrived[i].Sub(arrived[i-1]); gap < thinks-2*time.Millisecond {
			t.Errorf("requests %d and %d are %v apart, under the thinking time %v", i-1, i, gap, thinks)
		}
	}
	if most := uint64(600/60) + 1; s.Answered > most {
		t.Errorf("%d prompts in 600 ms of 60 ms thinking each", s.Answered)
	}
	if got := s.Response.Quantile(0); got >= thinks {
		t.Errorf("the shortest response is %v: the thinking is in it", got)
	}
	if got := s.SendLag.Quantile(1); got != 0 {
		t.Errorf("send lag is %v: a closed request is due when its worker picks it up", got)
	}
}

func TestASliceDoesNotWaitForItsThinkers(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	arm := scenario(t, url, "load.closed={in_flight: 3, duration: 50ms, ramp: 0, think: 1h}")
	s, _, err := newArm(t, arm, 1).Closed(context.Background(), 0)
	if err != nil || s.Answered != 3 {
		t.Errorf("%+v, %v; want one answer for each of three workers", s, err)
	}
}
