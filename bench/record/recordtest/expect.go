package recordtest

import (
	"fmt"
	"math"
	"testing"

	"weighbridge/scenarios/metric"
)

// ExpectNear expects a figure within 0.2% of want: histograms are precise to 0.1%.
func ExpectNear(t testing.TB, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got/want-1) > 0.002 {
		t.Errorf("%s = %s, want %v", what, Text(got), want)
	}
}

// Text is a figure as text, "nil" for nil.
func Text(v *float64) string {
	if v == nil {
		return "nil"
	}
	return fmt.Sprint(*v)
}

// Metric returns the metric of a name, and fails the test if no metric has it.
func Metric(t testing.TB, name string) metric.Metric {
	t.Helper()
	m, ok := metric.Named(name)
	if !ok {
		t.Fatalf("there is no metric %s", name)
	}
	return m
}
