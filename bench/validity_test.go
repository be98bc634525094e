package bench

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// arm is a valid one: 100 prompts, answered in 20 ms, sent 1 ms late.
func arm() record.Arm {
	s := &record.Slice{Due: 100, Answered: 100, SendLag: record.NewHist(), Response: record.NewHist()}
	for range 100 {
		s.SendLag.Record(time.Millisecond)
		s.Response.Record(20 * time.Millisecond)
	}
	return record.Arm{
		Name: "a=b", Blocks: []record.Block{{Complete: true, Open: s}},
		Load: record.Load{RequestedProtocol: "http/2"}, Ledger: &record.Ledger{Matches: true},
	}
}

func late(s *record.Slice, lag, response time.Duration) {
	s.SendLag, s.Response = record.NewHist(), record.NewHist()
	for range 100 {
		s.SendLag.Record(lag)
		s.Response.Record(response)
	}
}

func TestArmsAreValid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*record.Arm)
		reason string
	}{
		{"nothing wrong", func(*record.Arm) {}, ""},
		{"late, but within 5 ms", func(a *record.Arm) { late(a.Blocks[0].Open, 4900*time.Microsecond, 20*time.Millisecond) }, ""},
		{"late", func(a *record.Arm) { late(a.Blocks[0].Open, 6*time.Millisecond, 20*time.Millisecond) }, "send lag p99"},
		{"late, but small beside the response", func(a *record.Arm) { late(a.Blocks[0].Open, 6*time.Millisecond, 100*time.Millisecond) }, ""},
		{"not handed over", func(a *record.Arm) { a.Blocks[0].Open.NeverSent = 2 }, "98 of 100 prompts due were handed over, under 99%"},
		{"one in a hundred not handed over", func(a *record.Arm) { a.Blocks[0].Open.NeverSent = 1 }, ""},
		{"cut short by the user", func(a *record.Arm) { a.Blocks[0].Open.NeverSent, a.Blocks[0].Complete = 50, false }, ""},
		{"another protocol", func(a *record.Arm) { a.Totals.WrongProtocol = 3 }, "3 answers did not speak http/2"},
		{"the ledger differs", func(a *record.Arm) { a.Ledger = &record.Ledger{Absent: 4} }, "4 on one side only"},
		{"no mock", func(a *record.Arm) { a.Ledger = nil }, ""},
		{"no open load", func(a *record.Arm) { a.Blocks[0].Open = nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := arm()
			c.change(&a)
			reason := c.reason
			if reason != "" {
				reason = "a=b: " + reason
			}
			judged(t, &record.Record{Arms: []record.Arm{a}}, scenarios.Defaults().Validity, reason)
		})
	}
}

func TestMachineIsValid(t *testing.T) {
	concurrent, sequential := record.Plan{Order: scenarios.Concurrent}, record.Plan{Order: scenarios.Sequential}
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
		{"pauses", concurrent, record.Harness{GCPauseP99MS: new(9.0), GCStopP999MS: new(5.0)}, ""},
		{"long pauses", sequential, record.Harness{GCStopP999MS: new(5.25)}, "in 0.1% of all moments the garbage collector stopped the harness for 5.25 ms or longer, over 5ms"},
		{"many files", concurrent, record.Harness{FilesPeak: new(uint64(900)), FilesLimit: 1000}, ""},
		{"too many files", concurrent, record.Harness{FilesPeak: new(uint64(901)), FilesLimit: 1000}, "the harness had 901 files open, over 90% of its limit of 1000"},
		{"a mock that pauses", concurrent, record.Harness{Mocks: &record.Process{GCPauseP99MS: new(9.0), GCStopP999MS: new(5.0)}}, ""},
		{"a mock of long pauses", sequential, record.Harness{Mocks: &record.Process{GCStopP999MS: new(5.25)}}, "the garbage collector stopped the mock for 5.25 ms or longer, over 5ms"},
		{"a mock of many files", concurrent, record.Harness{Mocks: &record.Process{FilesPeak: new(uint64(900)), FilesLimit: 1000}}, ""},
		{"a mock of too many files", concurrent, record.Harness{Mocks: &record.Process{FilesPeak: new(uint64(901)), FilesLimit: 1000}}, "the mock had 901 files open, over 90% of its limit of 1000"},
		{"a clock that is set", concurrent, record.Harness{ClockStepMS: new(50.0)}, ""},
		{"a clock that is set back", concurrent, record.Harness{ClockStepMS: new(50.5)}, "the wall clock stepped by 50.5 ms, over 50ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			judged(t, &record.Record{Plan: c.plan, Harness: c.harness, Arms: []record.Arm{arm()}}, scenarios.Defaults().Validity, c.reason)
		})
	}
}

// Every threshold is the scenario's to set: each of these runs is past one of them
// and within the defaults.
func TestThresholdsAreSettable(t *testing.T) {
	for set, reason := range map[string]string{
		"validity={send_lag: 500us, send_lag_share: 0.01}": "send lag p99",
		"validity.handed_over=1":                           "99 of 100 prompts due were handed over, under 100%",
		"validity.cpu=0.5":                                 "over 50%",
		"validity.gc_pause=1ms":                            "over 1ms",
		"validity.files=0.5":                               "over 50%",
		"validity.clock_step=1ms":                          "over 1ms",
	} {
		s, err := scenarios.Parse("v.yaml", []byte("name: v\ntarget: {dialect: article}\n"), scenarios.Changes{Set: []string{set}})
		if err != nil {
			t.Fatal(err)
		}
		a := arm()
		a.Blocks[0].Open.NeverSent = 1
		r := &record.Record{Plan: record.Plan{Order: scenarios.Concurrent}, Arms: []record.Arm{a}, Harness: record.Harness{
			CPUShare: new(0.6), GCStopP999MS: new(2.0), FilesPeak: new(uint64(600)), FilesLimit: 1000, ClockStepMS: new(2.0),
		}}
		judged(t, r, scenarios.Defaults().Validity, "")
		judged(t, r, s.Validity, reason)
	}
}

// judged wants the one reason, or none where it is "".
func judged(t *testing.T, r *record.Record, v scenarios.Validity, reason string) {
	t.Helper()
	reasons := invalid(r, v)
	if reason == "" && len(reasons) == 0 {
		return
	}
	arms, ofArm := strings.CutPrefix(reason, "a=b: ")
	if reason == "" || len(reasons) != 1 || !strings.Contains(reasons[0], arms) || ofArm && !strings.HasPrefix(reasons[0], "a=b: ") {
		t.Errorf("%q, want %q", reasons, reason)
	}
}
