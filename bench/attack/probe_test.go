package attack

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"weighbridge/bench/attack/attempts"
	"weighbridge/target"
	"weighbridge/target/transport"
)

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
	a := &Arm{log: attempts.NewLog()}
	if got := a.ServiceTime(); got != 0 {
		t.Errorf("%v without any answer", got)
	}
	for _, ms := range []int{900, 20, 30} {
		a.logWarmup(&request{exchange: &exchange{Service: time.Duration(ms) * time.Millisecond, Attempts: make([]transport.Attempt, 1)}})
	}
	a.logWarmup(&request{exchange: &exchange{Service: time.Millisecond, Outcome: target.Outcome{Class: target.Server}}})
	if got := a.ServiceTime(); got != 30*time.Millisecond {
		t.Errorf("got %v, want 30ms: a failure is no answer", got)
	}
}
