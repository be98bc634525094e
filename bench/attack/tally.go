package attack

import (
	"cmp"
	"math"
	"net/http"
	"time"

	"weighbridge/bench/attack/growth"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/attack/outages"
	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/cache"
	"weighbridge/target/limits"
	"weighbridge/target/transport"
)

// tally counts the outcomes of an attack's prompts, by the block in which they were due.
type tally struct {
	start  time.Time // of the attack: offset 0 of its schedule
	slices map[int]*record.Slice
	make   func(block int) *record.Slice
	// counted holds the slices that are not complete yet, and last is the one most recently added to.
	counted   map[int]*counting
	last      *counting
	lastBlock int
	// growth, unless nil, follows by block how the latencies of each open slice grow, and probe those of a probe.
	growth map[int]*growth.Slice
	probe  *growth.Probe
	// available, unless nil, follows by block when prompts were answered.
	available  map[int]*outages.Availability
	objectives scenarios.Objectives
	// budgeted says that retries have a budget.
	budgeted bool
	// overTime counts the prompts of open slices by when they were due, since began.
	overTime *record.Series
	began    time.Time
	// limits is what remained of the server's rate limits over time; nil in a probe.
	limits *ratelimit.Series
	// refused are the blocks in which the budget was reached, or rate limits held prompts back to the
	// end.
	refused map[int]bool
	// live counts for readers while the run is on; it may be nil.
	live *live.Counts
	// outages, unless nil, follows when the server answered, in an open load.
	outages *outages.Log
	// responses, unless nil, says when there were responses, in an open load.
	responses *responses
}

// newTally returns the tally of a measured load that starts at start. slice makes the slice of a block.
func (a *Arm) newTally(start time.Time, slice func(block int) *record.Slice) *tally {
	return &tally{
		start: start, began: a.began, slices: map[int]*record.Slice{}, make: slice,
		live: &a.counts.Live, limits: &a.limitsOverTime, objectives: a.Objectives, budgeted: a.budgeted(),
	}
}

// newSlice returns an empty slice.
func newSlice(start, duration time.Duration) *record.Slice {
	return record.NewSlice(record.Milliseconds(start), record.Milliseconds(duration))
}

// budgeted reports whether the arm's retries have a budget.
func (a *Arm) budgeted() bool {
	return a.Client.Retry.Policy != target.RetryNone && a.Client.Retry.Budget.Share > 0
}

func (t *tally) slice(block int) *record.Slice {
	s := t.slices[block]
	if s == nil {
		s = t.make(block)
		t.slices[block] = s
	}
	return s
}

// unsent notes whether the budget refused an attempt of a hit, or rate limits held it back to the
// end. It reports whether none was sent.
func (t *tally) unsent(h hit) bool {
	if !h.exchange.OverBudget && !h.exchange.HeldBack {
		return false
	}
	if t.refused == nil {
		t.refused = map[int]bool{}
	}
	for _, item := range h.Prompts {
		t.refused[item.Block] = true
	}
	return len(h.exchange.Attempts) == 0
}

// addOpen counts a hit of an open slice. Latencies count from when each prompt was due.
func (t *tally) addOpen(h hit) {
	t.addConversation(h)
	if t.unsent(h) {
		for _, item := range h.Prompts {
			t.addNeverSent(item.Block, 1)
			if h.exchange.HeldBack {
				t.slice(item.Block).HeldBack++
				t.slice(item.Block).AddLimitWait(h.exchange.LimitWait, heldBy(h.exchange))
			}
			t.overTime.Add(t.start.Add(item.Due).Sub(t.began), record.Point{Due: 1})
		}
		return
	}
	// As offsets, because arithmetic with times takes longer.
	sinceBegan, ended, sendLag := t.start.Sub(t.began), h.exchange.End.Sub(t.start), h.pickedUp.Sub(t.start)-h.Due
	t.addRequest(t.counting(h.Prompts[0].Block), h, sendLag)
	t.live.Lagged(sendLag)
	fails := failuresOf(h)
	t.outages.AddAttempts(h.exchange, t.start)
	t.responses.add(h)
	for i := range h.Prompts {
		item := &h.Prompts[i]
		c := t.counting(item.Block)
		s, failed := c.Slice, fails.at(i)
		t.outages.AddPrompt(h.exchange, item.Due, ended, failed, t.objectives.Response)
		fill, response := h.Due-item.Due, ended-item.Due
		s.Fill.Record(fill)
		addPrompt(s, response, failed, h.exchange.Outcome.Class)
		t.live.Ended(response, failed, h.exchange.Outcome.Class)
		if !failed || !h.exchange.Outcome.Class.Own() {
			t.available[item.Block].Add(item.Due, failed)
		}
		if !failed {
			addInWindow(s, h, i)
			due := t.start.Add(item.Due)
			t.addGood(s, h.exchange, due)
			addRemarks(s, &h.exchange.Outcome)
			addCaches(s, h.exchange, response, i == 0)
			c.addParts(h.exchange, response, fill, sendLag)
			t.addStreamTimes(s, h.exchange, due)
			t.addTurnTimes(h, due)
			if item.Turn() <= 1 { // later turns wait for answers, and take longer the later they are
				c.growth.Answered(item.Due, ended)
			}
		} else {
			c.growth.Failed(h.exchange.Outcome.Class)
		}
		t.addOverTime(sinceBegan+item.Due, response, failed, h.exchange)
		t.probe.Add(item.Due, ended, !failed)
	}
}

