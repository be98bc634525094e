package schedule

import (
	"math/rand/v2"
	"testing"
	"time"

	"weighbridge/scenarios"
)

// BenchmarkArrivals measures the cost per prompt of a schedule.
func BenchmarkArrivals(b *testing.B) {
	for _, arrivals := range []string{"constant", "poisson", "gamma"} {
		b.Run(arrivals, func(b *testing.B) {
			b.ReportAllocs()
			next, err := newArrivals(scenarios.Open{Rate: 1000, Arrivals: arrivals, Burstiness: 2, Duration: 1000 * time.Hour}, 0, func(int) *rand.Rand { return Random(1, "benchmark") })
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, ok := next(); !ok {
					b.Fatal("the schedule has ended")
				}
			}
		})
	}
}

// BenchmarkBatches measures the cost per batch.
func BenchmarkBatches(b *testing.B) {
	for name, size := range map[string]int{"single": 1, "batch10": 10} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			due := time.Duration(0)
			next := Batches(func() (Prompt, bool) {
				due += time.Millisecond
				return Prompt{Due: due}, true
			}, size, time.Second)
			for b.Loop() {
				next()
			}
		})
	}
}
