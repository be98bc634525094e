package summary

import (
	"slices"
	"strings"
	"testing"

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
