package attack

import (
	"testing"
	"time"

	"weighbridge/bench/attack/growth"
	"weighbridge/bench/record"
	"weighbridge/target"
)

// Twenty prompts/s are due in two blocks of 2 s. What falls behind is seen in the second half of each.
func TestFallingBehindIsTheGrowthOfTheLatency(t *testing.T) {
	const timeout = 30 * time.Second
	for name, c := range map[string]struct {
		response func(due time.Duration) time.Duration
		want     []float64
	}{
		"keeps up":            {func(time.Duration) time.Duration { return 300 * time.Millisecond }, []float64{0, 0}},
		"slow":                {func(time.Duration) time.Duration { return 10 * time.Second }, []float64{0, 0}},
		"half as fast":        {func(due time.Duration) time.Duration { return due + 50*time.Millisecond }, []float64{1, 1}},
		"from the second on":  {func(due time.Duration) time.Duration { return max(due-2*time.Second, 0) / 4 }, []float64{0, 0.25}},
		"cold at first":       {func(due time.Duration) time.Duration { return min(due, time.Second) }, []float64{0, 0}},
		"times out":           {func(due time.Duration) time.Duration { return 100*due + time.Second }, []float64{100, 0}},
		"by less than counts": {func(due time.Duration) time.Duration { return due / 25 }, []float64{0, 0}},
	} {
		tl := newTally()
		tl.make = func(int) *record.Slice { return newSlice(0, 2*time.Second) }
		tl.growth = map[int]*growth.Slice{0: growth.NewSlice(0, 2*time.Second), 1: growth.NewSlice(2*time.Second, 2*time.Second)}
		for due := time.Duration(0); due < 4*time.Second; due += 50 * time.Millisecond {
			h := answered(due+c.response(due), target.Outcome{}, due)
			if c.response(due) > timeout {
				h.exchange.Outcome = target.Outcome{Class: target.Timeout, Failed: 1}
			}
			h.Prompts[0].Block = int(due / (2 * time.Second))
			tl.addOpen(h)
		}
		for block, want := range c.want {
			if got := tl.growth[block].Behind(); got < want-1e-6 || got > want+1e-6 {
				t.Errorf("%s: block %d fell behind by %v, want %v", name, block, got, want)
			}
		}
	}
}

// Every second prompt times out. Where the others are answered late too, the server has more to do
// than it can, although their latency does not grow; where they are answered at once, some requests hang.
func TestFallingBehindIsTimeoutsAndLateAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		response time.Duration
		class    target.Class
		want     float64
	}{
		"late and timed out":   {time.Second, target.Timeout, 0.5},
		"late and refused":     {time.Second, target.Server, 0},
		"prompt and timed out": {10 * time.Millisecond, target.Timeout, 0},
	} {
		tl := newTally()
		tl.make = func(int) *record.Slice { return newSlice(0, 2*time.Second) }
		tl.growth = map[int]*growth.Slice{0: growth.NewSlice(0, 2*time.Second)}
		for i := range 40 {
			due := time.Duration(i) * 50 * time.Millisecond
			h := answered(due+c.response, target.Outcome{}, due)
			h.Prompts[0].Block = 0
			if i%2 == 1 {
				h.exchange.Outcome = target.Outcome{Class: c.class, Failed: 1}
			}
			tl.addOpen(h)
		}
		if got := tl.growth[0].Overdue(); got != c.want {
			t.Errorf("%s: %v of the prompts were overdue, want %v", name, got, c.want)
		}
		if got := tl.growth[0].Behind(); got != 0 {
			t.Errorf("%s: the latency grew by %v", name, got)
		}
	}
}
