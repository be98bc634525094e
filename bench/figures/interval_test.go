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
			if slack := 1e-9 * (1 + math.Abs(want)); want < got.Low-slack || want > got.High+slack {
				t.Fatalf("%+v %s %+v = %+v does not contain %v", x, op, y, got, want)
			}
		}
		if n := Negative(x); n.Low > n.Value || n.Value > n.High || n.Value != -x.Value {
			t.Fatalf("-%+v = %+v", x, n)
		}
	})
}
