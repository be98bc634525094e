package machine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// validArm had 100 prompts, answered in 20 ms, sent 1 ms late.
func validArm() record.Arm {
	s := &record.Slice{Due: 100, Answered: 100}
	setLatencies(s, time.Millisecond, 20*time.Millisecond)
	return record.Arm{
		Name: "a=b", Blocks: []record.Block{{Complete: true, Open: s}},
		Load: record.Load{RequestedProtocol: "http/2"}, Ledger: &record.Ledger{Matches: true},
	}
}

func setLatencies(s *record.Slice, lag, response time.Duration) {
	s.SendLag, s.Response = recordtest.Hist(recordtest.Repeat(lag, 100)...), recordtest.Hist(recordtest.Repeat(response, 100)...)
}

// setReadLag sets the lag of most answers, of the slowest two in a hundred, and what they took.
func setReadLag(a *record.Arm, most, slowest, service time.Duration) {
	s := a.Blocks[0].Open
	s.ReadLag = recordtest.Hist(append(recordtest.Repeat(most, 98), slowest, slowest)...)
	s.Service = recordtest.Hist(recordtest.Repeat(service, 100)...)
}

func TestValidityOfArms(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*record.Arm)
		reason string
	}{
		{"nothing wrong", func(*record.Arm) {}, ""},
		{"late, but within 5 ms", func(a *record.Arm) { setLatencies(a.Blocks[0].Open, 4900*time.Microsecond, 20*time.Millisecond) }, ""},
		{"late", func(a *record.Arm) { setLatencies(a.Blocks[0].Open, 6*time.Millisecond, 20*time.Millisecond) }, "send lag p99"},
		{"two in a hundred late", func(a *record.Arm) {
			a.Blocks[0].Open.SendLag = recordtest.Hist(append(recordtest.Repeat(0, 98), 6*time.Millisecond, 6*time.Millisecond)...)
		}, "send lag p99 is 6ms, over 5ms"},
		{"one in a hundred late", func(a *record.Arm) {
			a.Blocks[0].Open.SendLag = recordtest.Hist(append(recordtest.Repeat(0, 99), 6*time.Millisecond)...)
		}, ""},
		{"late beside the 99th percentile of the response", func(a *record.Arm) {
			setLatencies(a.Blocks[0].Open, 6*time.Millisecond, 20*time.Millisecond)
			a.Blocks[0].Open.Response = recordtest.Hist(append(recordtest.Repeat(20*time.Millisecond, 99), time.Second)...)
		}, "10% of response p99 20ms"},
		{"late, but under 10% of the response", func(a *record.Arm) { setLatencies(a.Blocks[0].Open, 6*time.Millisecond, 100*time.Millisecond) }, ""},
		{"late beside the TTFT", func(a *record.Arm) {
			setLatencies(a.Blocks[0].Open, 60*time.Millisecond, time.Second)
			a.Blocks[0].Open.TTFT = recordtest.Hist(200 * time.Millisecond)
		}, "send lag p99 is 60ms, over 20ms (the larger of 5ms and 10% of TTFT p99 200ms)"},
		{"late, but under 10% of the TTFT", func(a *record.Arm) {
			setLatencies(a.Blocks[0].Open, 60*time.Millisecond, 5*time.Second)
			a.Blocks[0].Open.TTFT = recordtest.Hist(700 * time.Millisecond)
		}, ""},
		{"read late beside the first content", func(a *record.Arm) {
			setReadLag(a, 0, 60*time.Millisecond, 5*time.Second)
			a.Blocks[0].Open.FirstContent = recordtest.Hist(200 * time.Millisecond)
		}, "10% of first content p99"},
		{"read late, but within 5 ms", func(a *record.Arm) { setReadLag(a, 0, 4900*time.Microsecond, 20*time.Millisecond) }, ""},
		{"read late", func(a *record.Arm) { setReadLag(a, 0, 6*time.Millisecond, 20*time.Millisecond) }, "read lag p99 is 6ms, over 5ms (the larger of 5ms and 10% of service p99 20ms)"},
		{"read late, but under 10% of the service", func(a *record.Arm) { setReadLag(a, 0, 6*time.Millisecond, 100*time.Millisecond) }, ""},
		{"all read a little late", func(a *record.Arm) { setReadLag(a, 2500*time.Microsecond, 2500*time.Microsecond, 20*time.Millisecond) }, "read lag p50 is 2.5ms, over 2ms (the larger of 1ms"},
		{"held back", func(a *record.Arm) { a.Blocks[0].Open.NeverSent, a.Blocks[0].Open.HeldBack = 2, 2 }, "under 99%; 2 were held back by rate limits to the end (load.respect_limits)"},
		{"not handed over", func(a *record.Arm) { a.Blocks[0].Open.NeverSent = 2 }, "98 of 100 prompts due were handed over, under 99%"},
		{"one in a hundred not handed over", func(a *record.Arm) { a.Blocks[0].Open.NeverSent = 1 }, ""},
		{"cut short by the user", func(a *record.Arm) { a.Blocks[0].Open.NeverSent, a.Blocks[0].Complete = 50, false }, ""},
		{"one in a hundred cut off", func(a *record.Arm) { a.Blocks[0].Open.CutOff = 1 }, ""},
		{"cut off", func(a *record.Arm) {
			a.Blocks[0].Open.CutOff, a.Load.DrainMS, a.Load.RequestedTimeoutMS = 2, 2000, 30_000
		}, "2 of 100 prompts were still open when the drain of 2s ended, over 1% of a slice: set load.drain to at least client.timeout (30s)"},
		{"cut off while waiting for a slot", func(a *record.Arm) {
			a.Blocks[0].Open.CutOff, a.Load.DrainMS, a.Load.RequestedTimeoutMS = 2, 30_000, 30_000
		}, "2 of 100 prompts were still open when the drain of 30s ended, over 1% of a slice: set load.drain higher, or offer less"},
		{"cut off under closed load, and less under open", func(a *record.Arm) {
			a.Blocks[0].Open.CutOff, a.Blocks[0].Closed = 2, &record.Slice{Due: 40, Failed: 12, CutOff: 12}
		}, "12 of 40 prompts under closed load were still open when the drain ended, over 1% of a slice"},
		{"cut off under closed load by the user", func(a *record.Arm) {
			a.Blocks[0].Closed, a.Blocks[0].Complete = &record.Slice{Due: 40, Failed: 12, CutOff: 12}, false
		}, ""},
		{"a batch cut off", func(a *record.Arm) {
			a.Blocks[0].Batch, a.Load.BatchWaitMS = &record.Slice{Due: 40, Failed: 12, CutOff: 12}, 60_000
		}, "12 of 40 prompts of a batch were canceled because it had not ended, over 1%: set load.batch.wait (1m0s) higher"},
		{"a batch cut off by the user", func(a *record.Arm) {
			a.Blocks[0].Batch, a.Blocks[0].Complete = &record.Slice{Due: 40, Failed: 12, CutOff: 12}, false
		}, ""},
		{"cut off by the user", func(a *record.Arm) { a.Blocks[0].Open.CutOff, a.Blocks[0].Complete = 50, false }, ""},
		{"cut off in a probe", func(a *record.Arm) {
			a.Capacity = &record.Capacity{Probes: []record.Probe{{RatePerS: 12.5, Due: 10, Failed: 1, CutOff: 1, Late: true}}}
		}, "1 of 10 prompts of the probe at 12.5/s were still open when the drain ended"},
		{"cut off in a probe that failed anyway", func(a *record.Arm) {
			a.Capacity = &record.Capacity{Probes: []record.Probe{{RatePerS: 12.5, Due: 10, Failed: 1, CutOff: 1}}}
		}, ""},
		{"not sent", func(a *record.Arm) {
			a.Blocks[0].Open.Generator, a.Totals.Limits = 1, map[string]uint64{"no port left": 1, "no file left (ulimit -n 64)": 4}
		}, "the generator could not send 1 of 100 prompts, over 0.1% of a slice: no file left (ulimit -n 64) (4), no port left (1)"},
		{"not sent, for one reason", func(a *record.Arm) {
			a.Blocks[0].Open.Generator, a.Totals.Limits = 1, map[string]uint64{"no port left": 4}
		}, "the generator could not send 1 of 100 prompts, over 0.1% of a slice: no port left"},
		{"one in a thousand not sent", func(a *record.Arm) { a.Blocks[0].Open.Due, a.Blocks[0].Open.Generator = 1000, 1 }, ""},
		{"not sent, for an unknown reason", func(a *record.Arm) { a.Blocks[0].Open.Generator = 1 }, "over 0.1% of a slice: it reached a limit of its own"},
		{"another protocol", func(a *record.Arm) { a.Totals.WrongProtocol = 3 }, "3 answers did not use http/2"},
		{"the ledger differs", func(a *record.Arm) { a.Ledger = &record.Ledger{Absent: 4} }, "4 on one side only"},
		{"the ledger is unread", func(a *record.Arm) { a.Ledger = &record.Ledger{Unread: "connection refused"} }, "the mock's ledger could not be read: connection refused"},
		{"no mock", func(a *record.Arm) { a.Ledger = nil }, ""},
		{"no open load", func(a *record.Arm) { a.Blocks[0].Open = nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := validArm()
			c.change(&a)
			reason := c.reason
			if reason != "" {
				reason = "a=b: " + reason
			}
			limits := (&record.Record{}).ValidityThresholds()
			limits.ReadLagMS, limits.ReadLagShare = 5, 0.1
			expectReason(t, &record.Record{Arms: []record.Arm{a}, Validity: &limits}, reason)
		})
	}
}

