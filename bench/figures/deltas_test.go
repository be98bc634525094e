package figures

import (
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
