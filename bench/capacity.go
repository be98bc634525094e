package bench

import (
	"context"
	"fmt"
	"math"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/scenarios/metric"
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
		if err := e.turn(ctx, i, func() error { return e.capacity(ctx, a, &e.record.Arms[i]) }); err != nil {
			return fmt.Errorf("arm %s: %w", a.Name, err)
		}
	}
	return nil
}

// capacity searches for the capacity of one arm.
func (e *experiment) capacity(ctx context.Context, a *attack.Arm, arm *record.Arm) error {
	c := *a.Load.Capacity
	found := &record.Capacity{
		FromPerS: c.From, ToPerS: c.To, ErrorRate: c.ErrorRate, P99MS: record.Milliseconds(c.P99), Latencies: furtherObjectives(c),
		StepMS: record.Milliseconds(c.Step), Precision: c.Precision, Confirm: c.Confirm, Arrivals: c.Arrivals, Probes: []record.Probe{},
	}
	arm.Capacity = found
	service := a.ServiceTime()
	step := grownStep(c.Step, service)
	if step < fewestAnswers*service {
		found.TooShort = tooShort(step, service)
		found.Complete = true
		return nil
	}
	e.tracker.expectSteps(newSearch(c).maxProbesWithoutNoise(), step-c.Step+service)
	var failed error
	b := newSearch(c).run(func(rate float64) (held, ok bool) {
		for try := 1; ; try++ {
			e.tracker.startProbe(a.Name, rate)
			var p attack.ProbeResult
			p, failed = a.Probe(ctx, len(found.Probes), rate, step)
			if failed != nil || !p.Complete {
				return false, false
			}
			probe := judgeProbe(p, rate, c, *e.record.Validity)
			step = judgeStep(&probe, p, c.Step, step)
			found.Probes = append(found.Probes, probe)
			e.options.Events.probe(a.Name, probe)
			e.options.Events.failures(e.arms)
			if !probe.Short && (!probe.Late || try >= maxLateTries) {
				return probe.Held, true
			}
		}
	})
	found.HeldPerS, found.FailedPerS, found.Confirmed = b.low, b.high, b.confirmed
	found.Complete = ctx.Err() == nil && failed == nil
	if step > c.Step {
		found.StepMS, found.AskedStepMS = record.Milliseconds(step), record.Milliseconds(c.Step)
	}
	return failed
}

// furtherObjectives are the objectives for latencies that have no field of their own in a record.
func furtherObjectives(c scenarios.Capacity) (all []record.Objective) {
	for _, o := range c.Latencies() {
		if o.Metric != "p99" {
			all = append(all, record.Objective{Metric: o.Metric, MaxMS: record.Milliseconds(o.Max)})
		}
	}
	return all
}

// How long a probe must be for answers that take seconds. Until the first answers come back, the
// backlog of any server grows, and with few answers chance decides.
const (
	// answersPerStep is how many times as long as an answer a probe is made to last.
	answersPerStep = 10
	// fewestAnswers is how many times as long it must be to be judged at all.
	fewestAnswers = 3
	// maxGrownStep is the longest that a probe is made to last, unless load.capacity.step is longer.
	maxGrownStep = 5 * time.Minute
	// regrowth is by what factor a probe must have been too short to be repeated.
	regrowth = 1.5
)

// grownStep returns how long a probe lasts if an answer takes the given time.
func grownStep(asked, service time.Duration) time.Duration {
	return max(asked, min((answersPerStep*service).Round(time.Millisecond), maxGrownStep))
}

// tooShort says that no rate can be judged.
func tooShort(step, service time.Duration) string {
	return fmt.Sprintf("an answer takes about %v, so a probe of %v cannot show whether a rate holds: expected a load.capacity.step of at least %v",
		service.Round(time.Second/10), step, (answersPerStep * service).Round(time.Second))
}

