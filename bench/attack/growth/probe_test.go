package growth

import (
	"math"
	"testing"
	"time"
)

// In a probe of 10 s a prompt is due every 10 ms, and one server answers one at a time.
func TestBacklogGrowsAboveTheServiceRate(t *testing.T) {
	for _, c := range []struct {
		name    string
		service time.Duration
		grows   bool
		by      float64 // within 0.01
	}{
		{"half the capacity", 5 * time.Millisecond, false, 0},
		{"just below the capacity", 9900 * time.Microsecond, false, 0},
		{"at the capacity", 10 * time.Millisecond, false, 0},
		{"5% above", 10500 * time.Microsecond, true, 1 - 1/1.05},
		{"twice the capacity", 20 * time.Millisecond, true, 0.5},
	} {
		b := &backlog{half: 5 * time.Second, end: 10 * time.Second}
		free := time.Duration(0)
		for due := time.Duration(0); due < b.end; due += 10 * time.Millisecond {
			free = max(free, due) + c.service
			b.add(due, free)
		}
		grown, allowed := b.growth()
		if (grown > allowed) != c.grows || math.Abs(grown-c.by) > 0.01 {
			t.Errorf("%s: grew by %.3f, allowed %.3f", c.name, grown, allowed)
		}
	}
	slow := &backlog{half: 5 * time.Second, end: 10 * time.Second}
	for due := time.Duration(0); due < slow.end; due += 10 * time.Millisecond {
		slow.add(due, due+4*time.Second)
	}
	// At any moment of the first half (1+2+3+4+4)/5·100/s = 240 of them wait on average.
	if grown, allowed := slow.growth(); grown > allowed || math.Abs(allowed-(0.01+2*math.Sqrt(2*240)/500)) > 0.001 {
		t.Errorf("answers that all take 4 s: grew by %.3f, allowed %.3f", grown, allowed)
	}
	for from := range 10 {
		few := &backlog{half: 100 * time.Millisecond, end: 200 * time.Millisecond}
		for due := time.Duration(from) * time.Millisecond; due < few.end; due += 10300 * time.Microsecond {
			few.add(due, due+7*time.Millisecond)
		}
		if grown, allowed := few.growth(); grown > allowed {
			t.Errorf("7 ms of every 10.3 ms, from %d ms: grew by %.3f, allowed %.3f", from, grown, allowed)
		}
	}
	if grown, allowed := (&backlog{}).growth(); grown > allowed {
		t.Errorf("no prompts: grew by %v, allowed %v", grown, allowed)
	}
}

// TestLatencyThatGrows: one server answers one at a time in 2 s each, and few prompts are due.
func TestLatencyThatGrows(t *testing.T) {
	for _, c := range []struct {
		gap   time.Duration
		grows bool
	}{{3 * time.Second, false}, {2 * time.Second, false}, {1900 * time.Millisecond, true}, {time.Second, true}} {
		p := NewProbe(20 * time.Second)
		free := time.Duration(0)
		for due := time.Duration(0); due < 20*time.Second; due += c.gap {
			free = max(free, due) + 2*time.Second
			p.Add(due, free, true)
		}
		p.Add(19*time.Second, time.Minute, false) // one that fails late
		got, want := p.Growth(), max(0, 2*time.Second.Seconds()/c.gap.Seconds()-1)
		if (got.Latency > got.AllowedLatency) != c.grows || math.Abs(got.Latency-want) > 1e-6 {
			t.Errorf("a prompt every %v: grew by %.3f, allowed %.3f, want %.3f", c.gap, got.Latency, got.AllowedLatency, want)
		}
		if c.gap == time.Second && math.Abs(got.Backlog-6.0/11) > 1e-9 { // from 5 of 10 to 11 of 21
			t.Errorf("the backlog grew by %.3f", got.Backlog)
		}
	}
	if none := NewProbe(time.Second).Growth(); none.Latency > none.AllowedLatency {
		t.Error("nothing grew without prompts")
	}
}
