package attack

import (
	"strconv"
	"testing"
	"time"

	"weighbridge/bench/attack/attempts"
	"weighbridge/bench/attack/outages"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/target"
	"weighbridge/target/limits"
	"weighbridge/target/transport"
)

var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newTally() *tally {
	return &tally{start: zero, began: zero, overTime: &record.Series{}, slices: map[int]*record.Slice{}, make: func(int) *record.Slice {
		return newSlice(0, time.Second)
	}}
}

// settled returns the slices of a tally.
func settled(t *tally) map[int]*record.Slice {
	t.settle()
	return t.slices
}

// answered is a hit of prompts due at the given times. Its batch is complete when the last
// is due, is picked up 1 ms later and answered at end.
func answered(end time.Duration, o target.Outcome, due ...time.Duration) hit {
	r := &request{Batch: schedule.Batch{Due: due[len(due)-1]}}
	for _, at := range due {
		r.Prompts = append(r.Prompts, schedule.Prompt{Due: at, Block: int(at / time.Second)})
	}
	r.pickedUp = zero.Add(r.Due + time.Millisecond)
	r.exchange = &exchange{
		Outcome: o, End: zero.Add(end), Service: 20 * time.Millisecond, Parts: transport.Parts{SlotWait: 3 * time.Millisecond},
		Attempts: []transport.Attempt{{
			ID: 1, Status: 200, Service: 20 * time.Millisecond,
			Timings: []transport.Timing{{Name: "total", Duration: 18 * time.Millisecond}, {Name: "auth", Duration: time.Millisecond}},
		}},
	}
	return r
}

func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if (got - want).Abs() > want/1000+time.Microsecond {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestOpenLatencyCountsFromWhenThePromptWasDue(t *testing.T) {
	tl := newTally()
	tl.addOpen(answered(100*time.Millisecond, target.Outcome{}, 10*time.Millisecond, 40*time.Millisecond))
	s := settled(tl)[0]
	if s.Due != 2 || s.Answered != 2 || s.Requests != 1 || s.Attempts != 1 || s.InWindow != 2 {
		t.Fatalf("wrong counts: %+v", s)
	}
	near(t, "the first prompt's response", s.Response.Max(), 90*time.Millisecond)
	near(t, "the second prompt's response", s.Response.Quantile(0.5), 60*time.Millisecond)
	near(t, "the first prompt's wait for its batch", s.Fill.Max(), 30*time.Millisecond)
	near(t, "send lag", s.SendLag.Max(), time.Millisecond)
	near(t, "slot wait", s.SlotWait.Max(), 3*time.Millisecond)
	near(t, "service", s.Service.Max(), 20*time.Millisecond)
	near(t, "latency error", s.LatencyError.Max(), 2*time.Millisecond)
	if s.Server["auth"] != (record.Sum{Count: 1, TotalMS: 1}) {
		t.Errorf("server auth time is %+v", s.Server["auth"])
	}
}

func TestNumberOfServerTimingNamesIsBounded(t *testing.T) {
	tl := newTally()
	for i := range 1000 {
		h := answered(100*time.Millisecond, target.Outcome{}, 0)
		h.exchange.Attempts[0].Timings = append(h.exchange.Attempts[0].Timings, transport.Timing{Name: strconv.Itoa(i), Duration: time.Millisecond})
		tl.addOpen(h)
	}
	s := settled(tl)[0]
	for what, kept := range map[string]map[string]record.Sum{"slice": s.Server, "parts": s.Parts.Server} {
		if n := len(kept); n > 40 || kept["total"].Count != 1000 || kept["other"].Count < 900 {
			t.Errorf("%s: %d names are kept, the other is %+v", what, n, kept["other"])
		}
	}
}

func TestPartlyFailedBatchIsCountedByPrompt(t *testing.T) {
	tl := newTally()
	half := target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{0}}
	tl.addOpen(answered(100*time.Millisecond, half, 10*time.Millisecond, 40*time.Millisecond))
	s := settled(tl)[0]
	if s.Due != 2 || s.Answered != 1 || s.Failed != 1 || s.Errors["server"] != 1 {
		t.Fatalf("wrong counts: %+v", s)
	}
	near(t, "the answered prompt's response", s.Response.Max(), 60*time.Millisecond)
	near(t, "the failed prompt's", s.FailedAfter.Max(), 90*time.Millisecond)
	if s.Service.Count() != 1 {
		t.Error("a partly answered request has no service latency")
	}
}

