package record

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSeriesCountsByTheStepInWhichPromptsWereDue(t *testing.T) {
	var s Series
	s.Add(2500*time.Millisecond, Point{Due: 1, Answered: 1, ResponseTotalMS: 30, ResponseMaxMS: 30})
	s.Add(900*time.Millisecond, Point{Due: 1, Failed: 1})
	s.Add(2999*time.Millisecond, Point{Due: 1, Answered: 1, ResponseTotalMS: 10, ResponseMaxMS: 10})
	s.Add(3*time.Second, Point{Due: 1})
	want := []Point{
		{AtMS: 0, Due: 1, Failed: 1},
		{AtMS: 2000, Due: 2, Answered: 2, ResponseTotalMS: 40, ResponseMaxMS: 30},
		{AtMS: 3000, Due: 1},
	}
	if s.StepMS != 1000 || len(s.Points) != len(want) {
		t.Fatalf("%+v", s)
	}
	for i, p := range s.Points {
		if !reflect.DeepEqual(p, want[i]) {
			t.Errorf("point %d is %+v, want %+v", i, p, want[i])
		}
	}
}

// However long a run lasts, and in whatever order prompts are added, a series stays bounded
// and loses none.
func TestSeriesStaysBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(0, 100_000), 1, 60).Draw(t, "seconds")
		n := rapid.IntRange(1, 20).Draw(t, "points")
		var s, half Series
		for i, second := range seconds {
			to := &s
			if i%2 == 1 {
				to = &half
			}
			to.Add(time.Duration(second)*time.Second, Point{Due: 1, Answered: 1, ResponseTotalMS: 1, ResponseMaxMS: float64(i)})
		}
		s.Merge(&half)
		coarse := s.Coarse(n)
		for _, of := range []Series{s, coarse} {
			if err := of.check(); err != nil {
				t.Fatal(err)
			}
			due, total, top := uint64(0), 0.0, 0.0
			for _, p := range of.Points {
				due, total, top = due+p.Due, total+p.ResponseTotalMS, max(top, p.ResponseMaxMS)
			}
			if due != uint64(len(seconds)) || total != float64(len(seconds)) || top != float64(len(seconds)-1) {
				t.Fatalf("%d prompts of %d, %v ms in total, at most %v", due, len(seconds), total, top)
			}
		}
		if len(coarse.Points) > n {
			t.Fatalf("%d points, want at most %d", len(coarse.Points), n)
		}
	})
}

func TestSeriesOfALongRunIsCoarse(t *testing.T) {
	var s Series
	for second := range 3 * maxPoints {
		s.Add(time.Duration(second)*time.Second, Point{Due: 1})
	}
	if len(s.Points) > maxPoints || len(s.Points) < maxPoints/2 || s.StepMS != 4000 || s.Points[1].Due != 4 {
		t.Errorf("%d points of %v ms, the second of %d prompts", len(s.Points), s.StepMS, s.Points[1].Due)
	}
}

// Percentiles and kinds of failure are those of the step, however the series was put together, and what
// was merged stays as it was.
func TestSeriesKeepsPercentilesAndKinds(t *testing.T) {
	t.Parallel()
	var s, other Series
	for n := range 100 {
		to := &s
		if n%2 == 1 {
			to = &other
		}
		to.AddAnswered(1500*time.Millisecond, time.Duration(n+1)*time.Millisecond, time.Duration(n)*time.Millisecond/2)
	}
	other.AddFailed(1700*time.Millisecond, "rate_limit", 429, false)
	other.AddFailed(1800*time.Millisecond, "timeout", 0, false)
	other.AddFailed(1900*time.Millisecond, "cut_off", 0, true)
	before := len(other.Points[0].Kinds)
	s.Merge(&other)
	s.AddFailed(1950*time.Millisecond, "rate_limit", 429, false)
	s.AddAnswered(0, 10*time.Second, -1)
	p := s.Points[1]
	for q, want := range map[float64]time.Duration{0.5: 50 * time.Millisecond, 0.9: 90 * time.Millisecond, 0.99: 99 * time.Millisecond} {
		if got, known := p.Percentile(q); !known || got < want*97/100 || got > want*103/100 {
			t.Errorf("p%v is %v (%v), want %v", 100*q, got, known, want)
		}
	}
	if p.TTFT.Count() != 100 || p.Kinds["rate_limit 429"] != 2 || p.Kinds["timeout"] != 1 || p.Kinds["cut_off"] != 1 || p.Failed != 4 || p.Own != 1 {
		t.Errorf("%+v", p)
	}
	if n, _ := other.Points[0].Percentile(1); len(other.Points[0].Kinds) != before || other.Points[0].Kinds["rate_limit 429"] != 1 || n > 103*time.Millisecond {
		t.Error("what was merged has changed")
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
	old := Point{Due: 5, Answered: 5, ResponseTotalMS: 50}
	if _, known := old.Percentile(0.5); known {
		t.Error("a point of an older record has percentiles")
	}
	old.add(s.Points[0])
	if _, known := old.Percentile(0.5); known {
		t.Error("a point of which some latencies are not known has percentiles")
	}
	for _, damaged := range []Point{{Due: 1, Failed: 1, Kinds: map[string]uint64{"a": 2}}, {Due: 1, Failed: 1, Response: p.Response}} {
		if damaged.check() == nil {
			t.Errorf("%+v is accepted", damaged)
		}
	}
}
