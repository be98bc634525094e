package scenarios

import (
	"testing"
	"time"
)

func TestShapeString(t *testing.T) {
	many := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9.5}
	for _, row := range []struct {
		shape Shape
		want  string
	}{
		{Shape{}, "flat"},
		{Shape{Name: "flat"}, "flat"},
		{Shape{Ramp: &Ramp{To: 90}}, "ramp from 0 to 90"},
		{Shape{Steps: &[]float64{10, 0, 2.5}}, "steps of 10 0 2.5"},
		{Shape{Steps: &many}, "9 steps from 1 to 9.5"},
		{Shape{Sine: &Sine{Amplitude: 0.5}}, "sine of ±50%"},
		{Shape{Sine: &Sine{Amplitude: 1, Period: time.Minute}}, "sine of ±100% in 1m"},
	} {
		if got := row.shape.String(); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

func TestStepsAreBounded(t *testing.T) {
	for steps, ok := range map[int]bool{0: false, 1: true, maxSteps: true, maxSteps + 1: false} {
		rates := make([]float64, steps)
		for i := range rates {
			rates[i] = 5
		}
		if err := (Shape{Steps: &rates}).Validate(); (err == nil) != ok {
			t.Errorf("%d steps: %v", steps, err)
		}
	}
}