// A prompt that the harness ended is counted, and in no histogram of latencies.
func TestOwnPromptsAreCountedApart(t *testing.T) {
	for _, class := range []target.Class{target.CutOff, target.Generator} {
		tl := newTally()
		tl.addOpen(answered(100*time.Millisecond, target.Outcome{Class: class, Failed: 2}, 0, 0))
		tl.addClosed(answered(100*time.Millisecond, target.Outcome{Class: class, Failed: 1}, 0), zero, zero.Add(time.Second))
		s := settled(tl)[0]
		if s.Due != 3 || s.Failed != 3 || s.CutOff+s.Generator != 3 || (class == target.CutOff) != (s.CutOff == 3) || s.Errors[string(class)] != 2 {
			t.Errorf("%s: wrong counts: %+v", class, s)
		}
		for _, h := range []*record.Hist{s.Response, s.Service, s.FailedAfter, s.SlotWait} {
			if h.Count() > 0 {
				t.Errorf("%s: a latency was recorded", class)
			}
		}
		if p := tl.overTime.Points[0]; p.Due != 2 || p.Failed != 2 || p.Own != 2 {
			t.Errorf("%s: over time %+v", class, p)
		}
		if failed, due := s.Charged(); failed != 0 || due != 0 {
			t.Errorf("%s: %d failed of %d due are charged to the target", class, failed, due)
		}
	}
}

func TestFailedRequestHasNoServiceLatency(t *testing.T) {
	tl := newTally()
	tl.addOpen(answered(100*time.Millisecond, target.Outcome{Class: target.Timeout, Failed: 1}, 0))
	s := settled(tl)[0]
	if s.Failed != 1 || s.Answered != 0 || s.Service.Count() != 0 || s.Response.Count() != 0 {
		t.Errorf("wrong counts: %+v", s)
	}
}

func TestPromptBelongsToTheBlockItWasDueIn(t *testing.T) {
	tl := newTally()
	tl.addOpen(answered(1200*time.Millisecond, target.Outcome{}, 990*time.Millisecond, 1010*time.Millisecond))
	if settled(tl)[0].Due != 1 || settled(tl)[1].Due != 1 {
		t.Errorf("blocks hold %d and %d prompts, want one each", settled(tl)[0].Due, settled(tl)[1].Due)
	}
	if settled(tl)[0].Requests != 1 || settled(tl)[1].Requests != 0 {
		t.Error("a request belongs to the block of its first prompt")
	}
}

func TestOutputTokensAreCountedByPrompt(t *testing.T) {
	tl := newTally()
	batch := target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{1}, OutputTokens: 50, OutputByPrompt: []uint64{20, 0, 30}}
	tl.addOpen(answered(1200*time.Millisecond, batch, 980*time.Millisecond, 990*time.Millisecond, 1010*time.Millisecond))
	tl.addOpen(answered(1200*time.Millisecond, target.Outcome{}, time.Second)) // reports no usage
	tl.addOpen(answered(1200*time.Millisecond, target.Outcome{OutputByPrompt: []uint64{0}}, time.Second))
	for block, want := range []record.Slice{
		{InWindow: 1, UsageInWindow: 1, OutputInWindow: 20},
		{InWindow: 3, UsageInWindow: 2, OutputInWindow: 30},
	} {
		s := settled(tl)[block]
		if s.InWindow != want.InWindow || s.UsageInWindow != want.UsageInWindow || s.OutputInWindow != want.OutputInWindow {
			t.Errorf("block %d: %d prompts, of which %d billed %d output tokens; want %d, %d and %d", block,
				s.InWindow, s.UsageInWindow, s.OutputInWindow, want.InWindow, want.UsageInWindow, want.OutputInWindow)
		}
	}
}