func TestValidityOfTheMachine(t *testing.T) {
	concurrent, sequential := record.Plan{Order: record.Concurrent}, record.Plan{Order: record.Sequential}
	for _, c := range []struct {
		name    string
		plan    record.Plan
		harness record.Harness
		reason  string
	}{
		{"nothing is known", concurrent, record.Harness{}, ""},
		{"a busy machine", concurrent, record.Harness{CPUShare: new(0.7)}, ""},
		{"a full machine", concurrent, record.Harness{CPUShare: new(0.712)}, "harness and mocks used 71.2% of the machine's CPU while arms ran at once, over 70%"},
		{"a full machine, arms in turn", sequential, record.Harness{CPUShare: new(0.9)}, ""},
		{"pauses", concurrent, record.Harness{Process: record.Process{GCPauseP99MS: new(9.0), GCStopP999MS: new(5.0)}}, ""},
		{"long pauses", sequential, record.Harness{Process: record.Process{GCStopP999MS: new(5.25)}}, "in 0.1% of all moments the garbage collector stopped the harness for 5.25 ms or longer, over 5ms"},
		{"many files", concurrent, record.Harness{Process: record.Process{FilesPeak: new(uint64(900)), FilesLimit: 1000}}, ""},
		{"too many files", concurrent, record.Harness{Process: record.Process{FilesPeak: new(uint64(901)), FilesLimit: 1000}}, "the harness had 901 files open, over 90% of its limit of 1000"},
		{"a mock that pauses", concurrent, record.Harness{Mocks: &record.Process{GCPauseP99MS: new(9.0), GCStopP999MS: new(5.0)}}, ""},
		{"a mock of long pauses", sequential, record.Harness{Mocks: &record.Process{GCStopP999MS: new(5.25)}}, "the garbage collector stopped the mock for 5.25 ms or longer, over 5ms"},
		{"a mock of many files", concurrent, record.Harness{Mocks: &record.Process{FilesPeak: new(uint64(900)), FilesLimit: 1000}}, ""},
		{"a mock of too many files", concurrent, record.Harness{Mocks: &record.Process{FilesPeak: new(uint64(901)), FilesLimit: 1000}}, "the mock had 901 files open, over 90% of its limit of 1000"},
		{"a clock that is set", concurrent, record.Harness{ClockStepMS: new(50.0)}, ""},
		{"a clock that is set back", concurrent, record.Harness{ClockStepMS: new(50.5)}, "the wall clock stepped by 50.5 ms, over 50ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expectReason(t, &record.Record{Plan: c.plan, Harness: c.harness, Arms: []record.Arm{validArm()}}, c.reason)
		})
	}
}

