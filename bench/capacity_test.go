package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/growth"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// queue is a target with k slots and a fixed service time, simulated in virtual time.
type queue struct {
	slots    int
	service  time.Duration
	arrivals string
}

// probe returns the result of a probe of the queue, which is empty at first.
func (q queue) probe(rate float64, step time.Duration, rng *rand.Rand) attack.ProbeResult {
	p := attack.ProbeResult{Slice: &record.Slice{Response: record.NewHist(), SendLag: record.NewHist(), Service: record.NewHist()}, Complete: true}
	free := make([]time.Duration, q.slots)
	growing := growth.NewProbe(step)
	for at, n := 0.0, 0; ; n++ {
		due := time.Duration(at * float64(time.Second))
		if due >= step {
			break
		}
		slot := slices.Index(free, slices.Min(free))
		free[slot] = max(free[slot], due) + q.service
		p.Due++
		p.Answered++
		p.Response.Record(free[slot] - due)
		p.SendLag.Record(0)
		p.Service.Record(free[slot] - due)
		growing.Add(due, free[slot], true)
		at = float64(n+1) / rate
		if q.arrivals == "poisson" {
			at = due.Seconds() + rng.ExpFloat64()/rate
		}
	}
	p.Growth = growing.Growth()
	return p
}

// The queue serves 4 slots / 20 ms = 200 prompts/s, and the search finds that.
func TestCapacityOfAQueue(t *testing.T) {
	for _, c := range []struct {
		name string
		c    scenarios.Capacity
		// want is the capacity in prompts/s, tolerance the relative error allowed.
		want, tolerance float64
		seeds           uint64
	}{
		{"constant arrivals, by p99", scenarios.Capacity{Arrivals: "constant", P99: 100 * time.Millisecond, Step: 5 * time.Second}, 200, 0.03, 1},
		{"constant arrivals, by the backlog", scenarios.Capacity{Arrivals: "constant", Step: 20 * time.Second}, 200, 0.03, 1},
		{"Poisson arrivals, by the backlog", scenarios.Capacity{Arrivals: "poisson", Step: 60 * time.Second}, 200, 0.03, 3},
		{"Poisson arrivals, by a generous p99", scenarios.Capacity{Arrivals: "poisson", P99: time.Second, Step: 60 * time.Second}, 200, 0.04, 3},
		// In an M/D/4 queue the p99 is 5 service times at about 172/s.
		{"Poisson arrivals, by a tight p99", scenarios.Capacity{Arrivals: "poisson", P99: 100 * time.Millisecond, Step: 60 * time.Second}, 172, 0.05, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.c.From, c.c.To, c.c.ErrorRate, c.c.Confirm, c.c.Precision = 10, 10000, 0.01, 3, 0.02
			q := queue{4, 20 * time.Millisecond, c.c.Arrivals}
			for seed := range c.seeds {
				rng, n := rand.New(rand.NewPCG(seed, 1)), 0
				b := newSearch(c.c).run(func(rate float64) (held, ok bool) {
					n++
					return judgeProbe(q.probe(rate, c.c.Step, rng), rate, c.c, (&record.Record{}).ValidityThresholds()).Held, true
				})
				t.Logf("seed %d: %.1f–%.1f/s in %d probes", seed, b.low, b.high, n)
				if off := b.low/c.want - 1; !b.confirmed || math.Abs(off) > c.tolerance {
					t.Errorf("seed %d: %+v is %.1f%% off from %v", seed, b, off*100, c.want)
				}
			}
		})
	}
}