// addOverTime counts what became of a prompt in the step in which it was due, at an offset of the run.
func (t *tally) addOverTime(due, response time.Duration, failed bool, x *exchange) {
	o := &x.Outcome
	if failed {
		t.overTime.AddFailed(due, string(o.Class), x.Status, o.Class.Own())
		return
	}
	ttft := time.Duration(-1)
	if began, known := began(x); known {
		ttft = began.Sub(t.began) - due
	}
	t.overTime.AddAnswered(due, response, ttft)
}

// addClosed counts a hit of a closed slice, whose prompts are due when a worker picks
// them up. A hit that was picked up in the lead-in counts only for TPS, and counted is false,
// unless it was cut off: then it was open all the time.
func (t *tally) addClosed(h hit, from, until time.Time) (counted bool) {
	t.addConversation(h)
	if t.unsent(h) {
		return false
	}
	c := t.counting(h.Prompts[0].Block)
	s := c.Slice
	counted = !h.pickedUp.Before(from) && h.pickedUp.Before(until) || h.exchange.Outcome.Class == target.CutOff
	inWindow := !h.exchange.End.Before(from) && h.exchange.End.Before(until)
	if counted {
		t.addRequest(c, h, 0)
	}
	fails := failuresOf(h)
	for i := range h.Prompts {
		if counted {
			response := h.exchange.End.Sub(h.pickedUp)
			addPrompt(s, response, fails.at(i), h.exchange.Outcome.Class)
			t.live.BecameDue(1)
			t.live.Ended(response, fails.at(i), h.exchange.Outcome.Class)
		}
		if fails.at(i) {
			continue
		}
		if counted {
			addRemarks(s, &h.exchange.Outcome)
			addCaches(s, h.exchange, h.exchange.End.Sub(h.pickedUp), i == 0)
			t.addGood(s, h.exchange, h.pickedUp)
			c.addParts(h.exchange, h.exchange.End.Sub(h.pickedUp), 0, 0)
			t.addStreamTimes(s, h.exchange, h.pickedUp)
			t.addTurnTimes(h, h.pickedUp)
		}
		if inWindow {
			addInWindow(s, h, i)
		}
	}
	return counted
}

// addTurn counts a turn of a closed worker, unless it was cut off: a request and the think
// time after it.
func (t *tally) addTurn(h hit, from, until time.Time) {
	if h.exchange.Outcome.Class == target.CutOff || h.exchange.Outcome.Class == target.Budget {
		return
	}
	s, turn := t.slice(h.Prompts[0].Block), h.exchange.End.Sub(h.pickedUp)+h.think
	s.Turns.Add(turn)
	if turn <= 0 {
		return
	}
	begin, end := max(h.pickedUp.Sub(from), 0), min(h.pickedUp.Add(turn).Sub(from), until.Sub(from))
	answered := len(h.Prompts) - h.exchange.Outcome.Failed
	s.AddCovered(float64(answered) * float64(max(end-begin, 0)) / float64(turn))
}

// addPrompt counts a prompt of a request that ended with the class. If the harness ended the prompt itself,
// how long it lasted says nothing about the target, and is not recorded.
func addPrompt(s *record.Slice, response time.Duration, failed bool, class target.Class) {
	s.Due++
	if !failed {
		s.Answered++
		s.Response.Record(response)
		return
	}
	s.Failed++
	switch class {
	case target.CutOff:
		s.CutOff++
	case target.Generator:
		s.Generator++
	default:
		s.FailedAfter.Record(response)
	}
}

