package attack

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/target"
	"weighbridge/target/concurrency"
	"weighbridge/target/transport"
)

// crowd is what became of requests of which most had to wait for a slot.
type crowd struct {
	answered, cutOff, neverSent int
	// lag and wait are the longest send lag and slot wait, response the sum of the response latencies.
	lag, wait, response time.Duration
	goroutines          int
}

// crowdOf sends 1,000 requests a second for 8 s to a server that answers each of four in flight in 10 ms,
// until the drain ends, or the run does.
func crowdOf(t *testing.T, drained, ends time.Duration) (c crowd) {
	due := make([]time.Duration, 8000)
	for i := range due {
		due[i] = time.Duration(i) * time.Millisecond
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), ends)
		defer cancel()
		draining, stop := context.WithTimeout(t.Context(), min(drained, ends))
		defer stop()
		p := pacerOf(ctx, due...)
		defer p.queue.Stop()
		p.cut = p.start.Add(8*time.Second + maxLate)
		gate := concurrency.NewGate(4, target.Concurrency{})
		s := newStandby(p, func() *alarm.Alarm { return alarm.OfRuntime(ctx) })
		s.crowded, s.waiting, s.drained = func() bool {
			time.Sleep(50 * time.Microsecond) // to hand a request over takes time, which adds up over a crowd
			return gate.Crowded(mostCrowd)
		}, gate.Waiting, draining
		send := func(r *request) *exchange {
			began := time.Now()
			r.pickedUp = began.Add(-r.held)
			x := &exchange{Attempts: make([]transport.Attempt, 1)}
			if gate.Acquire(draining) != nil {
				x.Outcome.Class = target.CutOff
			} else {
				x.SlotWait = time.Since(began)
				time.Sleep(10 * time.Millisecond)
				gate.Leave(gate.Enter(), concurrency.Answered)
			}
			x.End = time.Now()
			return x
		}
		late := func() bool { return draining.Err() != nil }
		err := volley{next: s.next, wait: s.wait, late: late, queue: newHandover(), send: send}.fire(func(h hit) {
			c.goroutines = max(c.goroutines, runtime.NumGoroutine())
			at := p.start.Add(h.Due)
			c.lag = max(c.lag, h.pickedUp.Sub(at))
			if h.exchange.Outcome.Class == target.CutOff {
				c.cutOff++
				return
			}
			c.answered++
			c.wait = max(c.wait, h.exchange.SlotWait)
			c.response += h.exchange.End.Sub(at)
		})
		if err != nil {
			t.Error(err)
		}
		for _, prompts := range p.neverSent {
			c.neverSent += int(prompts)
		}
	})
	return c
}

// Requests that wait for a slot take no worker each, and the wait is theirs all the same: of 8,000 the
// server answers 400 a second, the last some 12 s after it was due.
func TestRequestsThatWaitForASlotTakeNoWorkers(t *testing.T) {
	c := crowdOf(t, time.Hour, time.Hour)
	if c.answered != 8000 {
		t.Errorf("answered %d, cut off %d, never sent %d; want 8,000 answered", c.answered, c.cutOff, c.neverSent)
	}
	if c.lag > resultsRest {
		t.Errorf("the longest send lag is %v: a wait for a slot is none", c.lag)
	}
	if mean := c.response / 8000; (c.wait-12*time.Second).Abs() > 500*time.Millisecond || (mean-6*time.Second).Abs() > 100*time.Millisecond {
		t.Errorf("the longest slot wait is %v, the mean response %v; want 12 s and 6 s", c.wait, mean)
	}
	if c.goroutines > mostCrowd+100 {
		t.Errorf("%d goroutines at once", c.goroutines)
	}
}

// What still waits for a slot when the drain ends is cut off: the generator would have sent it.
func TestRequestsThatWaitForASlotAreCutOff(t *testing.T) {
	c := crowdOf(t, 10*time.Second, time.Hour)
	if c.answered < 3990 || c.answered > 4010 || c.answered+c.cutOff != 8000 || c.lag > resultsRest {
		t.Errorf("answered %d, cut off %d, never sent %d, send lag up to %v; want half answered and half cut off", c.answered, c.cutOff, c.neverSent, c.lag)
	}
}

// At the end of a run, what was due by then and waited for a slot was cut off or never sent.
func TestTheEndOfARunWithACrowd(t *testing.T) {
	c := crowdOf(t, time.Hour, 5*time.Second)
	if all := c.answered + c.cutOff + c.neverSent; all < 5000 || all > 5001 || c.answered < 1990 || c.answered > 2010 {
		t.Errorf("answered %d, cut off %d, never sent %d: want 5,000 in all, 2,000 of them answered", c.answered, c.cutOff, c.neverSent)
	}
}

func TestHoldsSinceAMoment(t *testing.T) {
	began := time.Now()
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	var h holds
	if h.since(at(0)) != 0 {
		t.Error("held before any period")
	}
	h.add(at(10), at(20))
	h.add(at(30), at(50))
	h.extend(at(60))
	for _, c := range []struct{ moment, want int }{{0, 40}, {10, 40}, {15, 35}, {20, 30}, {25, 30}, {30, 30}, {59, 1}, {60, 0}, {70, 0}} {
		if got := h.since(at(c.moment)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("held for %v since %d ms, want %d ms", got, c.moment, c.want)
		}
	}
}
