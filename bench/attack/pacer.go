package attack

import (
	"context"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
)

// openPacer hands requests over at the moments they are due. The wait happens
// inside Pace, on the absolute schedule; vegeta itself never waits.
type openPacer struct {
	ctx     context.Context // ends when the run is interrupted
	began   time.Time       // of the run
	start   time.Time
	cut     time.Time // what is not handed over by then is never sent
	next    func() (schedule.Batch, bool)
	pending *pending

	// neverSent is prompts per block that were due and not handed over, and
	// neverSentAt when they were, after the run began; stopped is when an
	// interruption ended the schedule. All are read after the attack.
	neverSent   map[int]uint64
	neverSentAt record.Series
	stopped     time.Time
}

// Pace returns at once after the next request is due, or stops.
func (p *openPacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	batch, ok := p.next()
	if !ok {
		return 0, true
	}
	if !waitUntil(p.ctx, p.start.Add(batch.Due)) {
		p.stopped = time.Now()
		p.abandon(batch, p.stopped)
		return 0, true
	}
	if time.Now().After(p.cut) {
		p.abandon(batch, p.cut)
		return 0, true
	}
	p.pending.put(hits, &request{Batch: batch})
	return 0, false
}

// Rate is for vegeta's own plots, which are not used.
func (p *openPacer) Rate(time.Duration) float64 { return 0 }

// abandon counts what was due by the moment given and will not be sent.
func (p *openPacer) abandon(batch schedule.Batch, by time.Time) {
	for ok := true; ok; batch, ok = p.next() {
		for _, item := range batch.Prompts {
			if p.start.Add(item.Due).After(by) {
				return
			}
			p.neverSent[item.Block]++
			p.neverSentAt.Add(p.start.Add(item.Due).Sub(p.began), record.Point{Due: 1})
		}
	}
}

// closedPacer hands a request over whenever a worker is free, until the end.
type closedPacer struct {
	ctx     context.Context
	end     time.Time
	next    func(hit uint64) *request
	pending *pending
}

// Pace never waits: vegeta's workers are the load.
func (p *closedPacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	if p.ctx.Err() != nil || !time.Now().Before(p.end) {
		return 0, true
	}
	p.pending.put(hits, p.next(hits))
	return 0, false
}

// Rate is for vegeta's own plots, which are not used.
func (p *closedPacer) Rate(time.Duration) float64 { return 0 }
