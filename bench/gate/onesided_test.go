package gate

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// loadedWith is run(1, 0) with closed load of 1000 prompts a block, of which b answers so many,
// and none in its blocks of the indices.
func loadedWith(answeredByB int, silent ...int) *record.Record {
	rec := run(1, 0)
	recordtest.Close(&rec.Arms[0], 1000, 0)
	recordtest.Close(&rec.Arms[1], answeredByB, 0)
	for _, i := range silent {
		s := rec.Arms[1].Blocks[i].Closed
		s.InWindow, s.Answered, s.Due = 0, 0, 0
	}
	return rec
}

// Empty slices of closed load count against the side that has them, however fast it is in the
// others.
func TestEmptyClosedSlicesDoNotPass(t *testing.T) {
	for name, c := range map[string]struct {
		rec     *record.Record
		want    Verdict
		bounded bool // below
	}{
		"none":                      {loadedWith(1120), Pass, true},
		"1 of 15":                   {loadedWith(1120, 7), Pass, true}, // 1.05 times the prompts in all
		"1 of 15, otherwise equal":  {loadedWith(1000, 7), Inconclusive, true},
		"3 of 15":                   {loadedWith(1120, 3, 8, 11), Inconclusive, false},
		"all":                       {loadedWith(1120, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14), Regression, false},
		"half of 15, early or late": {loadedWith(1120, 0, 1, 2, 3, 4, 5, 6, 7), Inconclusive, false},
	} {
		r := verdictOf(t, c.rec, noWorse("tps")).Rules[0]
		if r.Verdict != c.want || (r.Findings[0].Low != nil) != c.bounded {
			t.Errorf("%s: %s (%s from %s): %q, want %s", name, r.Verdict, recordtest.Text(r.Measured), recordtest.Text(r.Low), r.Why, c.want)
		}
	}
}

// A figure that is infinite has no number, but words.
func TestAnInfiniteFinding(t *testing.T) {
	r := verdictOf(t, loadedWith(1000, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14), noWorse("tps")).Rules[0]
	if r.Measured != nil || r.Low != nil || r.High != nil || !strings.Contains(r.Why, "in most blocks only a answered anything") {
		t.Errorf("%s (%s to %s): %q", recordtest.Text(r.Measured), recordtest.Text(r.Low), recordtest.Text(r.High), r.Why)
	}
}