func TestJudgeProbe(t *testing.T) {
	objectives := scenarios.Capacity{ErrorRate: 0.02, P99: 100 * time.Millisecond}
	// probed returns a probe of 100 prompts, all answered in 50 ms, with a change.
	probed := func(change func(*attack.ProbeResult)) attack.ProbeResult {
		p := attack.ProbeResult{Slice: &record.Slice{Due: 100, Answered: 100, Response: record.NewHist(), SendLag: record.NewHist()}, Growth: growth.Growth{AllowedBacklog: 0.01}}
		for range 100 {
			p.Response.Record(50 * time.Millisecond)
			p.SendLag.Record(0)
		}
		change(&p)
		return p
	}
	slow := func(p *attack.ProbeResult) {
		for range 100 {
			p.Response.Record(200 * time.Millisecond)
		}
		p.Due, p.Answered = 200, 200
	}
	late := func(p *attack.ProbeResult) {
		for range 5 {
			p.SendLag.Record(20 * time.Millisecond)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*attack.ProbeResult)
		c      scenarios.Capacity
		why    string
	}{
		{"all objectives met", func(*attack.ProbeResult) {}, objectives, ""},
		{"nothing was due", func(p *attack.ProbeResult) { p.Slice = &record.Slice{} }, objectives, ""},
		{"never sent", func(p *attack.ProbeResult) { p.Due, p.NeverSent = 102, 2 }, objectives, "100 of 102 prompts due were handed over, under 99%"},
		{"errors", func(p *attack.ProbeResult) { p.Due, p.Failed = 103, 3 }, objectives, "error rate 0.0291, over 0.02"},
		{"a failure is infinite", func(p *attack.ProbeResult) { p.Due, p.Failed = 102, 2 }, objectives, "response p99 ∞ (2.0% failed), over 100ms"},
		{"a failure without a p99 objective", func(p *attack.ProbeResult) { p.Due, p.Failed = 102, 2 }, scenarios.Capacity{ErrorRate: 0.02}, ""},
		{"slow", slow, objectives, "response p99 200.06ms, over 100ms"},
		{"slow without a p99 objective", slow, scenarios.Capacity{ErrorRate: 0.02}, ""},
		{"backlog", func(p *attack.ProbeResult) { p.Growth.Backlog = 0.03 }, objectives, "the backlog grew by 3.0% of the prompts due, over 1.0%"},
		{"one cut off", func(p *attack.ProbeResult) { p.Due, p.Failed, p.CutOff = 101, 1, 1 }, objectives, ""},
		{"cut off", func(p *attack.ProbeResult) { p.Due, p.Failed, p.CutOff = 102, 2, 2 }, objectives, "2 of 102 prompts were still open when the drain ended"},
		{"all cut off", func(p *attack.ProbeResult) { p.Slice = &record.Slice{Due: 100, Failed: 100, CutOff: 100} }, objectives, "100 of 100 prompts were still open"},
		{"cut off as the backlog grew", func(p *attack.ProbeResult) { p.Due, p.Failed, p.CutOff, p.Growth.Backlog = 110, 10, 10, 0.5 }, objectives, "the backlog grew by 50.0%"},
		{"one of the few left failed", func(p *attack.ProbeResult) {
			p.Slice = &record.Slice{Due: 100, Failed: 100, CutOff: 99}
		}, objectives, "99 of 100 prompts were still open"},
		{"a late generator that met all objectives", late, objectives, ""},
		{"a late generator", func(p *attack.ProbeResult) { late(p); p.Growth.Backlog = 0.03 }, objectives, "send lag p99 20.02ms, over 5ms: the generator was the limit"},
		{"requests that this machine could not send, at any rate of errors", func(p *attack.ProbeResult) {
			p.Errors = map[string]uint64{"generator": 1}
		}, scenarios.Capacity{ErrorRate: 1}, "1 requests found no file, port or memory left on this machine: the generator was the limit"},
	} {
		got := judgeProbe(probed(c.change), 10, c.c, (&record.Record{}).ValidityThresholds())
		if !strings.HasPrefix(got.WhyNot, c.why) || got.Held != (c.why == "") || (got.WhyNot == "") != got.Held {
			t.Errorf("%s: held %v, %q", c.name, got.Held, got.WhyNot)
		}
		if got.Late != (strings.Contains(c.why, "generator") || strings.Contains(c.why, "still open")) {
			t.Errorf("%s: late %v", c.name, got.Late)
		}
	}
	failed := judgeProbe(probed(func(p *attack.ProbeResult) { p.Due, p.Failed = 102, 2 }), 10, objectives, (&record.Record{}).ValidityThresholds())
	if failed.P99MS != nil || failed.P50MS == nil {
		t.Errorf("p50 %v, p99 %v; want no p99 if over 1%% failed", failed.P50MS, failed.P99MS)
	}
}
