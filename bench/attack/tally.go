package attack

import (
	"time"

	"weighbridge/bench/record"
	"weighbridge/target"
)

// tally counts what became of an attack's prompts, by the block they were due in.
type tally struct {
	start  time.Time // of the attack: offset 0 of its schedule
	slices map[int]*record.Slice
	make   func(block int) *record.Slice
	// backlog is kept of a probe; else nil.
	backlog *backlog
	// overTime gets the prompts of open slices by when they were due after began.
	overTime *record.Series
	began    time.Time
}

// newSlice is an empty slice.
func newSlice(start, duration time.Duration) *record.Slice {
	return record.NewSlice(milliseconds(start), milliseconds(duration))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (t *tally) slice(block int) *record.Slice {
	s := t.slices[block]
	if s == nil {
		s = t.make(block)
		t.slices[block] = s
	}
	return s
}

// addOpen counts a hit of an open slice: latencies run from each prompt's due moment.
func (t *tally) addOpen(h hit) {
	t.addRequest(t.slice(h.Prompts[0].Block), h, t.start.Add(h.Due))
	failed := failures(h)
	for i, item := range h.Prompts {
		s := t.slice(item.Block)
		due := t.start.Add(item.Due)
		fill, response := h.Due-item.Due, h.exchange.End.Sub(due)
		s.Fill.Record(fill)
		addPrompt(s, response, failed(i))
		if !failed(i) {
			addInWindow(s, h, i)
			addParts(s.Parts, h, due, fill)
			addStream(s, h.exchange, due)
		}
		t.overTime.Add(due.Sub(t.began), point(response, failed(i)))
		t.backlog.add(item.Due, h.exchange.End.Sub(t.start))
	}
}

// point is one prompt of a series.
func point(response time.Duration, failed bool) record.Point {
	if failed {
		return record.Point{Due: 1, Failed: 1}
	}
	ms := milliseconds(response)
	return record.Point{Due: 1, Answered: 1, ResponseTotalMS: ms, ResponseMaxMS: ms}
}

// addClosed counts a hit of a closed slice, whose prompts are due when a worker
// picks them up. What was picked up in the lead-in counts only for TPS: it says so.
func (t *tally) addClosed(h hit, from, until time.Time) (counted bool) {
	s := t.slice(h.Prompts[0].Block)
	counted = !h.PickedUp.Before(from) && h.PickedUp.Before(until)
	inWindow := !h.exchange.End.Before(from) && h.exchange.End.Before(until)
	if counted {
		t.addRequest(s, h, h.PickedUp)
	}
	failed := failures(h)
	for i := range h.Prompts {
		if counted {
			addPrompt(s, h.exchange.End.Sub(h.PickedUp), failed(i))
		}
		if failed(i) {
			continue
		}
		if counted {
			addParts(s.Parts, h, h.PickedUp, 0)
			addStream(s, h.exchange, h.PickedUp)
		}
		if inWindow {
			addInWindow(s, h, i)
		}
	}
	return counted
}

// failures says which prompts of a hit failed.
func failures(h hit) func(i int) bool {
	o := h.exchange.Outcome
	if o.FailedAt == nil {
		return func(int) bool { return o.Class != target.Success }
	}
	at := make(map[int]bool, len(o.FailedAt))
	for _, i := range o.FailedAt {
		at[i] = true
	}
	return func(i int) bool { return at[i] }
}

func addPrompt(s *record.Slice, response time.Duration, failed bool) {
	s.Due++
	if failed {
		s.Failed++
		s.FailedAfter.Record(response)
		return
	}
	s.Answered++
	s.Response.Record(response)
}

// addInWindow counts the answered prompt i of a hit for TPS, and its output tokens
// where the answer reports them.
func addInWindow(s *record.Slice, h hit, i int) {
	s.InWindow++
	if output := h.exchange.Outcome.OutputByPrompt; output != nil {
		s.UsageInWindow++
		s.OutputInWindow += output[i]
	}
}

func (t *tally) addRequest(s *record.Slice, h hit, due time.Time) {
	x := h.exchange
	s.Requests++
	s.SendLag.Record(h.PickedUp.Sub(due))
	s.SlotWait.Record(x.SlotWait)
	if x.Outcome.Class != target.Success {
		s.Errors[string(x.Outcome.Class)]++
	}
	if x.Outcome.Failed < len(h.Prompts) {
		s.Service.Record(x.Service)
		s.FirstByte.Record(x.FirstByte)
	}
	for _, a := range x.Attempts {
		s.Attempts += 1 + uint64(a.Replays)
		for _, timing := range a.Timings {
			record.AddServer(s.Server, timing.Name, timing.Duration)
			if timing.Name == "total" {
				s.LatencyError.Record(a.Service - timing.Duration)
			}
		}
	}
}

// neverSent counts prompts that were due and not handed over.
func (t *tally) neverSent(block int, prompts uint64) {
	s := t.slice(block)
	s.Due += prompts
	s.NeverSent += prompts
}

// packBefore gives back the memory of the blocks before the one given, to whose
// histograms nothing will be added.
func (t *tally) packBefore(block int) {
	for index, s := range t.slices {
		if index >= block {
			continue
		}
		for _, h := range s.Hists() {
			(*h.Hist).Pack()
		}
	}
}
