package attack

import (
	"context"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/attack/growth"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// ProbeResult is the result of probing one rate.
type ProbeResult struct {
	*record.Slice
	// Growth says whether the target fell behind.
	Growth growth.Growth
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
		probe: growth.NewProbe(o.Duration),
		make:  func(int) *record.Slice { return newSlice(start.Sub(a.began), o.Duration) },
	}
	slice := t.slice(n)
	complete, err := a.openAttack(ctx, PhaseCapacity, o, t, n, 1)
	p := ProbeResult{Slice: slice, Growth: t.probe.Growth(), Complete: complete == 1 && ctx.Err() == nil}
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
