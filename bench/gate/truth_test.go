package gate

import (
	"testing"

	"pgregory.net/rapid"

	"weighbridge/bench/figures"
)

// anInterval draws bounds and a value between them.
func anInterval(t *rapid.T, name string) figures.Interval {
	low, high := rapid.Float64Range(-5, 5).Draw(t, name+" low"), rapid.Float64Range(-5, 5).Draw(t, name+" high")
	in := figures.Interval{Low: min(low, high), High: max(low, high)}
	in.Value = min(in.Low+rapid.Float64Range(0, 1).Draw(t, name)*(in.High-in.Low), in.High)
	return in
}

// A comparison that is yes or no is so for all values within the bounds.
func TestCompareIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anInterval(t, "x"), anInterval(t, "y")
		for op, holds := range map[string]bool{
			"<": x.Value < y.Value, "<=": x.Value <= y.Value, ">": x.Value > y.Value, ">=": x.Value >= y.Value,
		} {
			if got := compareIntervals(op, x, y); got == yes && !holds || got == no && holds {
				t.Fatalf("%+v %s %+v is %v, against its values", x, op, y, got)
			}
		}
	})
	if got := compareIntervals("<", figures.Unknown(), figures.Exactly(1)); got != unsure {
		t.Errorf("an unknown figure compares as %v, expected unsure", got)
	}
}

func TestThreeValuedLogic(t *testing.T) {
	for _, c := range []struct{ x, y, and, or truth }{
		{yes, yes, yes, yes},
		{yes, no, no, yes},
		{no, no, no, no},
		{yes, unsure, unsure, yes},
		{no, unsure, no, unsure},
		{unsure, unsure, unsure, unsure},
	} {
		if c.x.and(c.y) != c.and || c.y.and(c.x) != c.and || c.x.or(c.y) != c.or || c.y.or(c.x) != c.or {
			t.Errorf("%v, %v: and %v, or %v", c.x, c.y, c.x.and(c.y), c.x.or(c.y))
		}
	}
}
