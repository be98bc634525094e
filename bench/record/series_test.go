package record

import (
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
		if p != want[i] {
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
