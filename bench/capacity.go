package bench

import (
	"context"
	"fmt"
	"math"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// newSearch returns the search that a scenario asks for.
func newSearch(c scenarios.Capacity) search {
	return search{from: c.From, to: c.To, precision: c.Precision, confirm: c.Confirm}
}

// capacities searches for the capacity of each arm. Arms take turns, since each capacity
// is measured on the whole machine. If ctx ends, the probes so far are kept.
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

// capacity searches for the capacity of one arm.
func (e *experiment) capacity(ctx context.Context, a *attack.Arm, arm *record.Arm) error {
	c := *a.Load.Capacity
	found := &record.Capacity{
		FromPerS: c.From, ToPerS: c.To, ErrorRate: c.ErrorRate, P99MS: record.Milliseconds(c.P99), StepMS: record.Milliseconds(c.Step),
		Precision: c.Precision, Confirm: c.Confirm, Arrivals: c.Arrivals, Probes: []record.Probe{},
	}
	arm.Capacity = found
	var failed error
	b := newSearch(c).run(func(rate float64) (held, ok bool) {
		var probe record.Probe
		for try := 0; try == 0 || probe.Late && try < maxLateTries; try++ {
			e.tracker.startProbe(a.Name, rate)
			var p attack.ProbeResult
			p, failed = a.Probe(ctx, len(found.Probes), rate)
			if failed != nil || !p.Complete {
				return false, false
			}
			probe = judgeProbe(p, rate, c, *e.record.Validity)
			found.Probes = append(found.Probes, probe)
			e.options.Events.probe(a.Name, probe)
		}
		return probe.Held, true
	})
	found.HeldPerS, found.FailedPerS, found.Confirmed = b.low, b.high, b.confirmed
	found.Complete = ctx.Err() == nil && failed == nil
	return failed
}

// maxLateTries is how often a rate is probed while the generator, not the target, fails
// to keep up with it.
const maxLateTries = 3

// judgeProbe checks whether a probe met all objectives.
func judgeProbe(p attack.ProbeResult, rate float64, c scenarios.Capacity, v record.Validity) record.Probe {
	s := p.Slice
	probe := record.Probe{
		StartMS: s.StartMS, RatePerS: rate,
		Due: s.Due, Answered: s.Answered, Failed: s.Failed, NeverSent: s.NeverSent,
		CutOff: s.CutOff, Generator: s.Generator, Held: true,
	}
	if s.Due == 0 {
		return probe // no prompt was due, so none failed
	}
	due := float64(s.Due)
	if failed, charged := s.Charged(); charged > 0 {
		probe.ErrorRate = new(float64(failed) / float64(charged))
	}
	probe.HandedOver = new(float64(s.Due-s.NeverSent) / due)
	probe.Backlog = new(p.BacklogGrowth)
	probe.P50MS, probe.P99MS = quantileMS(s, 0.50), quantileMS(s, 0.99)
	probe.WhyNot = unmetObjective(p, probe, c, v)
	probe.Held = probe.WhyNot == ""
	if why := generatorLimit(s, v, probe.Held); why != "" {
		probe.Held, probe.Late, probe.WhyNot = false, true, why+": the generator was the limit"
	}
	if why := endedByHarness(s, probe, c, v); why != "" {
		probe.WhyNot, probe.Held, probe.Late = why, false, true
	}
	return probe
}

// generatorLimit says how the generator was the limit of a probe, or returns "" if it was
// not. A late one spoils only probes that did not hold; for requests it could not send, no
// probe says what the target can do.
func generatorLimit(s *record.Slice, v record.Validity, held bool) string {
	if n := s.Errors[string(target.Generator)]; n > 0 {
		return fmt.Sprintf("%d requests found no file, port or memory left on this machine", n)
	}
	if held {
		return ""
	}
	return excessSendLag(s, v)
}

// endedByHarness returns a message if so many prompts of a probe were cut off that the rest
// decides nothing, else "". Where an objective was not met anyway they only confirm it,
// unless it is an error rate of the few that are left.
func endedByHarness(s *record.Slice, probe record.Probe, c scenarios.Capacity, v record.Validity) string {
	due := float64(s.Due)
	failed, _ := s.Charged()
	few := probe.ErrorRate != nil && *probe.ErrorRate > c.ErrorRate && float64(failed) <= c.ErrorRate*due
	if (probe.Held || few) && float64(s.CutOff) > v.CutOff*due {
		return fmt.Sprintf("%d of %d prompts were still open when the drain ended", s.CutOff, s.Due)
	}
	return ""
}

// unmetObjective names the first objective that the probe did not meet, with its figure,
// or returns "" if it met all.
func unmetObjective(p attack.ProbeResult, probe record.Probe, c scenarios.Capacity, v record.Validity) string {
	p99, finite := quantileOfDue(p.Slice, 0.99)
	switch {
	case *probe.HandedOver < v.HandedOver:
		return fmt.Sprintf("%d of %d prompts due were handed over, under %s", p.Due-p.NeverSent, p.Due, percent(v.HandedOver))
	case probe.ErrorRate == nil:
		return ""
	case *probe.ErrorRate > c.ErrorRate:
		return fmt.Sprintf("error rate %.3g, over %v", *probe.ErrorRate, c.ErrorRate)
	case c.P99 > 0 && !finite:
		return fmt.Sprintf("response p99 ∞ (%.1f%% failed), over %v", *probe.ErrorRate*100, c.P99)
	case c.P99 > 0 && p99 > c.P99:
		return fmt.Sprintf("response p99 %v, over %v", p99.Round(10*time.Microsecond), c.P99)
	case p.BacklogGrowth > p.AllowedGrowth:
		return fmt.Sprintf("the backlog grew by %.1f%% of the prompts due, over %.1f%%", p.BacklogGrowth*100, p.AllowedGrowth*100)
	}
	return ""
}

// excessSendLag returns a message if the send lag exceeds what a valid slice may have,
// else "".
func excessSendLag(s *record.Slice, v record.Validity) string {
	lag, response := s.SendLag.Quantile(0.99), s.Response.Quantile(0.99)
	limit := v.SendLagLimit(response)
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 %v, over %v", lag.Round(10*time.Microsecond), limit.Round(10*time.Microsecond))
}

// quantileOfDue returns a quantile of the response latency over all prompts due but those
// that the harness ended itself. A prompt without an answer counts as infinite; finite is
// false if the quantile is.
func quantileOfDue(s *record.Slice, q float64) (latency time.Duration, finite bool) {
	_, due := s.Charged()
	rank := math.Ceil(q * float64(due))
	if s.Answered == 0 || rank > float64(s.Answered) {
		return 0, false
	}
	return s.Response.Quantile(rank / float64(s.Answered)), true
}

// quantileMS returns quantileOfDue in milliseconds; nil if it is infinite.
func quantileMS(s *record.Slice, q float64) *float64 {
	latency, ok := quantileOfDue(s, q)
	if !ok {
		return nil
	}
	return new(record.Milliseconds(latency))
}

func percent(share float64) string { return fmt.Sprintf("%.3g%%", share*100) }
