package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// slice is n answered prompts of one latency in a second.
func slice(n int, latency time.Duration) *record.Slice {
	s := &record.Slice{DurationMS: 1000, Due: uint64(n), Answered: uint64(n), InWindow: uint64(n), Response: record.NewHist()}
	for range n {
		s.Response.Record(latency)
	}
	return s
}

// arm has the levels given as axis=level,…, and a block for each latency, all of n prompts under open load.
func arm(name string, n int, latencies ...time.Duration) record.Arm {
	a := record.Arm{Name: name, Levels: map[string]string{}}
	for _, part := range strings.Split(name, ",") {
		axis, level, _ := strings.Cut(part, "=")
		a.Levels[axis] = level
	}
	for i, latency := range latencies {
		a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Open: slice(n, latency)})
	}
	return a
}

func each(latency time.Duration, blocks int) []time.Duration {
	return slices.Repeat([]time.Duration{latency}, blocks)
}

// one is the record of a single axis ab with levels a and b.
func one(arms ...record.Arm) *record.Record {
	return &record.Record{Axes: []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}}, Arms: arms}
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got/want-1) > 0.002 { // histograms are precise to 0.1%
		t.Errorf("%s = %s, want %v", what, text(got), want)
	}
}

func text(v *float64) string {
	if v == nil {
		return "nil"
	}
	return fmt.Sprint(*v)
}

// named is a metric by its name.
func named(t *testing.T, name string) metric.Metric {
	t.Helper()
	m, ok := metric.Named(name)
	if !ok {
		t.Fatalf("there is no metric %s", name)
	}
	return m
}
