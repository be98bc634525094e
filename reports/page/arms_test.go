package page

import (
	"slices"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// What was offered is shown wherever TPS would come from open load: also where it is not known, as
// the server fell behind.
func TestWhatWasOfferedIsShownUnderOpenLoadAlone(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*record.Slice, *record.Block)
		shown  bool
	}{
		"kept up":     {func(*record.Slice, *record.Block) {}, true},
		"fell behind": {func(s *record.Slice, _ *record.Block) { s.Behind = 1 }, true},
		"closed load too": {func(_ *record.Slice, b *record.Block) {
			b.Closed = &record.Slice{DurationMS: 400, InWindow: 100, Due: 100, Answered: 100}
		}, false},
	} {
		rec := &record.Record{Arms: []record.Arm{recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)}}
		for i := range rec.Arms[0].Blocks {
			b := &rec.Arms[0].Blocks[i]
			c.change(b.Open, b)
		}
		var headings []string
		for _, column := range arms(SourceOf(&summary.Judged{Record: rec})).Columns {
			headings = append(headings, column.Heading)
		}
		if got := slices.Contains(headings, "offered/s"); got != c.shown {
			t.Errorf("%s: columns %q, want offered/s: %v", name, headings, c.shown)
		}
	}
}
