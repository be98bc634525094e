package attack

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/schedule"
)

func TestAlarmsAreNeverEarly(t *testing.T) {
	for name, a := range map[string]*alarm{"of the kernel": newAlarm(), "of the runtime": {}} {
		for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, time.Millisecond, 30 * time.Millisecond} {
			at := time.Now().Add(d)
			if !a.wait(t.Context(), at) || time.Now().Before(at) {
				t.Errorf("alarm %s: rang %v early", name, time.Until(at))
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if a.wait(ctx, time.Now().Add(time.Hour)) {
			t.Errorf("alarm %s: the end of its context does not end a wait", name)
		}
		a.close()
	}
}

// Requests that are due soon after the last wait are sent together.
func TestManyRequestsAreSentAtOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const us = time.Microsecond
		due := []time.Duration{500 * us, 510 * us, 690 * us, 720 * us, 5000 * us, 5190 * us, 5500 * us}
		want := []time.Duration{500 * us, 700 * us, 700 * us, 900 * us, 5000 * us, 5200 * us, 5500 * us}
		n := 0
		p := &openPacer{ctx: t.Context(), start: time.Now(), cut: time.Now().Add(time.Hour), alarm: &alarm{}, queue: ahead.New(ahead.Requests[*request]{
			Next: func() (*request, bool) {
				if n++; n > len(due) {
					return nil, false
				}
				return &request{Batch: schedule.Batch{Due: due[n-1]}}, true
			},
			Build: func(*request) {}, Size: func(*request) int { return 1 },
		})}
		defer p.queue.Stop()
		for i := range due {
			if _, ok := p.next(); !ok || time.Since(p.start) != want[i] {
				t.Errorf("a request due at %v is sent at %v, want %v", due[i], time.Since(p.start), want[i])
			}
		}
		if _, ok := p.next(); ok {
			t.Error("there are more requests than were due")
		}
	})
}
