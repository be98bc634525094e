package attack

import (
	"context"
	"sync"
	"time"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/record"
)

// openPacer says when the requests of open load are due, by the absolute schedule.
type openPacer struct {
	ctx   context.Context // ends when the run is interrupted
	began time.Time       // of the run
	start time.Time
	cut   time.Time // requests not handed over by then are never sent
	queue *ahead.Queue[*request]
	alarm *alarm.Alarm // under ctx
	last  time.Time    // when the request before is sent

	mu sync.Mutex // of the following
	// neverSent counts the prompts that were due and not handed over, by block, and neverSentAt by when
	// they were due in the run. stopped is when the end of ctx stopped the schedule. They are read after
	// the attack.
	neverSent   map[int]uint64
	neverSentAt record.Series
	stopped     time.Time
}

// shortestSleep is the shortest time between two wake-ups. Requests that are due in between are sent together,
// up to that much late: at some thousand requests/s, waking up for each of them would cost more than sending it.
const shortestSleep = 200 * time.Microsecond

// next waits until the next request is due, or stops the attack.
func (p *openPacer) next() (*request, bool) {
	r, ok := p.queue.Take()
	if !ok {
		return nil, false
	}
	if due := p.start.Add(r.Due); time.Now().Before(due) {
		p.last = together(due, p.last)
		if !p.alarm.Wait(p.last) {
			p.stop(time.Now())
		}
	}
	if by, over := p.over(time.Now()); over {
		p.abandon(r, by)
		return nil, false
	}
	return r, true
}

// stop notes when the end of ctx stopped the schedule.
func (p *openPacer) stop(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.IsZero() {
		p.stopped = now
	}
}

// over reports whether no more requests are handed over. Requests that were due at the time by or earlier count
// as never sent.
func (p *openPacer) over(now time.Time) (by time.Time, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped.IsZero() {
		return p.stopped, true
	}
	return p.cut, now.After(p.cut)
}

// abandon counts the prompts due by a given time, from r on, that will not be sent.
func (p *openPacer) abandon(r *request, by time.Time) {
	p.queue.Stop()
	for ok := true; ok && p.leaveOut(r, by); {
		r, ok = p.queue.TakeOrDraw()
	}
}

// leaveOut counts the prompts of a request that will not be sent. It returns false at the first that
// was not due by the given time.
func (p *openPacer) leaveOut(r *request, by time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, item := range r.Prompts {
		if p.start.Add(item.Due).After(by) {
			return false
		}
		p.neverSent[item.Block]++
		p.neverSentAt.Add(p.start.Add(item.Due).Sub(p.began), record.Point{Due: 1})
	}
	return true
}

// closedPacer says what a worker of closed load sends when it is free, until end. It is safe for
// concurrent use.
type closedPacer struct {
	ctx   context.Context
	end   time.Time
	queue *ahead.Queue[*request]
}

// next never waits.
func (p *closedPacer) next() (*request, bool) {
	if p.ctx.Err() != nil || !time.Now().Before(p.end) {
		return nil, false
	}
	return p.queue.TakeOrDraw()
}
