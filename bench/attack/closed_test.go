package attack

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"weighbridge/target"
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

// Workers in step would all end just before the end of a slice or just behind it, so
// they begin one after another, over the time of a turn, before the slice does.
func TestWorkersBeginOverATurn(t *testing.T) {
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
		<-all // so that nobody comes twice before all have come
	})
	a := newArm(t, scenario(t, url, "load.closed={in_flight: 5, duration: 100ms, ramp: 20ms}"), 1)
	a.turn = turn{hits: 2, total: 2 * takes}
	begun := time.Now()
	s, _, err := a.Closed(context.Background(), 0)
	if err != nil || len(arrived) < workers {
		t.Fatal(arrived, err)
	}
	for i, at := range arrived[:workers] {
		if after, least := at.Sub(begun), takes*time.Duration(i)/workers; after < least {
			t.Errorf("worker %d began after %v, under %v", i, after, least)
		}
	}
	if leadIn := milliseconds(begun.Sub(a.began) + takes); s.StartMS < leadIn {
		t.Errorf("the slice began after %v ms, before the workers were out of step at %v", s.StartMS, leadIn)
	}
}

func TestTheWarmupTellsHowLongATurnTakes(t *testing.T) {
	const takes = 20 * time.Millisecond
	url := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(takes) })
	a := newArm(t, scenario(t, url, "load.closed={in_flight: 2, duration: 100ms, ramp: 20ms}"), 1)
	if err := a.WarmupClosed(context.Background()); err != nil || a.turn.mean(time.Hour) < takes {
		t.Errorf("a turn takes %v, the server alone %v: %v", a.turn.mean(time.Hour), takes, err)
	}
}

func TestTurnsAreBounded(t *testing.T) {
	h := answered(300*time.Millisecond, target.Outcome{}, 0)
	h.request.Think = 40 * time.Millisecond
	h.exchange.Connect = 10 * time.Millisecond
	h.PickedUp = zero.Add(100 * time.Millisecond)
	var turns turn
	if got := turns.mean(time.Hour); got != 0 {
		t.Errorf("no turn takes %v", got)
	}
	turns.add(h)
	if got := turns.mean(time.Hour); got != 230*time.Millisecond {
		t.Errorf("200 ms, of which 10 to connect, and 40 ms of thinking are %v", got)
	}
	if got := turns.mean(time.Millisecond); got != time.Millisecond {
		t.Errorf("the limit of a millisecond makes it %v", got)
	}
}