// The closed slice has a lead-in of 100 ms and lasts 400 ms.
func TestClosedCountsPromptsThatEndInsideTheWindow(t *testing.T) {
	from, until := zero.Add(100*time.Millisecond), zero.Add(500*time.Millisecond)
	for _, c := range []struct {
		name                          string
		pickedUp, end                 time.Duration
		due, answered, inWindow, fail uint64
		failed                        bool
	}{
		{"inside", 200, 300, 1, 1, 1, 0, false},
		{"picked up in the lead-in, ended inside", 90, 150, 0, 0, 1, 0, false},
		{"ended in the lead-in", 10, 50, 0, 0, 0, 0, false},
		{"ended after the window", 450, 550, 1, 1, 0, 0, false},
		{"picked up after the end", 501, 550, 0, 0, 0, 0, false},
		{"failed inside", 200, 300, 1, 0, 0, 1, true},
		{"picked up in the lead-in, failed inside", 90, 150, 0, 0, 0, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := newTally()
			o := target.Outcome{OutputByPrompt: []uint64{7}}
			if c.failed {
				o = target.Outcome{Class: target.Server, Failed: 1}
			}
			h := answered(c.end*time.Millisecond, o, 0)
			h.pickedUp = zero.Add(c.pickedUp * time.Millisecond)
			tl.addClosed(h, from, until)
			s := settled(tl)[0]
			if s.Due != c.due || s.Answered != c.answered || s.InWindow != c.inWindow || s.Failed != c.fail {
				t.Errorf("due %d, answered %d, in window %d, failed %d; want %d, %d, %d, %d",
					s.Due, s.Answered, s.InWindow, s.Failed, c.due, c.answered, c.inWindow, c.fail)
			}
			if cut := tl.addClosed(cutOff(h), from, until); !cut || s.Due != c.due+1 || s.CutOff != 1 {
				t.Errorf("cut off, it is one of %d due, %d cut off; want it to count", s.Due, s.CutOff)
			}
			if s.UsageInWindow != s.InWindow || s.OutputInWindow != 7*s.InWindow {
				t.Errorf("%d output tokens of %d prompts in the window, %d with usage", s.OutputInWindow, s.InWindow, s.UsageInWindow)
			}
			if s.Answered == 1 {
				near(t, "response", s.Response.Max(), (c.end-c.pickedUp)*time.Millisecond)
			}
		})
	}
}

// cutOff is the same hit, cut off.
func cutOff(h hit) hit {
	r, x := *h, *h.exchange
	x.Outcome = target.Outcome{Class: target.CutOff, Failed: len(h.Prompts)}
	r.exchange = &x
	return &r
}

// The closed slice has a lead-in of 100 ms and lasts 400 ms.
func TestTurnsAreCoveredByTheirShareOfTheSlice(t *testing.T) {
	from, until := zero.Add(100*time.Millisecond), zero.Add(500*time.Millisecond)
	for _, c := range []struct {
		name                 string
		pickedUp, end, think time.Duration
		outcome              target.Outcome
		covered              float64
	}{
		{"inside", 200, 300, 0, target.Outcome{}, 2},
		{"a quarter before", 80, 160, 0, target.Outcome{}, 1.5},
		{"half after", 450, 550, 0, target.Outcome{}, 1},
		{"longer than the slice", 0, 600, 200, target.Outcome{}, 1},
		{"thinking after it", 450, 460, 90, target.Outcome{}, 1},
		{"before", 10, 90, 0, target.Outcome{}, 0},
		{"half failed", 200, 300, 0, target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{0}}, 1},
		{"failed", 200, 300, 0, target.Outcome{Class: target.Server, Failed: 2}, 0},
		{"in no time", 200, 200, 0, target.Outcome{}, 0},
	} {
		tl := newTally()
		h := answered(c.end*time.Millisecond, c.outcome, 0, 0)
		h.pickedUp, h.think = zero.Add(c.pickedUp*time.Millisecond), c.think*time.Millisecond
		tl.addTurn(h, from, until)
		tl.addTurn(cutOff(h), from, until)
		turn := record.Sum{Count: 1, TotalMS: float64(c.end - c.pickedUp + c.think)}
		if s := settled(tl)[0]; s.Covered != c.covered || s.Turns != turn {
			t.Errorf("%s: %v prompts covered of turns %+v, want %v of %+v", c.name, s.Covered, s.Turns, c.covered, turn)
		}
	}
}

func ms(values ...int) []time.Duration {
	var out []time.Duration
	for _, v := range values {
		out = append(out, time.Duration(v)*time.Millisecond)
	}
	return out
}

func TestLimitsAreNamedInTheTotals(t *testing.T) {
	a := &Arm{log: attempts.NewLog()}
	for i := range 20 {
		a.addLimit("no file left (ulimit -n 64)")
		a.addLimit(strconv.Itoa(i))
	}
	if a.limits["no file left (ulimit -n 64)"] != 20 || a.limits["other"] != 13 || len(a.limits) != 9 {
		t.Errorf("limits are %v", a.limits)
	}
}

