package ratelimit

import (
	"encoding/json"
	"fmt"
	"testing"
)

func level(at float64, limit, remaining int) Level {
	l := Level{AtMS: at, Limit: new(uint64(limit))}
	if remaining >= 0 {
		l.Remaining = new(uint64(remaining))
	}
	return l
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestLimits(t *testing.T) {
	var l Limits
	l.Add("tokens", level(1, 100, -1))
	l.Add("requests", level(3, 50, 7))
	l.Add("requests", level(5, 60, 9))
	l.Add("requests", level(4, 50, 7)) // came out of order
	const want = `[{"name":"requests","answers":3,"least":{"at_ms":3,"limit":50,"remaining":7},"last":{"at_ms":5,"limit":60,"remaining":9}},` +
		`{"name":"tokens","answers":1,"last":{"at_ms":1,"limit":100}}]`
	if got := encoded(t, l); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if h := l[0].Headroom(); h == nil || *h != 7.0/50 {
		t.Errorf("headroom %v", h)
	}
	for name, none := range map[string]Limit{
		"nothing left is told": l[1],
		"no limit is told":     {Least: &Level{Remaining: new(uint64(3))}},
		"a limit of 0":         {Least: new(level(0, 0, 0))},
	} {
		if h := none.Headroom(); h != nil {
			t.Errorf("%s: headroom %v", name, *h)
		}
	}
	if h := (Limit{Least: new(level(0, 5, 9))}).Headroom(); *h != 1 {
		t.Errorf("more left than the limit: headroom %v", *h)
	}
}

func TestLimitsAreBounded(t *testing.T) {
	var up, down, both Limits
	for i := range 100 {
		up.Add(fmt.Sprintf("limit%02d", i), level(1, 2, 1))
		down.Add(fmt.Sprintf("limit%02d", 99-i), level(1, 2, 1))
	}
	both.Merge(up)
	both.Merge(down)
	if len(up) != most || encoded(t, up) != encoded(t, down) || len(both) != most || both[15].Answers != 2 {
		t.Errorf("%d, %d and %d limits", len(up), len(down), len(both))
	}
}

func TestSeries(t *testing.T) {
	var s Series
	for _, p := range []struct {
		at        float64
		name      string
		remaining uint64
	}{{100, "a", 9}, {900, "a", 5}, {2100, "a", 7}, {950, "b", 3}, {1500, "a", 8}, {999, "a", 6}} {
		s.Add(p.at, p.name, p.remaining)
	}
	const want = `{"step_ms":1000,"points":[{"at_ms":0,"remaining":{"a":5,"b":3}},{"at_ms":1000,"remaining":{"a":8}},{"at_ms":2000,"remaining":{"a":7}}]}`
	if got := encoded(t, s); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for second := range 5 * mostPoints {
		s.Add(1000*float64(second), "a", uint64(second+1))
		for i := range most {
			s.Add(1000*float64(second), fmt.Sprintf("c%02d", i), 1)
		}
	}
	if len(s.Points) > mostPoints || s.StepMS != 8000 || s.Points[1].AtMS != 8000 || s.Points[1].Remaining["a"] != 9 || len(s.Points[9].Remaining) != most {
		t.Errorf("%d points in steps of %v ms, the second %+v", len(s.Points), s.StepMS, s.Points[1])
	}
}
