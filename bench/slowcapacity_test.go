package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// TestCapacityWhereAnswersTakeSeconds: k slots with answers of 2 s carry k/2 prompts/s, and the
// search finds that with steps that are grown from 2 s.
func TestCapacityWhereAnswersTakeSeconds(t *testing.T) {
	const service = 2 * time.Second
	for _, row := range []struct {
		slots    int
		arrivals string
		// tolerance is of the median of several searches, because the rate that Poisson arrivals
		// offer in a probe varies.
		tolerance float64
	}{
		{1, "constant", 0.03},
		{4, "constant", 0.03},
		{10, "constant", 0.03},
		{100, "constant", 0.03},
		{10, "poisson", 0.15},
		{100, "poisson", 0.08},
	} {
		q := queue{row.slots, service, row.arrivals}
		capacity := float64(row.slots) / 2
		c := scenarios.Capacity{From: capacity / 8, To: 1000, ErrorRate: 0.01, Step: 2 * time.Second, Confirm: 3, Precision: 0.02}
		var found []float64
		for seed := range uint64(9) {
			rng := rand.New(rand.NewPCG(seed, 1))
			b := newSearch(c).run(func(rate float64) (held, ok bool) {
				p := q.probe(rate, grownStep(c.Step, service), rng)
				return judgeProbe(p, rate, c, (&record.Record{}).ValidityThresholds()).Held, true
			})
			found = append(found, b.low/capacity)
		}
		slices.Sort(found)
		if off := found[len(found)/2] - 1; math.Abs(off) > row.tolerance {
			t.Errorf("%d slots, %s arrivals: %.0f%% off (%.2f)", row.slots, row.arrivals, off*100, found)
		}
	}
}

func TestGrownStep(t *testing.T) {
	const s = time.Second
	for _, row := range []struct{ asked, service, want time.Duration }{
		{5 * s, 0, 5 * s},
		{5 * s, 20 * time.Millisecond, 5 * s},
		{5 * s, 2 * s, 20 * s},
		{60 * s, 2 * s, 60 * s},
		{5 * s, 50 * s, 300 * s},
		{600 * s, 100 * s, 600 * s},
	} {
		if got := grownStep(row.asked, row.service); got != row.want {
			t.Errorf("%v asked, answers of %v: got %v, want %v", row.asked, row.service, got, row.want)
		}
	}
	if why := tooShort(5*time.Minute, 200*s); !strings.Contains(why, "an answer takes about 3m20s, so a probe of 5m0s") || !strings.Contains(why, "at least 33m20s") {
		t.Error(why)
	}
}

// TestJudgeStep: a probe that held is repeated for longer if answers took longer in it than in the
// warm-up; one that failed is not.
func TestJudgeStep(t *testing.T) {
	for _, row := range []struct {
		held    bool
		service time.Duration
		want    time.Duration
	}{
		{true, 100 * time.Millisecond, time.Second},
		{true, 140 * time.Millisecond, time.Second},
		{true, 200 * time.Millisecond, 2 * time.Second},
		{false, 200 * time.Millisecond, time.Second},
		{true, 0, time.Second},
	} {
		p := attack.ProbeResult{Slice: record.NewSlice(0, 1000)}
		if row.service > 0 {
			p.Service.Record(row.service)
		}
		probe := record.Probe{Held: row.held}
		got := judgeStep(&probe, p, time.Second, time.Second)
		if (got-row.want).Abs() > row.want/100 || probe.Short != (got > time.Second) || probe.Short && (probe.Held || probe.WhyNot == "") {
			t.Errorf("held %v, answers of %v: %v, %+v", row.held, row.service, got, probe)
		}
	}
}

func TestObjectivesForStreams(t *testing.T) {
	probed := func(change func(*attack.ProbeResult)) record.Probe {
		p := attack.ProbeResult{Slice: record.NewSlice(0, 1000)}
		p.Due, p.Answered = 100, 100
		p.AddStreamHists()
		for range 100 {
			p.Response.Record(time.Second)
			p.TTFT.Record(50 * time.Millisecond)
			p.TPOT.Record(20 * time.Millisecond)
		}
		change(&p)
		c := scenarios.Capacity{ErrorRate: 1, TTFTP90: 60 * time.Millisecond, TPOTP50: 30 * time.Millisecond}
		return judgeProbe(p, 10, c, (&record.Record{}).ValidityThresholds())
	}
	for _, row := range []struct {
		name   string
		change func(*attack.ProbeResult)
		why    string
	}{
		{"met", func(*attack.ProbeResult) {}, ""},
		{"slow to begin", func(p *attack.ProbeResult) { repeat(p.TTFT, 70*time.Millisecond, 12); p.Due += 12; p.Answered += 12 }, "TTFT p90 70.02ms, over 60ms"},
		{"slow to go on", func(p *attack.ProbeResult) { repeat(p.TPOT, 70*time.Millisecond, 102) }, "TPOT p50 70.02ms, over 30ms"},
		{"failures are infinite", func(p *attack.ProbeResult) { p.Due += 12; p.Failed = 12 }, "TTFT p90 ∞ (10.7% failed), over 60ms"},
		{"answers without content do not count", func(p *attack.ProbeResult) { p.Due += 50; p.Answered += 50 }, ""},
		{"no streams", func(p *attack.ProbeResult) { p.TTFT, p.TPOT = nil, nil }, "TTFT p90 is not known: no answer tells it"},
	} {
		if got := probed(row.change); got.WhyNot != row.why || got.Held != (row.why == "") {
			t.Errorf("%s: held %v, %q, want %q", row.name, got.Held, got.WhyNot, row.why)
		}
	}
	if got := probed(func(*attack.ProbeResult) {}); got.Latencies["ttft_p90"] == nil || math.Abs(*got.Latencies["ttft_p90"]-50) > 0.1 {
		t.Errorf("latencies of the probe: %v", got.Latencies)
	}
}

func repeat(h *record.Hist, d time.Duration, times int) {
	for range times {
		h.Record(d)
	}
}
