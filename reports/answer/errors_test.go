package answer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// answered answers for a record of eight blocks with an arm for each share of 100 prompts that fail.
func answered(failed ...int) []string {
	axis := record.Axis{Name: "server"}
	rec := &record.Record{}
	for i, n := range failed {
		level := string(rune('a' + i))
		axis.Levels = append(axis.Levels, level)
		arm := recordtest.Steady("server="+level, 100, 20*time.Millisecond, 8)
		for k := range arm.Blocks {
			s := arm.Blocks[k].Open
			s.Answered, s.Failed = uint64(100-n), uint64(n)
			s.Response, s.Errors = recordtest.Hist(recordtest.Repeat(20*time.Millisecond, 100-n)...), map[string]uint64{"server": uint64(n)}
		}
		rec.Arms = append(rec.Arms, arm)
	}
	if len(failed) > 1 {
		rec.Axes = []record.Axis{axis}
	}
	return Of(rec, (&summary.Judged{Record: rec}).Summary())
}

// Errors come first, and an arm that fails is said to fail.
func TestErrorsComeFirst(t *testing.T) {
	t.Parallel()
	got := answered(0, 20, 100)
	want := []string{
		"FAILING: 2 of 3 arms. server=c answers none of its 800 prompts (mostly server); server=b fails 20.0% of its 800 prompts (mostly server).",
		"server: b fails 20 percentage points more of its prompts than a (95% interval 16 to 24); no difference could be told apart from noise in p50 response latency (1.00×, 95% interval 1.00–1.00).",
		"server: c fails 100.0 percentage points more of its prompts than a (95% interval 99.3 to 100.0).",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestErrorsAreAlwaysSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failed []int
		want   string
	}{
		"none":       {[]int{0, 0}, "Errors: no prompt failed."},
		"one arm":    {[]int{100}, "FAILING: this run answers none of its 800 prompts (mostly server)."},
		"few":        {[]int{2}, "Errors: 2.0% of the prompts failed."},
		"many arms":  {[]int{6, 9, 5, 0, 7}, "FAILING: 4 of 5 arms. server=b fails 9.0% of its 800 prompts (mostly server); server=e fails 7.0% of its 800 prompts (mostly server); server=a fails 6.0% of its 800 prompts (mostly server); 1 more arm 5.0%."},
		"just under": {[]int{0, 4}, "Errors: at most 4.0% of the prompts of an arm failed, in server=b."},
		"everywhere": {[]int{100, 100}, "FAILING: 2 of 2 arms. server=a answers none of its 800 prompts (mostly server); server=b answers none of its 800 prompts (mostly server)."},
	} {
		if got := answered(c.failed...); got[0] != c.want {
			t.Errorf("%s: %q\nwant %q", name, got[0], c.want)
		}
	}
}

// Failures under closed load are no part of the error rate, and count all the same.
func TestFailuresUnderClosedLoadAreSaid(t *testing.T) {
	t.Parallel()
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, time.Millisecond, 6), recordtest.Steady("ab=b", 100, time.Millisecond, 6))
	recordtest.Close(&rec.Arms[0], 100, 0)
	recordtest.Close(&rec.Arms[1], 14, 86)
	got := Errors(rec, (&summary.Judged{Record: rec}).Summary())[0]
	if want := "FAILING: 1 of 2 arms. ab=b fails 86.0% of its 600 prompts under closed load (mostly server)."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
