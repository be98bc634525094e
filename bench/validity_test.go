package bench

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
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

func TestValidity(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*record.Arm)
		reason string
	}{
		{"nothing wrong", func(*record.Arm) {}, ""},
		{"late, but within 5 ms", func(a *record.Arm) { late(a.Blocks[0].Open, 4900*time.Microsecond, 20*time.Millisecond) }, ""},
		{"late", func(a *record.Arm) { late(a.Blocks[0].Open, 6*time.Millisecond, 20*time.Millisecond) }, "send lag p99"},
		{"late, but small beside the response", func(a *record.Arm) { late(a.Blocks[0].Open, 6*time.Millisecond, 100*time.Millisecond) }, ""},
		{"not handed over", func(a *record.Arm) { a.Blocks[0].Open.NeverSent = 2 }, "98 of 100 prompts"},
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
			reasons := invalid(&record.Record{Arms: []record.Arm{a}})
			if c.reason == "" && len(reasons) == 0 {
				return
			}
			if c.reason == "" || len(reasons) != 1 || !strings.HasPrefix(reasons[0], "a=b: ") || !strings.Contains(reasons[0], c.reason) {
				t.Errorf("%q, want %q", reasons, c.reason)
			}
		})
	}
}
