package record

import (
	"testing"
	"time"
)

func TestLatencyErrorIsNegativeWhereTheServerOverstates(t *testing.T) {
	within := func(values ...int) (d []time.Duration) {
		for _, v := range values {
			d = append(d, time.Duration(v)*time.Millisecond)
		}
		return d
	}
	for _, c := range []struct {
		name     string
		errors   []time.Duration
		p50, p99 time.Duration
	}{
		{"none", nil, 0, 0},
		{"all positive", within(1, 2, 3, 4, 5), 3 * time.Millisecond, 5 * time.Millisecond},
		{"all negative", within(-5, -4, -3, -2, -1), -3 * time.Millisecond, -1 * time.Millisecond},
		{"some negative", within(-9, -1, 2, 3), -1 * time.Millisecond, 3 * time.Millisecond},
		{"one negative", within(-9), -9 * time.Millisecond, -9 * time.Millisecond},
	} {
		s := NewSlice(0, 1000)
		if s.Overstated != nil {
			t.Fatal("a slice has figures of overstated times before there are any")
		}
		for _, d := range c.errors {
			s.AddLatencyError(d)
		}
		for q, want := range map[float64]time.Duration{0.5: c.p50, 0.99: c.p99} {
			if got := s.LatencyErrorQuantile(q); (got - want).Abs() > want.Abs()/500 {
				t.Errorf("%s: quantile %v is %v, want %v", c.name, q, got, want)
			}
		}
	}
}
