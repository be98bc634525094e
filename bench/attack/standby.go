package attack

import (
	"context"
	"sync"
	"time"

	"weighbridge/bench/attack/alarm"
)

// mostStandby is how many workers wait at most, each with a request that is not due yet.
const mostStandby = 8

// lateBy is how late a request leaves at least if the harness has fallen behind.
const lateBy = 5 * time.Millisecond

// standby hands the requests of open load over before they are due, and each worker waits until its
// own request is due. If the pacer waited instead, it would have to wake a worker for each request,
// which costs as much as sending it. It is safe for concurrent use.
type standby struct {
	pacer *openPacer
	// newAlarm returns an alarm under the pacer's context.
	newAlarm func() *alarm.Alarm
	// crowded, unless nil, reports whether many requests wait for a slot; if so, it first waits until fewer do.
	// waiting then reports whether any does.
	crowded, waiting func() bool
	// drained ends when no more requests are sent: what is handed over then fails at once.
	drained context.Context
	// late, unless nil, is called when a worker was woken more than lateBy after its request was to be sent.
	late func()
	// held are the times for which requests were not handed over because others waited for a slot, or
	// because the drain had ended.
	held holds

	mu sync.Mutex
	// room is signaled when no more than half of mostStandby wait.
	room   sync.Cond
	early  int            // workers that wait, or are to
	alarms []*alarm.Alarm // not in use
}

// newStandby returns the standby of an open load. The caller must close it, after the last request.
func newStandby(p *openPacer, newAlarm func() *alarm.Alarm) *standby {
	s := &standby{pacer: p, newAlarm: newAlarm}
	s.room.L = &s.mu
	return s
}

func (s *standby) close() {
	for _, a := range s.alarms {
		a.Close()
	}
}

// next returns the next request, for a worker to wait with, or stops the attack. It returns once one more
// worker may wait.
func (s *standby) next() (*request, bool) {
	s.occupy()
	s.hold()
	r, ok := s.pacer.queue.Take()
	if !ok {
		return nil, false
	}
	r.held = s.heldSince(s.pacer.start.Add(r.Due))
	if by, over := s.pacer.over(time.Now().Add(-r.held)); over {
		s.pacer.abandon(r, by)
		return nil, false
	}
	s.pacer.last = together(s.pacer.start.Add(r.Due), s.pacer.last)
	r.sendAt = s.pacer.last
	return r, true
}

// mostCrowd is how many requests wait for a slot with a worker each. Further ones stay in the
// schedule, because each worker takes some 10 KiB; their wait counts as slot wait all the same.
const mostCrowd = 1024

// holdCrowds makes a standby hold requests back while many wait for a slot. An answer from the client's
// cache needs no slot, and so with a cache nothing is held back.
func (a *Arm) holdCrowds(s *standby, drained context.Context) {
	if a.Client.Cache.Entries == 0 {
		s.crowded, s.waiting, s.drained = func() bool { return a.client.Crowded(mostCrowd) }, a.client.Waiting, drained
	}
}

// hold waits while too many requests wait for a slot.
func (s *standby) hold() {
	if s.crowded == nil {
		return
	}
	began := time.Now()
	if s.crowded() {
		s.held.add(began, time.Now())
	}
	// As a run ends, what waits for a slot is cut off, and so the gate may no longer be crowded.
	if s.pacer.ctx.Err() != nil {
		s.pacer.stop(time.Now())
	}
}

// heldSince returns for how long a request that was due at a moment was held back. If it was due
// before the last period ended and others still wait for a slot before it, that period continues:
// the request waits for them, not for the generator. The same holds once the drain has ended.
func (s *standby) heldSince(due time.Time) time.Duration {
	if s.held.reach(due) && (s.waiting() || s.drained.Err() != nil) {
		s.held.extend(time.Now())
	}
	return s.held.since(due)
}

// holds are periods that do not overlap, in order.
type holds struct {
	periods []period
	// total is how long they are together.
	total time.Duration
}

type period struct{ from, to time.Time }

func (h *holds) add(from, to time.Time) {
	h.periods = append(h.periods, period{from, to})
	h.total += to.Sub(from)
}

// reach reports whether the last period ended after a moment.
func (h *holds) reach(moment time.Time) bool {
	return len(h.periods) > 0 && h.periods[len(h.periods)-1].to.After(moment)
}

// extend makes the last period, of which there must be one, end at a later time.
func (h *holds) extend(to time.Time) {
	last := &h.periods[len(h.periods)-1]
	h.total += to.Sub(last.to)
	last.to = to
}

// since returns how much of the periods is after a moment. Moments of later calls must not be earlier.
func (h *holds) since(moment time.Time) time.Duration {
	for len(h.periods) > 0 && !h.periods[0].to.After(moment) {
		h.total -= h.periods[0].to.Sub(h.periods[0].from)
		h.periods = h.periods[1:]
	}
	if len(h.periods) == 0 {
		return 0
	}
	return h.total - max(moment.Sub(h.periods[0].from), 0)
}

// together returns when to send a request that is due at a time. The request before it is sent at last;
// shortestSleep says which are sent together.
func together(due, last time.Time) time.Time {
	switch least := last.Add(shortestSleep); {
	case due.Before(last):
		return last
	case due.After(last) && due.Before(least):
		return least
	}
	return due
}

// occupy counts one more waiting worker. At mostStandby it first waits until half of them have gone.
func (s *standby) occupy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.early >= mostStandby {
		for s.early > mostStandby/2 {
			s.room.Wait()
		}
	}
	s.early++
}

// wait waits until a request is to be sent. It returns false if it is not sent after all.
func (s *standby) wait(r *request) bool {
	var a *alarm.Alarm
	if time.Now().Before(r.sendAt) {
		if a = s.idleAlarm(); !a.Wait(r.sendAt) {
			s.pacer.stop(time.Now())
		}
	}
	s.leave(a)
	now := time.Now()
	if s.late != nil && now.Sub(r.sendAt)-r.held > lateBy {
		s.late()
	}
	by, over := s.pacer.over(now.Add(-r.held))
	if over {
		s.pacer.leaveOut(r, by)
	}
	return !over
}

// idleAlarm returns an alarm that nobody waits for.
func (s *standby) idleAlarm() *alarm.Alarm {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.alarms) - 1
	if last < 0 {
		return s.newAlarm()
	}
	a := s.alarms[last]
	s.alarms = s.alarms[:last]
	return a
}

// leave notes that a worker waits no longer, for an alarm unless it is nil.
func (s *standby) leave(a *alarm.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a != nil {
		s.alarms = append(s.alarms, a)
	}
	if s.early--; s.early == mostStandby/2 {
		s.room.Signal()
	}
}
