package main

import (
	"time"

	"weighbridge/bench"
)

// mostMoments is how many moments of a run its page shows: ten minutes.
const mostMoments = 600

// moment is what was measured in a second of a run, as its page reads it: prompts per second, and percentiles of
// the response latency, null if nothing was answered.
type moment struct {
	At       float64  `json:"at_s"`
	Answered float64  `json:"answered_per_s"`
	Failed   float64  `json:"failed_per_s"`
	P50      *float64 `json:"p50_ms"`
	P99      *float64 `json:"p99_ms"`
}

// moments are the last mostMoments moments of a run, in order.
type moments struct {
	all []moment
	// dropped is how many earlier ones are no longer kept.
	dropped int
	last    bench.Progress
}

// add adds a moment once a second has passed since the last.
func (m *moments) add(now bench.Progress) {
	passed := now.Elapsed - m.last.Elapsed
	if passed < time.Second {
		return
	}
	perSecond := func(n, before uint64) float64 { return float64(n-min(n, before)) / passed.Seconds() }
	m.all = append(m.all, moment{
		At: now.Elapsed.Seconds(), Answered: perSecond(now.Answered, m.last.Answered), Failed: perSecond(now.Failed, m.last.Failed),
		P50: inMS(now.P50, now.P50 > 0), P99: inMS(now.P99, now.P99 > 0),
	})
	if len(m.all) > mostMoments {
		m.all = append([]moment(nil), m.all[1:]...)
		m.dropped++
	}
	m.last = now
}

// since returns the moments after the first n of the run, and how many there have been in all.
func (m *moments) since(n int) ([]moment, int) {
	return append([]moment{}, m.all[min(max(n-m.dropped, 0), len(m.all)):]...), m.dropped + len(m.all)
}
