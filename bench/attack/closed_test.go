package attack

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/target"
)

// A worker thinks between two requests, and no latency includes it.
func TestThinkTimeIsBetweenRequestsAndInNoLatency(t *testing.T) {
	var mu sync.Mutex
	var arrived []time.Time
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, time.Now())
	})
	const think = 60 * time.Millisecond
	arm := scenario(t, url, "load.closed={in_flight: 1, duration: 600ms, ramp: 0, think: 60ms}")
	s, complete, err := newArm(t, arm, 1).Closed(context.Background(), 0)
	if err != nil || !complete || s.Answered == 0 {
		t.Fatal(s, complete, err)
	}
	// The last request may be sent at once: the end of the slice ends all think times.
	for i := 1; i < len(arrived)-1; i++ {
		if gap := arrived[i].Sub(arrived[i-1]); gap < think-2*time.Millisecond {
			t.Errorf("requests %d and %d are %v apart, less than the think time of %v", i-1, i, gap, think)
		}
	}
	if most := uint64(600/60) + 1; s.Answered > most {
		t.Errorf("%d prompts in 600 ms with 60 ms of think time each", s.Answered)
	}
	if got := s.Response.Quantile(0); got >= think {
		t.Errorf("the shortest response latency is %v: it includes the think time", got)
	}
	if got := s.SendLag.Quantile(1); got != 0 {
		t.Errorf("send lag is %v, want 0: a closed request is due when its worker picks it up", got)
	}
}

func TestASliceDoesNotWaitForThinkTimes(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	arm := scenario(t, url, "load.closed={in_flight: 3, duration: 1s, ramp: 0, think: 1h}")
	s, _, err := newArm(t, arm, 1).Closed(context.Background(), 0)
	if err != nil || s.Answered != 3 {
		t.Errorf("%+v, %v; want one answer for each of three workers", s, err)
	}
}

// Workers in step would all end just before or just after the end of a slice, so they
// start one after another, over the duration of a cycle, before the slice starts.
func TestWorkersStartOverACycle(t *testing.T) {
	const takes, workers = 100 * time.Millisecond, 5
	var mu sync.Mutex
	var arrived []time.Time
	all := make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		if arrived = append(arrived, time.Now()); len(arrived) == workers {
			close(all)
		}
		mu.Unlock()
		<-all // no worker sends its second request before all have sent their first
	})
	a := newArm(t, scenario(t, url, "load.closed={in_flight: 5, duration: 100ms, ramp: 20ms}"), 1)
	a.cycles = cycles{count: 2, total: 2 * takes}
	began := time.Now()
	s, _, err := a.Closed(context.Background(), 0)
	if err != nil || len(arrived) < workers {
		t.Fatal(arrived, err)
	}
	for i, at := range arrived[:workers] {
		if after, least := at.Sub(began), takes*time.Duration(i)/workers; after < least {
			t.Errorf("worker %d started after %v, want at least %v", i, after, least)
		}
	}
	if leadIn := record.Milliseconds(began.Sub(a.began) + takes); s.StartMS < leadIn {
		t.Errorf("the slice started after %v ms, before all workers had started at %v", s.StartMS, leadIn)
	}
}

func TestWarmupMeasuresTheCycle(t *testing.T) {
	const takes = 20 * time.Millisecond
	url := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(takes) })
	a := newArm(t, scenario(t, url, "load.warmup=1s", "load.closed={in_flight: 2, duration: 100ms, ramp: 300ms}"), 1)
	if err := a.WarmupClosed(context.Background()); err != nil || a.cycles.mean(time.Hour) < takes {
		t.Errorf("a cycle takes %v, the server alone %v: %v", a.cycles.mean(time.Hour), takes, err)
	}
}

func TestMeanCycleIsBounded(t *testing.T) {
	h := answered(300*time.Millisecond, target.Outcome{}, 0)
	h.think = 40 * time.Millisecond
	h.exchange.Connect = 10 * time.Millisecond
	h.pickedUp = zero.Add(100 * time.Millisecond)
	var c cycles
	if got := c.mean(time.Hour); got != 0 {
		t.Errorf("the mean of no cycles is %v", got)
	}
	c.add(h)
	if got := c.mean(time.Hour); got != 230*time.Millisecond {
		t.Errorf("the cycle is %v, want 230ms: 200 ms less 10 ms to connect, plus 40 ms of think time", got)
	}
	if got := c.mean(time.Millisecond); got != time.Millisecond {
		t.Errorf("the mean is %v, want the limit of 1ms", got)
	}
}
