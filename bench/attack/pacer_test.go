package attack

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/schedule"
	"weighbridge/target/transport"
)

// pacerOf returns the pacer of requests with one prompt each that are due at offsets from now. ctx ends
// the schedule.
func pacerOf(ctx context.Context, due ...time.Duration) *openPacer {
	n := 0
	return &openPacer{
		ctx: ctx, began: time.Now(), start: time.Now(), cut: time.Now().Add(time.Hour), alarm: alarm.OfRuntime(ctx), neverSent: map[int]uint64{},
		queue: ahead.New(ahead.Requests[*request]{
			Next: func() (*request, bool) {
				if n++; n > len(due) {
					return nil, false
				}
				return &request{Batch: schedule.Batch{Due: due[n-1], Prompts: []schedule.Prompt{{Due: due[n-1]}}}}, true
			},
			Build: func(*request) {}, Size: func(*request) int { return 1 },
		}),
	}
}

// sentOf returns when a volley sends what its pacer hands over, in offsets from the start.
func sentOf(t *testing.T, p *openPacer, v volley, service time.Duration) (sent []time.Duration) {
	t.Helper()
	v.queue, v.send = newHandover(), func(*request) *exchange {
		at := time.Since(p.start)
		time.Sleep(service)
		return &exchange{Attempts: []transport.Attempt{{Status: int(at / time.Microsecond)}}}
	}
	if err := v.fire(func(h hit) {
		sent = append(sent, time.Duration(h.exchange.Attempts[0].Status)*time.Microsecond)
	}); err != nil {
		t.Error(err)
	}
	if oldest := v.queue.oldestBlock(9); oldest != 9 {
		t.Errorf("a request of block %d is open in the end", oldest)
	}
	slices.Sort(sent)
	return sent
}

// volleys are the two ways in which requests are handed over.
func volleys(p *openPacer) map[string]volley {
	s := newStandby(p, func() *alarm.Alarm { return alarm.OfRuntime(p.ctx) })
	return map[string]volley{"when they are due": {next: p.next}, "before they are due": {next: s.next, wait: s.wait}}
}

// Requests that are due soon after others are sent together, and none waits for an answer to another.
func TestManyRequestsAreSentAtOneMoment(t *testing.T) {
	const us = time.Microsecond
	due := []time.Duration{500 * us, 510 * us, 690 * us, 720 * us, 5000 * us, 5190 * us, 5500 * us}
	want := []time.Duration{500 * us, 700 * us, 700 * us, 900 * us, 5000 * us, 5200 * us, 5500 * us}
	for range 6 { // more than may wait
		last := due[len(due)-1]
		due = append(due, last+10*time.Millisecond, last+20*time.Millisecond)
		want = append(want, last+10*time.Millisecond, last+20*time.Millisecond)
	}
	for name := range volleys(&openPacer{}) {
		synctest.Test(t, func(t *testing.T) {
			p := pacerOf(t.Context(), due...)
			defer p.queue.Stop()
			if got := sentOf(t, p, volleys(p)[name], time.Minute); !slices.Equal(got, want) {
				t.Errorf("handed over %s: sent at %v, want %v", name, got, want)
			}
		})
	}
}

// The end of a run ends every wait. Only what was due by then is never sent.
func TestTheEndOfARunEndsTheSchedule(t *testing.T) {
	const ms = time.Millisecond
	due := []time.Duration{10 * ms, 20 * ms, 30 * ms, 50 * ms, 60 * ms, 70 * ms, 80 * ms, 90 * ms, 100 * ms, 110 * ms, 120 * ms, 130 * ms}
	for name := range volleys(&openPacer{}) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(40*ms, cancel)
			p := pacerOf(ctx, due...)
			defer p.queue.Stop()
			if got := sentOf(t, p, volleys(p)[name], time.Second); !slices.Equal(got, due[:3]) || p.stopped.Sub(p.start) != 40*ms || len(p.neverSent) > 0 {
				t.Errorf("handed over %s: sent at %v, stopped after %v, never sent: %v", name, got, p.stopped.Sub(p.start), p.neverSent)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			p := pacerOf(t.Context(), due...)
			defer p.queue.Stop()
			p.cut = p.start.Add(45 * ms)
			if got := sentOf(t, p, volleys(p)[name], time.Second); !slices.Equal(got, due[:3]) || len(p.neverSent) > 0 {
				t.Errorf("handed over %s until 45 ms: sent at %v, never sent: %v", name, got, p.neverSent)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // of a generator that begins late
		p := pacerOf(t.Context(), due...)
		defer p.queue.Stop()
		time.Sleep(time.Second)
		p.cut = p.start.Add(115 * ms)
		if got := sentOf(t, p, volleys(p)["before they are due"], time.Second); len(got) > 0 || p.neverSent[0] != 10 {
			t.Errorf("sent at %v, never sent: %v", got, p.neverSent)
		}
	})
}
