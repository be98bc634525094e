package attack

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/transport"
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

func TestProbeOffersItsRateAndDrains(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	a := newArm(t, scenario(t, url, "load.capacity={step: 200ms, arrivals: constant}"), 1)
	for n, rate := range []float64{100, 400} {
		p, err := a.Probe(context.Background(), n, rate, 200*time.Millisecond)
		if err != nil || !p.Complete {
			t.Fatal(p, err)
		}
		if want := uint64(rate / 5); p.Due != want || p.Answered != want || p.Response.Count() != want {
			t.Errorf("%v/s for 200 ms: %d due, %d answered", rate, p.Due, p.Answered)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if p, err := a.Probe(ctx, 2, 100, 200*time.Millisecond); err != nil || p.Complete {
		t.Errorf("an interrupted probe is complete, %v", err)
	}
}

// The first prompt of a probe keeps the distance to the last of the one before that its rate asks for.
func TestProbesKeepTheirDistance(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	a := newArm(t, scenario(t, url, "load.capacity={step: 100ms, arrivals: constant}"), 1)
	var last float64 // when the last prompt was due
	for n, rate := range []float64{20, 20, 5} {
		p, err := a.Probe(context.Background(), n, rate, 100*time.Millisecond)
		if err != nil || !p.Complete {
			t.Fatal(p, err)
		}
		if pause, want := p.StartMS-last, min(1000/rate, 100); n > 0 && pause < want {
			t.Errorf("probe %d began %v ms after the last prompt of the one before, want %v", n, pause, want)
		}
		last = p.StartMS + max(p.DurationMS-1000/rate, 0)
	}
}

// Requests that the drain cut off get a second drain to leave the target.
func TestProbeWaitsForRequestsThatTheDrainCutOff(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	a := newArm(t, scenario(t, url, "load.capacity={step: 50ms, arrivals: constant}", "load.drain=100ms"), 1)
	began := time.Now()
	p, err := a.Probe(context.Background(), 0, 100, 50*time.Millisecond)
	if err != nil || p.Failed != p.Due || p.Due != 5 {
		t.Fatal(p, err)
	}
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("the probe took %v, want at least its step and two drains", took)
	}
}

func TestCapacitySearchAloneWarmsUpAtItsFirstRate(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	arm := scenario(t, url, "load.capacity={from: 400, arrivals: constant}")
	arm.Load.Open = nil
	a := newArm(t, arm, 1)
	if err := a.WarmupOpen(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if sent := a.Totals().Attempts; sent != 20 {
		t.Errorf("the warm-up of 50 ms at 400/s sent %d attempts, want 20", sent)
	}
}

func TestServiceTimeIsTheWarmupsMedian(t *testing.T) {
	a := &Arm{log: newAttemptLog()}
	if got := a.ServiceTime(); got != 0 {
		t.Errorf("%v without any answer", got)
	}
	for _, ms := range []int{900, 20, 30} {
		a.logWarmup(hit{request: &request{exchange: &exchange{Service: time.Duration(ms) * time.Millisecond, Attempts: make([]transport.Attempt, 1)}}})
	}
	a.logWarmup(hit{request: &request{exchange: &exchange{Service: time.Millisecond, Outcome: target.Outcome{Class: target.Server}}}})
	if got := a.ServiceTime(); got != 30*time.Millisecond {
		t.Errorf("got %v, want 30ms: a failure is no answer", got)
	}
}

// TestLatencyThatGrows: one server answers one at a time in 2 s each, and few prompts are due.
func TestLatencyThatGrows(t *testing.T) {
	for _, c := range []struct {
		gap   time.Duration
		grows bool
	}{{3 * time.Second, false}, {2 * time.Second, false}, {1900 * time.Millisecond, true}, {time.Second, true}} {
		g := NewGrowth(20 * time.Second)
		free := time.Duration(0)
		for due := time.Duration(0); due < 20*time.Second; due += c.gap {
			free = max(free, due) + 2*time.Second
			g.Add(due, free, true)
		}
		var p ProbeResult
		g.Tell(&p)
		if (p.LatencyGrowth > p.AllowedLatencyGrowth) != c.grows {
			t.Errorf("a prompt every %v: grew by %.3f, allowed %.3f", c.gap, p.LatencyGrowth, p.AllowedLatencyGrowth)
		}
	}
	var none ProbeResult
	NewGrowth(time.Second).Tell(&none)
	if none.LatencyGrowth > none.AllowedLatencyGrowth {
		t.Error("nothing grew without prompts")
	}
}
