package attack

import (
	"testing"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/target"
)

// The cost of a prompt to the generator must stay far below the gap between two prompts.

// BenchmarkAddOpen measures the cost of counting a hit with one prompt or ten.
func BenchmarkAddOpen(b *testing.B) {
	for name, due := range map[string][]time.Duration{"single": ms(1), "batch10": ms(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			t, h := newTally(), answered(100*time.Millisecond, target.Outcome{}, due...)
			for b.Loop() {
				t.addOpen(h)
			}
		})
	}
}

// BenchmarkPace measures the cost of forming a request and handing it over. All are
// overdue, so that there is no wait.
func BenchmarkPace(b *testing.B) {
	past := time.Now().Add(-time.Hour)
	arm := benchmarkArm(b)
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		next, err := arm.work.Open(PhaseOpen, *arm.Load.Open, 0, 1)
		if err != nil {
			b.Fatal(err)
		}
		p := &openPacer{
			ctx: b.Context(), began: past, start: past, cut: past.Add(2 * time.Hour),
			queue: arm.buildAhead(arm.openRequests(PhaseOpen, schedule.Batches(next, 1, 0)), always),
		}
		defer p.queue.Stop()
		handOver(b, p.next)
	})
	b.Run("closed", func(b *testing.B) {
		b.ReportAllocs()
		p := &closedPacer{ctx: b.Context(), end: past.Add(2 * time.Hour), queue: arm.buildAhead(arm.closedRequests(PhaseClosed, 0), always)}
		defer p.queue.Stop()
		handOver(b, p.next)
	})
}

func handOver(b *testing.B, next func() (*request, bool)) {
	handed := newHandover()
	for b.Loop() {
		r, _ := next()
		handed.give(r)
		handed.counted(handed.take())
	}
}

// always leaves building to the workers.
func always(*request) bool { return true }

func benchmarkArm(b *testing.B) *Arm {
	b.Helper()
	return newArm(b, scenario(b, "http://127.0.0.1:1", "load.open={rate: 100000, duration: 50m}", "load.closed={in_flight: 4}"), 1)
}
