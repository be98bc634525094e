package figures

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// A slim record cannot pool the blocks that p99 needs; it says so, and ranks nothing.
func TestSlimRecordsAreNotPooled(t *testing.T) {
	whole := recordtest.AB(recordtest.Steady("ab=a", 100, 20*time.Millisecond, 70))
	deltas, _ := BetweenRecords(Run{Name: "old", Record: record.Slim(whole)}, Run{Name: "new", Record: whole})
	i := slices.IndexFunc(deltas, func(d Delta) bool { return d.Metric == "p99" })
	if i < 0 {
		t.Fatal("p99 is not compared")
	}
	if d := deltas[i]; d.Ratio != nil || d.P != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "slim record") {
		t.Errorf("p99 of a slim record: ratio %s, p %s, warnings %q", recordtest.Text(d.Ratio), recordtest.Text(d.P), d.Warnings)
	}
}

func TestUnknownAxesAreAnError(t *testing.T) {
	for want, rec := range map[string]*record.Record{
		`unknown axis "abc": expected ab`:            recordtest.AB(),
		`unknown axis "abc": the record has no axes`: {},
	} {
		if _, err := BetweenLevels(rec, "abc"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Closed slices without an answer have an infinite logarithm: the ratio between two records is
// then that of the figures beside it, and bounds that are infinitely far off are not known.
func TestSilentSlicesBetweenRecords(t *testing.T) {
	loaded := func(answered int, silent ...int) Run {
		rec := recordtest.AB(recordtest.Steady("ab=a", 100, time.Millisecond, 15))
		recordtest.Close(&rec.Arms[0], answered, 0)
		silence(&rec.Arms[0], closedSlice, silent...)
		return Run{Name: "a run", Record: rec}
	}
	every := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	for name, c := range map[string]struct {
		old, now         Run
		ratio, low, high string
	}{
		"some of either": {loaded(1000, 1, 2, 3, 4, 5, 6), loaded(2000, 3, 8, 11), "2.67", "2", "unknown"},
		"the same":       {loaded(1000, 1, 2, 3), loaded(1000, 1, 2, 3), "1", "1", "1"},
		"all of the new": {loaded(1000), loaded(1000, every...), "unknown", "unknown", "unknown"},
		"all of the old": {loaded(1000, every...), loaded(1000), "unknown", "unknown", "unknown"},
		"all":            {loaded(1000, every...), loaded(1000, every...), "unknown", "unknown", "unknown"},
	} {
		deltas, _ := BetweenRecords(c.old, c.now)
		if _, err := json.Marshal(deltas); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		d := deltas[slices.IndexFunc(deltas, func(d Delta) bool { return d.Metric == "tps" })]
		got := []string{threeDigits(d.Ratio), threeDigits(d.Low), threeDigits(d.High)}
		if want := []string{c.ratio, c.low, c.high}; !slices.Equal(got, want) {
			t.Errorf("%s: %q (p %s), want %q", name, got, recordtest.Text(d.P), want)
		}
	}
}

func threeDigits(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.3g", *v)
}

// The p of a difference of error rates between two records says what its interval says.
func TestErrorsBetweenRecordsAgreeWithTheirInterval(t *testing.T) {
	loaded := func(failed ...int) Run {
		rec := recordtest.AB(recordtest.Steady("ab=a", 40, time.Millisecond, len(failed)))
		for i, n := range failed {
			s := rec.Arms[0].Blocks[i].Open
			s.Due, s.Failed = s.Due+uint64(n), s.Failed+uint64(n)
		}
		return Run{Name: "a run", Record: rec}
	}
	none := []int{0, 0, 0, 0, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		old, now []int
		known    bool
	}{
		"none":                     {none, none, true},
		"failures that come along": {none, []int{4, 3, 7, 7, 0, 1, 2, 7}, true},
		"steady failures":          {none, []int{7, 8, 7, 8, 7, 8, 7, 8}, true},
		"equal blocks":             {none, []int{40, 40, 40, 40, 40, 40, 40, 40}, true},
		"few":                      {none, []int{1, 0, 0, 1, 0, 0, 0, 0}, true},
		"fewer than before":        {[]int{7, 8, 7, 8, 7, 8, 7, 8}, []int{1, 2, 1, 2, 1, 2, 1, 2}, true},
		"too few blocks":           {[]int{0, 0, 0}, []int{9, 9, 9}, false},
	} {
		deltas, _ := BetweenRecords(loaded(c.old...), loaded(c.now...))
		d := deltas[slices.IndexFunc(deltas, func(d Delta) bool { return d.Metric == "error_rate" })]
		if (d.P != nil) != c.known || (d.DifferenceLow != nil) != c.known {
			t.Errorf("%s: p %s", name, recordtest.Text(d.P))
			continue
		}
		if !c.known {
			continue
		}
		told := *d.DifferenceLow > 0 || *d.DifferenceHigh < 0
		if told != (*d.P < 1-Confidence) || *d.P <= 0 || *d.P > 1 {
			t.Errorf("%s: %g to %g, and p is %g", name, *d.DifferenceLow, *d.DifferenceHigh, *d.P)
		}
	}
}

// Latencies and errors of open load are not compared with those of closed load, in which a slow answer
// delays the next request.
func TestOpenLoadIsNotComparedWithClosed(t *testing.T) {
	open := recordtest.AB(recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8))
	closed := recordtest.AB(recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8))
	for i := range closed.Arms[0].Blocks {
		b := &closed.Arms[0].Blocks[i]
		b.Open, b.Closed = nil, b.Open
	}
	for name, c := range map[string]struct {
		old, now *record.Record
		compared bool
	}{"one of each": {open, closed, false}, "both open": {open, open, true}, "both closed": {closed, closed, true}} {
		deltas, _ := BetweenRecords(Run{Name: "old", Record: c.old}, Run{Name: "new", Record: c.now})
		for _, d := range deltas {
			switch {
			case d.Metric != "p50" && d.Metric != "error_rate":
			case d.Old == nil || d.New == nil || (d.Ratio != nil || d.Difference != nil) != c.compared:
				t.Errorf("%s: %s is %+v", name, d.Metric, d)
			case !c.compared && !slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.HasSuffix(w, "of open load, and then of closed load") }):
				t.Errorf("%s: %s has the warnings %q", name, d.Metric, d.Warnings)
			}
		}
	}
}

// What else differs between two records is said.
func TestWhatElseDiffersBetweenRecords(t *testing.T) {
	a := recordtest.AB(recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8), recordtest.Steady("ab=b", 100, 20*time.Millisecond, 8))
	b := recordtest.AB(recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8), recordtest.Steady("ab=c", 100, 20*time.Millisecond, 8))
	a.Scenario.Name, b.Scenario.Name = "first", "second"
	b.Env.CPU = "another"
	_, got := BetweenRecords(Run{Name: "old", Record: a}, Run{Name: "new", Record: b})
	want := []string{
		"arm ab=c is only in new", "arm ab=b is only in old", "the scenarios are first and second",
		"the machine or its Go differs from this run's in baseline old",
		"one run against one: runs of the same build differ by more than the blocks within a run show",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, got = BetweenRecords(Run{Name: "old", Record: a}, Run{Name: "new", Record: a}); len(got) != 1 {
		t.Errorf("of a record beside itself: %q", got)
	}
}
