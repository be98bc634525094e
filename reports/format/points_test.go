package format

import "testing"

func TestPoints(t *testing.T) {
	for _, c := range []struct {
		v, low, high   *float64
		want, interval string
	}{
		{nil, nil, nil, "–", ""},
		{new(0.2), new(0.183), new(0.217), "+20", "+18 to +22"},
		{new(1.0), new(0.9936), new(1.0), "+100.0", "+99.4 to +100.0"},
		{new(0.0012), new(-0.0028), new(0.0053), "+0.1", "-0.3 to +0.5"},
		{new(0.0), new(-0.0064), new(0.0064), "0", "-0.6 to +0.6"},
		{new(-0.021), new(-0.034), new(-0.0004), "-2.10", "-3.40 to -0.04"},
		{new(0.5), nil, nil, "+50", ""},
		{new(0.0029), nil, nil, "+0.29", ""},
		{new(0.0), nil, nil, "0", ""},
	} {
		if got, interval := Points(c.v, c.low, c.high); got != c.want || interval != c.interval {
			t.Errorf("%s (%s), want %s (%s)", got, interval, c.want, c.interval)
		}
	}
}
