package growth

import (
	"testing"
	"time"
)

// In a probe of 10 s a prompt is due every 10 ms, and one server answers one at a time.
func TestBacklogGrowsAboveTheServiceRate(t *testing.T) {
	for _, c := range []struct {
		name    string
		service time.Duration
		grows   bool
	}{
		{"half the capacity", 5 * time.Millisecond, false},
		{"just below the capacity", 9900 * time.Microsecond, false},
		{"at the capacity", 10 * time.Millisecond, false},
		{"5% above", 10500 * time.Microsecond, true},
		{"twice the capacity", 20 * time.Millisecond, true},
	} {
		b := &backlog{half: 5 * time.Second, end: 10 * time.Second}
		free := time.Duration(0)
		for due := time.Duration(0); due < b.end; due += 10 * time.Millisecond {
			free = max(free, due) + c.service
			b.add(due, free)
		}
		grown, allowed := b.growth()
		if (grown > allowed) != c.grows {
			t.Errorf("%s: grew by %.3f, allowed %.3f", c.name, grown, allowed)
		}
	}
	slow := &backlog{half: 5 * time.Second, end: 10 * time.Second}
	for due := time.Duration(0); due < slow.end; due += 10 * time.Millisecond {
		slow.add(due, due+4*time.Second)
	}
	if grown, allowed := slow.growth(); grown > allowed {
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
		if got := p.Growth(); (got.Latency > got.AllowedLatency) != c.grows {
			t.Errorf("a prompt every %v: grew by %.3f, allowed %.3f", c.gap, got.Latency, got.AllowedLatency)
		}
	}
	if none := NewProbe(time.Second).Growth(); none.Latency > none.AllowedLatency {
		t.Error("nothing grew without prompts")
	}
}
