package figures

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// anInterval draws bounds and a value between them.
func anInterval(t *rapid.T, name string) Interval {
	low, high := rapid.Float64Range(-5, 5).Draw(t, name+" low"), rapid.Float64Range(-5, 5).Draw(t, name+" high")
	in := Interval{0, min(low, high), max(low, high)}
	in.Value = min(in.Low+rapid.Float64Range(0, 1).Draw(t, name)*(in.High-in.Low), in.High)
	return in
}

// The result for any values within the bounds lies within the bounds of the result.
func TestCalculatedBoundsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anInterval(t, "x"), anInterval(t, "y")
		for op, f := range map[string]func(a, b float64) float64{
			"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
			"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b },
		} {
			got := Calculate(op, x, y)
			want := f(x.Value, y.Value)
			if math.IsNaN(want) {
				continue
			}
			if got.Value != want {
				t.Fatalf("%+v %s %+v = %+v, not %v", x, op, y, got, want)
			}
			if slack := 1e-9 * (1 + math.Abs(want)); want < got.Low-slack || want > got.High+slack {
				t.Fatalf("%+v %s %+v = %+v does not contain %v", x, op, y, got, want)
			}
		}
		if n := Negative(x); n.Low > n.Value || n.Value > n.High || n.Value != -x.Value {
			t.Fatalf("-%+v = %+v", x, n)
		}
	})
}

// Bounds are no wider than those of x and y make them.
func TestCalculatedBoundsAreTight(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		op         string
		x, y, want Interval
	}{
		{"+", Interval{2, 1, 3}, Interval{5, 4, 6}, Interval{7, 5, 9}},
		{"-", Interval{2, 1, 3}, Interval{5, 4, 6}, Interval{-3, -5, -1}},
		{"*", Interval{2, 1, 3}, Interval{5, 4, 6}, Interval{10, 4, 18}},
		{"*", Interval{0, -1, 1}, Interval{5, -4, 6}, Interval{0, -6, 6}},
		{"*", Interval{0, 0, 1}, Interval{5, 4, inf}, Interval{0, 0, inf}},
		{"*", Interval{0, 0, 0}, Interval{5, -inf, inf}, Interval{0, 0, 0}},
		{"/", Interval{10, 6, 12}, Interval{5, 4, 6}, Interval{2, 1, 3}},
		{"/", Interval{10, 6, 12}, Interval{5, 0, 6}, Interval{2, -inf, inf}},
		{"/", Interval{10, 6, 12}, Interval{-5, -6, 0}, Interval{-2, -inf, inf}},
		{"/", Interval{10, 6, inf}, Interval{5, 4, inf}, Interval{2, -inf, inf}},
	} {
		if got := Calculate(c.op, c.x, c.y); got != c.want {
			t.Errorf("%+v %s %+v = %+v, want %+v", c.x, c.op, c.y, got, c.want)
		}
	}
}
