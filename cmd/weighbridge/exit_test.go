package main

import (
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/record"
)

// A run that was interrupted says whether its record has anything.
func TestIncompleteRuns(t *testing.T) {
	with := func(arm record.Arm) *record.Record {
		return &record.Record{Stopped: bench.Interrupted, Arms: []record.Arm{arm}}
	}
	const kept, empty = "interrupted: the record holds what was measured and is marked incomplete", "interrupted: nothing was measured yet, and the record is empty"
	for name, row := range map[string]struct {
		rec  *record.Record
		want string
	}{
		"in the warm-up":      {with(record.Arm{}), empty},
		"before a prompt":     {with(record.Arm{Blocks: []record.Block{{Open: &record.Slice{}}}}), empty},
		"in an open slice":    {with(record.Arm{Blocks: []record.Block{{Open: &record.Slice{Due: 1}}}}), kept},
		"in a closed slice":   {with(record.Arm{Blocks: []record.Block{{Closed: &record.Slice{Due: 1}}}}), kept},
		"in a batch":          {with(record.Arm{Blocks: []record.Block{{Batch: &record.Slice{Due: 1}}}}), kept},
		"in a search":         {with(record.Arm{Capacity: &record.Capacity{Probes: []record.Probe{{}}}}), kept},
		"before a first rate": {with(record.Arm{Capacity: &record.Capacity{}}), empty},
	} {
		if err := incomplete(row.rec); err == nil || err.Error() != row.want {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	if err := incomplete(&record.Record{Complete: true}); err != nil {
		t.Errorf("of a complete run: %v", err)
	}
}