// judgeStep marks a probe that held but was too short for the time that answers took in it, and
// returns how long the next probe lasts. The time is the tenth percentile, because waiting, which
// a longer probe would only lengthen, is in the others.
func judgeStep(probe *record.Probe, p attack.ProbeResult, asked, step time.Duration) time.Duration {
	service := p.Service.Quantile(0.1)
	longer := grownStep(asked, service)
	if !probe.Held || float64(longer) <= regrowth*float64(step) {
		return step
	}
	probe.Held, probe.Short = false, true
	probe.WhyNot = fmt.Sprintf("answers took %v: tried again for %v", service.Round(time.Millisecond), longer.Round(time.Millisecond))
	return longer
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
	probe.Backlog = new(p.Growth.Backlog)
	if !math.IsNaN(p.Growth.Latency) {
		probe.LatencyGrowth = new(p.Growth.Latency)
	}
	probe.P50MS, probe.P99MS = quantileMS(s, "p50"), quantileMS(s, "p99")
	for _, o := range furtherObjectives(c) {
		if probe.Latencies == nil {
			probe.Latencies = map[string]*float64{}
		}
		probe.Latencies[o.Metric] = quantileMS(s, o.Metric)
	}
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

// generatorLimit says how the generator was the limit of a probe, or returns "" if it was not. A
// generator that was late spoils only probes that did not hold; one that could not send some
// requests spoils any probe.
func generatorLimit(s *record.Slice, v record.Validity, held bool) string {
	if n := s.Errors[string(target.Generator)]; n > 0 {
		return fmt.Sprintf("%d requests found no file, port or memory left on this machine", n)
	}
	if held {
		return ""
	}
	if late := excessSendLag(s, v); late != "" {
		return late
	}
	return v.ReadTooLate(s)
}

// endedByHarness returns a message if so many prompts of a probe were cut off that the rest cannot
// decide, else "". If an objective was missed anyway, prompts that were cut off only confirm that,
// unless it is the error rate of the few that remain.
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
	switch {
	case *probe.HandedOver < v.HandedOver:
		return fmt.Sprintf("%d of %d prompts due were handed over, under %s", p.Due-p.NeverSent, p.Due, percent(v.HandedOver))
	case probe.ErrorRate == nil:
		return ""
	case *probe.ErrorRate > c.ErrorRate:
		return fmt.Sprintf("error rate %.3g, over %v", *probe.ErrorRate, c.ErrorRate)
	}
	for _, o := range c.Latencies() {
		if why := unmetLatency(p.Slice, o, *probe.ErrorRate); why != "" {
			return why
		}
	}
	switch {
	case p.Growth.Backlog > p.Growth.AllowedBacklog:
		return fmt.Sprintf("the backlog grew by %.1f%% of the prompts due, over %.1f%%", p.Growth.Backlog*100, p.Growth.AllowedBacklog*100)
	case p.Growth.Latency > p.Growth.AllowedLatency:
		return fmt.Sprintf("the response latency grew by %.1f%% of the time that passed, over %.1f%%", p.Growth.Latency*100, p.Growth.AllowedLatency*100)
	}
	return ""
}

// unmetLatency says by what an objective for a latency was not met, or returns "" if it was.
func unmetLatency(s *record.Slice, o scenarios.Objective, failed float64) string {
	m, _ := metric.Named(o.Metric)
	what := fmt.Sprintf("%s p%.3g", m.Latency.Words(), m.Quantile*100)
	latency, finite, known := quantileOfDue(s, m)
	switch {
	case !known:
		return what + " is not known: no answer tells it"
	case !finite:
		return fmt.Sprintf("%s ∞ (%.1f%% failed), over %v", what, failed*100, o.Max)
	case latency > o.Max:
		return fmt.Sprintf("%s %v, over %v", what, latency.Round(10*time.Microsecond), o.Max)
	}
	return ""
}

// excessSendLag returns a message if the send lag exceeds what a valid slice may have,
// else "".
func excessSendLag(s *record.Slice, v record.Validity) string {
	lag, limit := s.SendLag.Quantile(0.99), v.SendLagLimit(s)
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 %v, over %v", lag.Round(10*time.Microsecond), limit.Round(10*time.Microsecond))
}

// quantileOfDue returns the percentile of a latency over all prompts due but those that the harness
// ended itself. A prompt without an answer counts as infinite; finite is false if the percentile
// is. Answers that do not show a latency of streams, such as those without content, do not count;
// known is false if none tells it.
func quantileOfDue(s *record.Slice, m metric.Metric) (latency time.Duration, finite, known bool) {
	h := map[metric.Latency]*record.Hist{metric.Response: s.Response, metric.TTFT: s.TTFT, metric.TPOT: s.TPOT}[m.Latency]
	_, due := s.Charged()
	failed := due - s.Answered
	told := uint64(0)
	if h != nil {
		told = h.Count()
	}
	if m.Latency == metric.Response {
		told = s.Answered
	}
	rank := math.Ceil(m.Quantile * float64(told+failed))
	switch {
	case told == 0:
		return 0, false, failed > 0
	case rank > float64(told):
		return 0, false, true
	}
	return h.Quantile(rank / float64(told)), true, true
}

// quantileMS returns a percentile over all prompts due in milliseconds, by the name of its metric;
// nil if it is infinite or not known.
func quantileMS(s *record.Slice, name string) *float64 {
	m, _ := metric.Named(name)
	latency, finite, _ := quantileOfDue(s, m)
	if !finite {
		return nil
	}
	return new(record.Milliseconds(latency))
}

func percent(share float64) string { return fmt.Sprintf("%.3g%%", share*100) }
