package figures

import (
	"fmt"
	"testing"

	"weighbridge/scenarios/metric"
)

// find is the comparison of the metric whose levels print as given.
func find(t *testing.T, all []Comparison, axis, metric, levels string) Comparison {
	t.Helper()
	for _, c := range all {
		if c.Axis == axis && c.Metric == metric && fmt.Sprint(c.Levels) == levels {
			return c
		}
	}
	t.Fatalf("no comparison of %s by %s in %s", axis, metric, levels)
	return Comparison{}
}

// expressed is a metric by its name in expressions.
func expressed(t *testing.T, name string) metric.Metric {
	t.Helper()
	m, ok := metric.Expressed(name)
	if !ok {
		t.Fatalf("there is no metric %s", name)
	}
	return m
}
