package summary

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// Arms whose warnings differ in figures only share one, with the worst; a percentile's name is no figure.
func TestWarningsOfOneKindAreOne(t *testing.T) {
	t.Parallel()
	rec := recordtest.Base(record.Scenario{}, recordtest.SixteenArms(false).Axes, 1)
	s := Summary{Arms: []Arm{
		{Arm: "a", Warnings: []string{"TPS is not known: latency grew by 20ms each second", "p99 rests on few"}},
		{Arm: "b", Warnings: []string{"TPS is not known: latency grew by 1.5s each second", "p99 rests on few", "p999 rests on few"}},
		{Arm: "c", Warnings: []string{"p99 rests on few"}},
	}}
	want := []string{
		"TPS is not known: latency grew by 1.5s each second in 2 of 3 arms, worst in b",
		"p99 rests on few in 3 of 3 arms",
		"p999 rests on few in b",
	}
	if got := warnings(rec, s); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s.Arms = s.Arms[:1]
	if got := warnings(rec, s); !slices.Equal(got, s.Arms[0].Warnings) {
		t.Errorf("of a single arm: %q, want no word of arms", got)
	}
}

// Slices that follow others on the same server, in the order of their starts, of which some gave requests up.
func TestSlicesAfterRequestsWereGivenUp(t *testing.T) {
	t.Parallel()
	const begin = "right before slices, requests to the same server had been given up (timeout or cut_off, of ab=a 60%)"
	for name, c := range map[string]struct {
		server, order string
		after         time.Duration // b's slice, a's begins at 10 s
		timeouts      uint64
		want          string
	}{
		"after timeouts":                  {"127.0.0.1:1", record.Sequential, 20 * time.Second, 60, "if the server went on with them, it looks too slow in ab=b"},
		"before them":                     {"127.0.0.1:1", record.Sequential, time.Second, 60, ""},
		"after few":                       {"127.0.0.1:1", record.Sequential, 20 * time.Second, 1, ""},
		"on another server":               {"127.0.0.1:2", record.Sequential, 20 * time.Second, 60, ""},
		"open slices on at the same time": {"127.0.0.1:1", record.Concurrent, 20 * time.Second, 60, ""},
	} {
		a, b := recordtest.Steady("ab=a", 100, time.Millisecond, 1), recordtest.Steady("ab=b", 100, time.Millisecond, 1)
		spare := recordtest.Steady("ab=c", 100, time.Millisecond, 1)
		a.Network = &record.Network{Reached: map[string]uint64{"127.0.0.1:1": 9}}
		b.Network = &record.Network{Reached: map[string]uint64{c.server: 9}}
		a.Blocks[0].Open.StartMS, b.Blocks[0].Open.StartMS = 10_000, record.Milliseconds(c.after)
		a.Blocks[0].Open.Requests, a.Blocks[0].Open.Errors = 100, map[string]uint64{"timeout": c.timeouts}
		rec := recordtest.AB(a, b, spare)
		rec.Plan.Order = c.order
		got := leftoverWarning(rec)
		if (got == "") != (c.want == "") || c.want != "" && (!strings.HasPrefix(got, begin) || !strings.HasSuffix(got, c.want)) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPartialOutages(t *testing.T) {
	t.Parallel()
	whole, partial := record.Outages{Lasted: record.Sum{Count: 3, TotalMS: 900}}, record.Outages{Lasted: record.Sum{Count: 3, TotalMS: 900}, Partial: 1}
	for want, outages := range map[string]*record.Outages{
		"": &whole,
		"mean outage ms is not known: 1 of 4 outages were on when an open slice began, or not over when it ended": &partial,
	} {
		if got := partialOutages(&record.Slice{Outages: outages}); got != want {
			t.Errorf("%+v: %q, want %q", outages, got, want)
		}
	}
	if got := partialOutages(&record.Slice{}); got != "" {
		t.Errorf("without outages: %q", got)
	}
}

// What is said of an arm is not said of a rule's finding about it again.
func TestFindingsRepeatNoWarningOfAnArm(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	const few = "p99 rests on fewer than 10 prompts beyond it"
	j := Judged{Record: rec}
	j.RunVerdict.Rules = []gate.RuleVerdict{{Findings: []gate.Finding{{Subject: "p99_ms < 200", Warnings: []string{few, "another"}}}}}
	said := strings.Join(j.Summary().Warnings, "\n")
	if strings.Count(said, few) != 1 || !strings.Contains(said, "another") {
		t.Errorf("%s", said)
	}
}