// untilCutOff returns how many blocks from first on come before the first one with a prompt
// that was cut off, or not sent.
func (t *tally) untilCutOff(first int) int {
	n := math.MaxInt
	for block, s := range t.slices {
		if s.CutOff > 0 || t.refused[block] {
			n = min(n, block-first)
		}
	}
	return n
}

// addInWindow counts the i-th prompt of a hit, which was answered, for TPS, and its
// output tokens if the answer reports them.
func addInWindow(s *record.Slice, h hit, i int) {
	s.InWindow++
	if output := h.exchange.Outcome.OutputByPrompt; output != nil {
		s.UsageInWindow++
		s.OutputInWindow += output[i]
	}
}

func addOne(counts *map[string]uint64, key string) {
	if *counts == nil {
		*counts = map[string]uint64{}
	}
	(*counts)[key]++
}

// addUsage counts the tokens that an answered request reports.
func addUsage(s *record.Slice, o *target.Outcome) {
	if s.Usage == nil {
		s.Usage = &record.Usage{}
	}
	s.Usage.Answers++
	if o.InputKnown {
		s.Usage.Input.Add(&o.InputTokens)
	}
	s.Usage.Cached.Add(o.CachedTokens)
	s.Usage.Reasoning.Add(o.ReasoningTokens)
}

// addRequest counts a request that was picked up sendLag after it was due.
func (t *tally) addRequest(c *counting, h hit, sendLag time.Duration) {
	s, x := c.Slice, h.exchange
	s.SendLag.Record(sendLag)
	if x.Cache.Source == cache.Client {
		return // no request was sent
	}
	s.Requests++
	if !x.Outcome.Class.Own() {
		s.SlotWait.Record(x.SlotWait)
		if x.Paced {
			s.AddLimitWait(x.LimitWait, heldBy(x))
		}
	}
	if x.Allowed > 0 {
		s.AddAllowed(x.Allowed)
	}
	if t.budgeted {
		s.AddRetryRefused(x.RetryRefused)
	}
	if x.Outcome.Class != target.Success {
		s.Errors[string(x.Outcome.Class)]++
	}
	if x.Outcome.Failed < len(h.Prompts) {
		s.Service.Record(x.Service)
		s.FirstByte.Record(x.FirstByte)
		if x.ReadLagKnown {
			s.AddReadLag(x.ReadLag)
		}
		addUsage(s, &x.Outcome)
		if asked := h.asked(); asked > 0 && x.Outcome.InputKnown && x.Cache.Source != cache.Edge { // which bills nothing
			s.Usage.Asked.Add(&asked)
		}
	}
	countCalls(t.live, x)
	regional.Count(&s.Regions, x.Attempts)
	for _, a := range x.Attempts {
		t.addLimits(s, a)
		s.Attempts += 1 + uint64(a.Replays)
		s.Replays += uint64(a.Replays)
		for _, timing := range a.Timings {
			c.reported(timing.Name).attempts.add(timing.Duration)
			if timing.Name == "total" {
				s.AddLatencyError(a.Service - timing.Duration)
			}
		}
	}
}

// heldBy is the record's name of the rate limit that held a request back; "" if none did.
func heldBy(x *exchange) string {
	switch x.HeldBy {
	case limits.FirstAnswer:
		return ""
	case limits.Refused:
		return ratelimit.RetryAfter
	}
	return x.HeldBy
}

// addLimits records what the answer to an attempt says about the server's rate limits, and which of them
// refused it.
func (t *tally) addLimits(s *record.Slice, a transport.Attempt) {
	at := record.Milliseconds(a.Heard.Sub(t.began))
	for _, l := range a.Limits {
		level := ratelimit.Level{AtMS: at, Limit: l.Limit, Remaining: l.Remaining}
		if l.Reset != nil {
			level.ResetMS = new(record.Milliseconds(*l.Reset))
		}
		s.RateLimits.Add(l.Name, level)
		if l.Remaining != nil && t.limits != nil {
			t.limits.Add(at, l.Name, *l.Remaining)
		}
	}
	if a.Status == http.StatusTooManyRequests {
		addOne(&s.Refused, cmp.Or(a.Refused, ratelimit.Unknown))
	}
}

// addNeverSent counts prompts that were due and not handed over.
func (t *tally) addNeverSent(block int, prompts uint64) {
	s := t.slice(block)
	s.Due += prompts
	s.NeverSent += prompts
	t.live.WereNotSent(prompts)
}

// packBefore packs the histograms of the blocks before the given one, to which nothing
// will be added, to free memory.
func (t *tally) packBefore(block int) {
	t.settle()
	for index, s := range t.slices {
		if index >= block {
			continue
		}
		s.Pack()
	}
}
