package live

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Every duration is counted in the first bucket whose bound is not shorter, and no bound is more than a tenth longer.
func TestBucketsAreTightAndInOrder(t *testing.T) {
	check := func(d time.Duration) {
		b := bucketOf(d)
		bound, before := boundOf(b), time.Duration(0)
		if b > 0 {
			before = boundOf(b - 1)
		}
		if d > bound || d <= before {
			t.Fatalf("%v is in the bucket (%v, %v]", d, before, bound)
		}
		if d >= 10*time.Microsecond && bound > d+d/10+time.Microsecond {
			t.Fatalf("%v counts as %v", d, bound)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for d := time.Duration(1); d < longest; d += d/50 + 1 {
		check(d)
		check(min(d+time.Duration(rng.Int64N(int64(d))), longest))
	}
	for b := range buckets {
		if bound := boundOf(b); bound <= longest {
			check(bound)
		}
	}
	for d, want := range map[time.Duration]time.Duration{-time.Second: time.Microsecond, 0: time.Microsecond, 2 * time.Hour: time.Hour} {
		if got := boundOf(bucketOf(d)); got != want {
			t.Errorf("%v counts as %v, want %v", d, got, want)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var h Histogram
	for ms := 1; ms <= 200; ms++ {
		h.Record(time.Duration(ms) * time.Millisecond)
	}
	var s Snapshot
	s.Add(&h)
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 100, 0.9: 180, 0.99: 200, 1: 200} {
		if got, ok := s.Quantile(q); !ok || got != want*time.Millisecond {
			t.Errorf("quantile %v: %v %v, want %v ms", q, got, ok, int64(want))
		}
	}
	if n := s.AtMost(50 * time.Millisecond); n != 50 {
		t.Errorf("%d of at most 50 ms", n)
	}
	if s.Count() != 200 || s.Total != 20100*time.Millisecond {
		t.Errorf("%d of %v in all", s.Count(), s.Total)
	}
	if got, ok := new(Snapshot).Quantile(0.5); ok || got != 0 {
		t.Errorf("an empty one has the quantile %v", got)
	}
}

func TestRecentTellsOfTheLastSecond(t *testing.T) {
	var c Counts
	var r Recent
	arms, at := []Arm{{"a", &c}}, time.Unix(0, 0)
	for i := range 20 { // a prompt every 250 ms, each 10 ms slower than the last
		c.Ended(time.Duration(i+1)*10*time.Millisecond, false, "")
		at = at.Add(250 * time.Millisecond)
		last := r.Last(at, arms)
		fastest, _ := last.Quantile(0)
		if want := time.Duration(max(1, i-2)) * 10 * time.Millisecond; fastest < want || fastest > want+want/10 {
			t.Errorf("after %d prompts, the fastest of the last second took %v, want %v", i+1, fastest, want)
		}
		if n := last.Count(); n != uint64(min(i+1, 4)) {
			t.Errorf("after %d prompts, the last second has %d", i+1, n)
		}
	}
	if last := r.Last(at.Add(2*time.Second), arms); last.Count() != 0 {
		t.Errorf("after two seconds without an answer, there were %d", last.Count())
	}
}

func TestCounting(t *testing.T) {
	var none *Counts
	none.Ended(time.Second, false, "")
	none.BecameDue(1)
	none.WereNotSent(1)
	none.Lagged(1)
	none.Began(1)
	none.Called(200)
	var c Counts
	allocated := testing.AllocsPerRun(100, func() {
		c.BecameDue(2)
		c.Ended(time.Millisecond, false, "")
		c.Ended(time.Millisecond, true, "cut_off")
		c.Lagged(time.Microsecond)
		c.Began(time.Millisecond)
		c.Called(200)
		c.Called(-1)
		c.Called(1000)
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
	if due, answered, failed, cut := c.Due.Load(), c.Answered.Load(), c.Failed.Load(), c.CutOff.Load(); due != 2*answered || failed != answered || cut != failed {
		t.Errorf("%d due, %d answered, %d failed, %d cut off", due, answered, failed, cut)
	}
	calls := map[int]uint64{}
	for status, n := range c.Calls {
		calls[status] = n
	}
	if n := c.Answered.Load(); len(calls) != 2 || calls[200] != n || calls[NoStatus] != 2*n {
		t.Errorf("calls %v", calls)
	}
}

func BenchmarkEnded(b *testing.B) {
	var c Counts
	for b.Loop() {
		c.Ended(123456*time.Nanosecond, false, "")
	}
}
