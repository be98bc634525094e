package attack

import (
	"context"
	"time"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/record"
)

// openPacer hands requests over to vegeta when they are due. Pace waits, by the absolute
// schedule; vegeta itself never does.
type openPacer struct {
	ctx    context.Context // ends when the run is interrupted
	began  time.Time       // of the run
	start  time.Time
	cut    time.Time // requests not handed over by then are never sent
	next   *ahead.Queue[*request]
	handed *handover

	// The following are read after the attack. neverSent counts the prompts that were due
	// and not handed over, by block, and neverSentAt by when they were due in the run.
	// stopped is when the end of ctx stopped the schedule.
	neverSent   map[int]uint64
	neverSentAt record.Series
	stopped     time.Time
}

// Pace waits until the next request is due, or stops the attack.
func (p *openPacer) Pace(time.Duration, uint64) (time.Duration, bool) {
	r, ok := p.next.Take()
	if !ok {
		return 0, true
	}
	if !waitUntil(p.ctx, p.start.Add(r.Due)) {
		p.stopped = time.Now()
		p.abandon(r, p.stopped)
		return 0, true
	}
	if time.Now().After(p.cut) {
		p.abandon(r, p.cut)
		return 0, true
	}
	p.handed.put(r)
	return 0, false
}

// Rate is part of vegeta's Pacer. Only its plots, which are not used, call it.
func (p *openPacer) Rate(time.Duration) float64 { return 0 }

// abandon counts the prompts due by a given time, from r on, that will not be sent.
func (p *openPacer) abandon(r *request, by time.Time) {
	p.next.Stop()
	for ok := true; ok; r, ok = p.next.TakeOrDraw() {
		for _, item := range r.Prompts {
			if p.start.Add(item.Due).After(by) {
				return
			}
			p.neverSent[item.Block]++
			p.neverSentAt.Add(p.start.Add(item.Due).Sub(p.began), record.Point{Due: 1})
		}
	}
}

// closedPacer hands a request over whenever a worker is free, until end.
type closedPacer struct {
	ctx     context.Context
	end     time.Time
	next    *ahead.Queue[*request]
	stagger func(hit uint64) time.Duration
	handed  *handover
}

// Pace never waits: vegeta asks for a request when a worker is free.
func (p *closedPacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	if p.ctx.Err() != nil || !time.Now().Before(p.end) {
		return 0, true
	}
	r, ok := p.next.TakeOrDraw()
	if ok {
		r.Stagger = p.stagger(hits)
		p.handed.put(r)
	}
	return 0, !ok
}

// Rate is part of vegeta's Pacer. Only its plots, which are not used, call it.
func (p *closedPacer) Rate(time.Duration) float64 { return 0 }