// Each of these runs exceeds one threshold of its record, and no default.
func TestRecordIsJudgedByItsOwnThresholds(t *testing.T) {
	for _, c := range []struct {
		set    func(*record.Validity)
		reason string
	}{
		{func(v *record.Validity) { v.SendLagMS, v.SendLagShare = 0.5, 0.01 }, "send lag p99 is 1ms, over 500µs (the larger of 500µs and 1% of response p99"},
		{func(v *record.Validity) { v.HandedOver = 1 }, "99 of 100 prompts due were handed over, under 100%"},
		{func(v *record.Validity) { v.CPU = 0.5 }, "over 50%"},
		{func(v *record.Validity) { v.GCPauseMS = 1 }, "over 1ms"},
		{func(v *record.Validity) { v.Files = 0.5 }, "over 50%"},
		{func(v *record.Validity) { v.ClockStepMS = 1 }, "over 1ms"},
	} {
		a := validArm()
		a.Blocks[0].Open.NeverSent = 1
		r := &record.Record{Plan: record.Plan{Order: record.Concurrent}, Arms: []record.Arm{a}, Harness: record.Harness{
			CPUShare: new(0.6), ClockStepMS: new(2.0),
			Process: record.Process{GCStopP999MS: new(2.0), FilesPeak: new(uint64(600)), FilesLimit: 1000},
		}}
		expectReason(t, r, "")
		v := r.ValidityThresholds()
		c.set(&v)
		r.Validity = &v
		expectReason(t, r, c.reason)
	}
}

// expectReason wants the one reason, or none where it is "".
func expectReason(t *testing.T, r *record.Record, reason string) {
	t.Helper()
	reasons := InvalidReasons(r)
	if reason == "" && len(reasons) == 0 {
		return
	}
	arms, ofArm := strings.CutPrefix(reason, "a=b: ")
	if reason == "" || len(reasons) != 1 || !strings.Contains(reasons[0], arms) || ofArm && !strings.HasPrefix(reasons[0], "a=b: ") {
		t.Errorf("%q, want %q", reasons, reason)
	}
}

// Records without thresholds are judged by the defaults of their time.
func TestOldRecordIsJudgedAsItWas(t *testing.T) {
	r, err := record.Read("../record/testdata/without-validity", nil)
	if err != nil {
		t.Fatal(err)
	}
	worded := func(reason string) string { before, _, _ := strings.Cut(reason, " is "); return before } // figures had more digits then
	if got := InvalidReasons(r); len(got) != 3 || !slices.EqualFunc(got, r.Invalid, func(a, b string) bool { return worded(a) == worded(b) }) {
		t.Errorf("%q, want %q", got, r.Invalid)
	}
}
