package attack

import (
	"context"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// ProbeResult is the result of probing one rate.
type ProbeResult struct {
	*record.Slice
	// BacklogGrowth is the backlog at the end of the step minus the one halfway, as a
	// share of the prompts due in between. AllowedGrowth is how much may be chance.
	BacklogGrowth, AllowedGrowth float64
	// LatencyGrowth is by how much the response latency grew in the second half, as a share of the
	// time that passed, and AllowedLatencyGrowth how much may be chance. Both are NaN if too few
	// prompts were due to tell.
	LatencyGrowth, AllowedLatencyGrowth float64
	// Complete is false if ctx ended the probe.
	Complete bool
}

// Probe offers prompts at a rate, in prompts/s, for a step, and drains. n numbers the probes of an arm. It begins one
// mean interval between prompts (at most a step) after the previous probe or the warm-up: otherwise its first prompt
// would follow their last immediately, which a rate limit without a burst refuses at any rate. If the drain cut
// requests off, Probe waits for as long again, at most maxSettle, so that the server has finished their work before the
// next probe.
func (a *Arm) Probe(ctx context.Context, n int, rate float64, step time.Duration) (ProbeResult, error) {
	o := probeLoad(*a.Load.Capacity, rate, step)
	alarm.Until(ctx, time.Now().Add(min(time.Duration(float64(time.Second)/rate), step))) // openAttack checks whether ctx ended
	start := time.Now()
	t := &tally{
		start: start, began: a.began, live: &a.counts.Live, slices: map[int]*record.Slice{}, overTime: &record.Series{},
		growth: NewGrowth(o.Duration),
		make:   func(int) *record.Slice { return newSlice(start.Sub(a.began), o.Duration) },
	}
	slice := t.slice(n)
	complete, err := a.openAttack(ctx, PhaseCapacity, o, t, n, 1)
	p := ProbeResult{Slice: slice, Complete: complete == 1 && ctx.Err() == nil}
	t.growth.Tell(&p)
	if cut := start.Add(o.Duration + a.Target.Batch.Linger + a.Load.Drain); time.Now().After(cut) {
		alarm.Until(ctx, time.Now().Add(min(a.Load.Drain, maxSettle))) // the caller checks whether ctx ended
	}
	return p, err
}

// maxSettle is how long a server is left to finish the work of requests that were cut off.
const maxSettle = 2 * time.Second

// probeLoad returns the open load of a probe.
func probeLoad(c scenarios.Capacity, rate float64, step time.Duration) scenarios.Open {
	return scenarios.Open{Rate: rate, Arrivals: c.Arrivals, Duration: step}
}

// Growth watches whether a server falls behind during a probe: whether more and more prompts wait,
// or for longer and longer. A nil *Growth watches nothing.
type Growth struct {
	backlog backlog
	trend   trend
}

// NewGrowth returns a Growth for a probe that lasts for a step.
func NewGrowth(step time.Duration) *Growth {
	return &Growth{backlog{half: step / 2, end: step}, trend{from: step / 2}}
}

// Add counts a prompt by when it was due and when it ended, both offsets from the start.
func (g *Growth) Add(due, ended time.Duration, answered bool) {
	if g == nil {
		return
	}
	g.backlog.add(due, ended)
	if answered {
		g.trend.add(due, ended)
	}
}

// Tell sets the figures of growth in the result of the probe.
func (g *Growth) Tell(p *ProbeResult) {
	p.BacklogGrowth, p.AllowedGrowth = g.backlog.growth()
	p.LatencyGrowth, p.AllowedLatencyGrowth = g.trend.growth()
}

// backlog counts the prompts that were due and not yet finished, at two moments of a
// probe: half and end, offsets from its start.
type backlog struct {
	half, end time.Duration
	// atHalf and atEnd are the backlogs, dueBetween the prompts due from half on.
	atHalf, atEnd, dueBetween uint64
	// waited is the sum of how long each prompt was in the backlog before half. Divided
	// by half, it is the mean backlog of the first half (Little's law).
	waited time.Duration
}

// add counts a prompt by when it was due and when it ended, both offsets from the start.
func (b *backlog) add(due, ended time.Duration) {
	if due >= b.half {
		b.dueBetween++
	} else {
		b.waited += min(ended, b.half) - due
	}
	if due < b.half && ended > b.half {
		b.atHalf++
	}
	if ended > b.end {
		b.atEnd++
	}
}

// minAllowedGrowth is the share of the prompts due by which a backlog may always grow.
const minAllowedGrowth = 0.01

// growth returns the growth of the backlog between the two moments, as a share of the
// prompts due in between, and the growth allowed: 1%, plus two standard deviations of
// the difference of two independent Poisson counts, but at least one prompt. The mean of
// those counts is the mean backlog of the whole first half, because the backlog at a
// single moment is small and varies.
func (b *backlog) growth() (grown, allowed float64) {
	if b.dueBetween == 0 {
		return 0, minAllowedGrowth
	}
	due, mean := float64(b.dueBetween), float64(b.waited)/float64(b.half)
	return (float64(b.atEnd) - float64(b.atHalf)) / due, max(minAllowedGrowth+2*math.Sqrt(2*mean)/due, 1/due)
}

// trend fits a straight line to the response latencies of the answered prompts that were due from
// an offset on (least squares). While a server keeps up, they do not depend on when a prompt was
// due; if it falls behind by a share, each second adds that share of a second to them. Unlike the
// backlog, they show this even if answers take seconds and only a few prompts are due.
type trend struct {
	from time.Duration
	// The sums are over prompts, of seconds.
	n, due, response, dueSquared, product, responseSquared float64
}

func (t *trend) add(due, ended time.Duration) {
	if due < t.from {
		return
	}
	x, y := (due - t.from).Seconds(), (ended - due).Seconds()
	t.n++
	t.due += x
	t.response += y
	t.dueSquared += x * x
	t.product += x * y
	t.responseSquared += y * y
}

// growth returns the slope of the line, and how much of it may be chance: 1%, plus the number of standard errors
// that Student's t exceeds with the chance with which a normal value exceeds three. Both are NaN for fewer than
// four prompts.
func (t *trend) growth() (grown, allowed float64) {
	const fewest, chance = 4, 0.00135
	spread := t.dueSquared - t.due*t.due/t.n
	if t.n < fewest || spread <= 0 {
		return math.NaN(), math.NaN()
	}
	grown = (t.product - t.due*t.response/t.n) / spread
	unexplained := t.responseSquared - t.response*t.response/t.n - grown*grown*spread
	errors := distuv.StudentsT{Sigma: 1, Nu: t.n - 2}.Quantile(1 - chance)
	return grown, minAllowedGrowth + errors*math.Sqrt(max(unexplained, 0)/(t.n-2)/spread)
}
