package bench

import (
	"context"
	"fmt"
	"math"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// searchOf is the search that a scenario asks for.
func searchOf(c scenarios.Capacity) search {
	return search{from: c.From, to: c.To, precision: c.Precision, confirm: c.Confirm}
}

// capacities searches for each arm's, one arm at a time: a capacity is of the
// whole machine. An interrupt keeps what was probed.
func (e *experiment) capacities(ctx context.Context) error {
	for i, a := range e.arms {
		if a.Load.Capacity == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if err := e.capacity(ctx, a, &e.record.Arms[i]); err != nil {
			return fmt.Errorf("arm %s: %w", a.Name, err)
		}
	}
	return nil
}

func (e *experiment) capacity(ctx context.Context, a *attack.Arm, arm *record.Arm) error {
	c := *a.Load.Capacity
	found := &record.Capacity{
		FromPerS: c.From, ToPerS: c.To, ErrorRate: c.ErrorRate, P99MS: milliseconds(c.P99), StepMS: milliseconds(c.Step),
		Precision: c.Precision, Confirm: c.Confirm, Arrivals: c.Arrivals, Probes: []record.Probe{},
	}
	arm.Capacity = found
	var failed error
	b := searchOf(c).run(func(rate float64) (held, ok bool) {
		var probe record.Probe
		for try := 0; try == 0 || probe.Late && try < lateTries; try++ {
			e.watch.probe(a.Name, rate)
			var p attack.ProbeResult
			p, failed = a.Probe(ctx, len(found.Probes), rate)
			if failed != nil || !p.Complete {
				return false, false
			}
			probe = judge(p, rate, c, e.options.Scenario.Validity)
			found.Probes = append(found.Probes, probe)
			e.options.Notes.probe(a.Name, probe)
		}
		return probe.Held, true
	})
	found.HeldPerS, found.FailedPerS, found.Confirmed = b.low, b.high, b.confirmed
	found.Complete = ctx.Err() == nil && failed == nil
	return failed
}

// lateTries is how often a rate is probed while the generator, not the target,
// keeps it from holding.
const lateTries = 3

// judge holds a probe against the objectives.
func judge(p attack.ProbeResult, rate float64, c scenarios.Capacity, v scenarios.Validity) record.Probe {
	s := p.Slice
	probe := record.Probe{
		StartMS: s.StartMS, RatePerS: rate,
		Due: s.Due, Answered: s.Answered, Failed: s.Failed, NeverSent: s.NeverSent, Held: true,
	}
	if s.Due == 0 {
		return probe // nothing was asked for, and nothing failed
	}
	due := float64(s.Due)
	probe.ErrorRate = new(float64(s.Failed) / due)
	probe.HandedOver = new(float64(s.Due-s.NeverSent) / due)
	probe.Backlog = new(p.BacklogGrowth)
	probe.P50MS, probe.P99MS = latencyOf(s, 0.50), latencyOf(s, 0.99)
	probe.WhyNot = whyNot(p, probe, c, v)
	probe.Held = probe.WhyNot == ""
	if lag := lateness(s, v); !probe.Held && lag != "" {
		probe.WhyNot, probe.Late = lag+": the generator was the limit", true
	}
	return probe
}

// whyNot is the first objective that did not hold, with its figure; "" where all did.
func whyNot(p attack.ProbeResult, probe record.Probe, c scenarios.Capacity, v scenarios.Validity) string {
	p99, answered := ofAllDue(p.Slice, 0.99)
	switch {
	case *probe.HandedOver < v.HandedOver:
		return fmt.Sprintf("%d of %d prompts due were handed over, under %s", p.Due-p.NeverSent, p.Due, percent(v.HandedOver))
	case *probe.ErrorRate > c.ErrorRate:
		return fmt.Sprintf("error rate %.3g, over %v", *probe.ErrorRate, c.ErrorRate)
	case c.P99 > 0 && !answered:
		return fmt.Sprintf("more than 1 in 100 failed: no response p99, let alone one of %v", c.P99)
	case c.P99 > 0 && p99 > c.P99:
		return fmt.Sprintf("response p99 %v, over %v", p99.Round(10*time.Microsecond), c.P99)
	case p.BacklogGrowth > p.AllowedGrowth:
		return fmt.Sprintf("the backlog grew by %.1f%% of what was due, over %.1f%%", p.BacklogGrowth*100, p.AllowedGrowth*100)
	}
	return ""
}

// lateness says how far the send lag went past what a valid slice may have.
func lateness(s *record.Slice, v scenarios.Validity) string {
	lag, response := s.SendLag.Quantile(0.99), s.Response.Quantile(0.99)
	limit := max(v.SendLag, time.Duration(v.SendLagShare*float64(response)))
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 %v, over %v", lag.Round(10*time.Microsecond), limit.Round(10*time.Microsecond))
}

// ofAllDue is a quantile of the response latency of all prompts due, of which
// those that got no answer took for ever; false where it falls on those.
func ofAllDue(s *record.Slice, q float64) (time.Duration, bool) {
	rank := math.Ceil(q * float64(s.Due))
	if s.Answered == 0 || rank > float64(s.Answered) {
		return 0, false
	}
	return s.Response.Quantile(rank / float64(s.Answered)), true
}

func latencyOf(s *record.Slice, q float64) *float64 {
	latency, ok := ofAllDue(s, q)
	if !ok {
		return nil
	}
	return new(milliseconds(latency))
}

// plannedSearch is how long an arm's search takes when no probe misleads it.
func plannedSearch(l scenarios.Load) time.Duration {
	if l.Capacity == nil {
		return 0
	}
	return time.Duration(searchOf(*l.Capacity).quiet()) * l.Capacity.Step
}

// percent writes a share (0…1) in %, with three significant digits.
func percent(share float64) string { return fmt.Sprintf("%.3g%%", share*100) }