// What rate limits held back to the end was never sent; what they held back for a while has that in its
// response latency.
func TestHeldBackPrompts(t *testing.T) {
	tl := newTally()
	sent := answered(100*time.Millisecond, target.Outcome{}, 0)
	sent.exchange.Paced, sent.exchange.HeldBy, sent.exchange.LimitWait = true, "a", 40*time.Millisecond
	first := answered(100*time.Millisecond, target.Outcome{}, 0)
	first.exchange.Paced, first.exchange.HeldBy, first.exchange.LimitWait = true, limits.FirstAnswer, 5*time.Millisecond
	held := answered(time.Second, target.Outcome{Class: target.CutOff, Failed: 2}, 0, 0)
	held.exchange.Attempts, held.exchange.Paced, held.exchange.HeldBack, held.exchange.HeldBy, held.exchange.LimitWait = nil, true, true, "a", time.Second
	for _, h := range []hit{sent, first, held} {
		tl.addOpen(h)
	}
	s := settled(tl)[0]
	if s.Due != 4 || s.Answered != 2 || s.NeverSent != 2 || s.HeldBack != 2 || s.Failed+s.CutOff > 0 || len(s.Errors) > 0 {
		t.Errorf("%+v", s)
	}
	if s.HeldBy["a"] != 3 || len(s.HeldBy) != 1 || s.LimitWait.Count() != 4 || s.Parts.LimitWait.Count != 2 {
		t.Errorf("held by %v, %d waits, %+v", s.HeldBy, s.LimitWait.Count(), s.Parts.LimitWait)
	}
	if tl.untilCutOff(0) != 0 {
		t.Error("a block with prompts that were held back to the end counts as complete in a run that was stopped")
	}
	if held.exchange.End = zero.Add(200 * time.Millisecond); tl.addClosed(held, zero, zero.Add(time.Second)) {
		t.Error("a request of closed load that was not sent is counted")
	}
}

// An outage of a second, seen by requests that are tried again, is found in the slice in which it began.
func TestOutagesOfAnOpenSlice(t *testing.T) {
	tl := newTally()
	tl.outages, tl.budgeted = &outages.Log{}, true
	const down, up = 500 * time.Millisecond, 1500 * time.Millisecond
	for due := time.Duration(0); due < 3*time.Second; due += 10 * time.Millisecond {
		end := due + 5*time.Millisecond
		h := answered(end, target.Outcome{}, due)
		h.exchange.Attempts[0].Ended = zero.Add(end)
		h.exchange.Allowed = 7
		if due >= down && due < up { // refused, and answered at the second attempt
			refused := h.exchange.Attempts[0]
			refused.Status = 429
			last := transport.Attempt{ID: 2, Status: 200, Ended: zero.Add(due + 1205*time.Millisecond)}
			h.exchange.Attempts, h.exchange.End = []transport.Attempt{refused, last}, last.Ended
		}
		tl.addOpen(h)
	}
	tl.outages.AddTo(tl.slice, 3, time.Second)
	want := record.Outages{Lasted: record.Sum{Count: 1, TotalMS: 1000}, Recovery: record.Sum{Count: 1, TotalMS: 1190}}
	if got := tl.slices[0].Outages; got == nil || *got != want || tl.slices[1].Outages != nil || tl.slices[2].Outages != nil {
		t.Errorf("the outages are %+v, %+v and %+v", got, tl.slices[1].Outages, tl.slices[2].Outages)
	}
	if n := tl.slices[0].RetriesRefused; n == nil || *n != 0 {
		t.Errorf("with a budget of retries that refused none, the record has %v", n)
	}
	if got := tl.slices[0].Allowed; got == nil || *got != (record.Allowed{Requests: 100, Total: 700, Least: 7, Most: 7}) {
		t.Errorf("allowed are %+v", got)
	}
}

// A prompt that the harness ended leaves open whether its outage was recovered from.
func TestOutageWithAPromptThatWasCutOff(t *testing.T) {
	tl := newTally()
	tl.outages = &outages.Log{}
	for due := time.Duration(0); due < time.Second; due += 10 * time.Millisecond {
		o := target.Outcome{}
		if due >= 300*time.Millisecond && due < 500*time.Millisecond {
			o = target.Outcome{Class: target.Server, Failed: 1}
		}
		if due == 400*time.Millisecond {
			o.Class = target.CutOff
		}
		h := answered(due+5*time.Millisecond, o, due)
		h.exchange.Attempts[0].Ended = h.exchange.End
		tl.addOpen(h)
	}
	tl.outages.AddTo(tl.slice, 1, time.Second)
	if got := tl.slices[0].Outages; got == nil || got.Open != 1 || got.Lasted.Count != 1 || got.Recovery.Count != 0 {
		t.Errorf("the outages are %+v", got)
	}
	if tl.slices[0].RetriesRefused != nil || tl.slices[0].Allowed != nil {
		t.Errorf("without a budget and a limit: %v, %v", tl.slices[0].RetriesRefused, tl.slices[0].Allowed)
	}
}
