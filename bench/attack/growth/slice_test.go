package growth

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"weighbridge/target"
)

// Few prompts, whose latencies vary as those of any server do, hardly ever look like a server that falls
// behind: with three standard errors whatever their number, four of them did in 5 of 100 slices.
func TestFewPromptsDoNotFallBehindByChance(t *testing.T) {
	const runs, most = 2000, 8 // 3 are expected
	for _, n := range []int{4, 5, 10} {
		rng, called := rand.New(rand.NewPCG(1, uint64(n))), 0
		for range runs {
			s := NewSlice(0, 2*time.Second)
			for range n {
				due := time.Second + time.Duration(rng.Float64()*float64(time.Second))
				s.Answered(due, due+460*time.Millisecond+time.Duration(rng.NormFloat64()*float64(40*time.Millisecond)))
			}
			if s.Behind() > 0 {
				called++
			}
		}
		if called > most {
			t.Errorf("%d prompts: %d of %d slices fell behind", n, called, runs)
		}
	}
}

// A slice in which a server answers one prompt at a time, in so much more than the time from one to the next.
func TestBehind(t *testing.T) {
	for _, c := range []struct {
		name     string
		service  time.Duration
		answered int // of 200, due every 10 ms
		want     float64
	}{
		{"half the capacity", 5 * time.Millisecond, 200, 0},
		{"3% above", 10300 * time.Microsecond, 200, 0},
		{"20% above", 12 * time.Millisecond, 200, 0.2},
		{"of the second half nothing is answered", 12 * time.Millisecond, 100, 0.2},
		{"three are answered", 30 * time.Millisecond, 3, 0},
	} {
		for _, begin := range []time.Duration{0, 10 * time.Second} {
			s, free := NewSlice(begin, 2*time.Second), begin
			for i := range c.answered {
				due := begin + time.Duration(i)*10*time.Millisecond
				free = max(free, due) + c.service
				s.Answered(due, free)
			}
			if got := s.Behind(); math.Abs(got-c.want) > 1e-6 {
				t.Errorf("%s, from %v: behind by %.3f, want %.3f", c.name, begin, got, c.want)
			}
		}
	}
}

func TestOverdue(t *testing.T) {
	for _, c := range []struct {
		name                             string
		inTime, late, timedOut, failures int
		want                             float64
	}{
		{"a fifth timed out, and a quarter came late", 60, 20, 20, 0, 0.2},
		{"none came late", 80, 0, 20, 0, 0},
		{"few came late", 95, 5, 20, 0, 0},
		{"a little more than a few", 93, 5, 2, 0, 0},
		{"few timed out", 75, 20, 5, 0, 0},
		{"more than a few timed out", 54, 40, 6, 0, 0.06},
		{"other failures say nothing, but count", 40, 40, 10, 10, 0.1},
		{"everything timed out", 0, 0, 10, 0, 0},
	} {
		s := NewSlice(time.Second, time.Second)
		for range c.inTime {
			s.Answered(time.Second, 2*time.Second)
		}
		for range c.late {
			s.Answered(time.Second, 2*time.Second+1)
		}
		for range c.timedOut {
			s.Failed(target.Timeout)
		}
		for range c.failures {
			s.Failed(target.Server)
		}
		if got := s.Overdue(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	var none *Slice
	none.Answered(0, 0)
	none.Failed(target.Timeout)
}

// A server that was idle when a slice began, and answers evenly from its middle on, keeps up.
func TestTheFirstHalfMayMeetAnIdleServer(t *testing.T) {
	s := NewSlice(time.Second, 2*time.Second)
	for i := range 200 {
		due, latency := time.Second+time.Duration(i)*10*time.Millisecond, 300*time.Millisecond
		if i < 100 {
			latency = time.Duration(i) * 3 * time.Millisecond
		}
		s.Answered(due, due+latency)
	}
	if got := s.Behind(); got != 0 {
		t.Errorf("behind by %.3f", got)
	}
}
