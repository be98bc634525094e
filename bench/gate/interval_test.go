package gate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// anInterval draws bounds and a value between them.
func anInterval(t *rapid.T, name string) interval {
	low, high := rapid.Float64Range(-5, 5).Draw(t, name+" low"), rapid.Float64Range(-5, 5).Draw(t, name+" high")
	in := interval{0, min(low, high), max(low, high)}
	in.value = min(in.low+rapid.Float64Range(0, 1).Draw(t, name)*(in.high-in.low), in.high)
	return in
}

// Wherever two figures lie within their bounds, what is made of them lies within its own.
func TestCalculatedBoundsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anInterval(t, "x"), anInterval(t, "y")
		for op, f := range map[string]func(a, b float64) float64{
			"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
			"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b },
		} {
			got := calculate(op, x, y)
			want := f(x.value, y.value)
			if math.IsNaN(want) {
				continue
			}
			if slack := 1e-9 * (1 + math.Abs(want)); want < got.low-slack || want > got.high+slack {
				t.Fatalf("%+v %s %+v = %+v leaves out %v", x, op, y, got, want)
			}
		}
		if n := negative(x); n.low > n.value || n.value > n.high || n.value != -x.value {
			t.Fatalf("-%+v = %+v", x, n)
		}
	})
}

// What is said to hold, or not to, does so for any values within the bounds.
func TestComparedBoundsAreSure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anInterval(t, "x"), anInterval(t, "y")
		for op, holds := range map[string]bool{
			"<": x.value < y.value, "<=": x.value <= y.value, ">": x.value > y.value, ">=": x.value >= y.value,
		} {
			if got := compareIntervals(op, x, y); got == yes && !holds || got == no && holds {
				t.Fatalf("%+v %s %+v is said to be %v", x, op, y, got)
			}
		}
	})
	if got := compareIntervals("<", unknown(), exactly(1)); got != unsure {
		t.Errorf("an unknown figure is said to be %v", got)
	}
}

func TestLogicOfThree(t *testing.T) {
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
