package page

import (
	"slices"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

func TestTimeParts(t *testing.T) {
	section := timeParts(SourceOf(&summary.Judged{Record: recordtest.SplitRecord()}))
	var names []string
	for _, c := range section.Columns {
		names = append(names, c.Heading)
	}
	wantNames := []string{"arm", "response ms", "batch filling ms", "waiting ms", "body ms", "remainder ms", "server total ms", "server entries ms"}
	if !slices.Equal(names, wantNames) {
		t.Errorf("the columns are %q", names)
	}
	nothing := []string{"–", "–", "–", "–", "–", "–", "–"}
	for i, want := range [][]string{
		{"split", "100", "20.0 (20.0%)", "75.0 (75.0%)", "5.00 (5.0%)", "0", "72.0 (90.0%)", "auth 2.00, model 40.0"},
		append([]string{"older"}, nothing...),
		append([]string{"silent"}, nothing...),
	} {
		var got []string
		for _, cell := range section.Rows[i] {
			got = append(got, cell.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("row %d is %q\nwant %q", i, got, want)
		}
	}
}

func TestTimeSentence(t *testing.T) {
	arm := func(ms ...float64) summary.Arm {
		p := &summary.Parts{}
		for i, part := range new(record.Parts).All() {
			p.Means = append(p.Means, summary.PartMean{Name: part.Name, MS: ms[i]})
			p.Response += ms[i]
		}
		return summary.Arm{Parts: p}
	}
	for name, c := range map[string]struct {
		arms []summary.Arm
		want string
	}{
		"nothing known": {[]summary.Arm{{}}, ""},
		"one arm": {
			[]summary.Arm{arm(20, 0, 0, 0, 0, 0, 0, 0, 0, 0.9, 79, 0, 0.1)},
			"Where the time went, as a share of each arm's mean response latency: waiting 79.0%, batch filling 20.0%, remainder 0.10%. For each arm see report.md.",
		},
		"two arms, and one unknown": {
			[]summary.Arm{arm(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 30, 40), {}, arm(80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0)},
			"Where the time went, as a share of each arm's mean response latency: batch filling 0–80.0%, waiting 20.0–30.0%, body 0–30.0%, remainder 0–40.0%. For each arm see report.md.",
		},
	} {
		if got := timeSentence(c.arms); got != c.want {
			t.Errorf("%s: %q\nwant %q", name, got, c.want)
		}
	}
}
