package record

import (
	"math"
	"strings"
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

// A series that is read may be damaged: one whose steps cannot become wide enough would be made
// coarse for ever.
func TestADamagedSeriesIsRefused(t *testing.T) {
	for _, c := range []struct {
		series Series
		want   string
	}{
		{Series{}, ""},
		{Series{1000, []Point{{AtMS: 0, Due: 1, Answered: 1}, {AtMS: 1000, Due: 2, Failed: 1, Own: 1}}}, ""},
		{Series{0, []Point{{}}}, "the step is 0 ms long"},
		{Series{5e-324, []Point{{}}}, "the step is 5e-324 ms long"},
		{Series{1000, []Point{{AtMS: -1000}}}, "the first point is at -1000 ms"},
		{Series{1000, []Point{{AtMS: 1000}, {AtMS: 1000}}}, "the point at 1000 ms follows one at 1000 ms"},
		{Series{1000, []Point{{Due: 1, Answered: 1, Failed: 1}}}, "more than the 1 due"},
		{Series{1000, []Point{{Due: 1, Failed: 1, Own: 2}}}, "more than the 1 that failed"},
		{Series{1000, []Point{{Due: 1, Answered: math.MaxUint64, Failed: 2}}}, "prompts are more than any run has"},
	} {
		err := c.series.check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.series, err, c.want)
		}
	}
}
