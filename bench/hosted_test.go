package bench_test

import (
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// run measures a scenario against mocks, whose ledgers must match ours to the last request.
func run(t *testing.T, s *scenarios.Scenario) *record.Record {
	t.Helper()
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Servers: &hosted.Local{}, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l == nil || !l.Matches || l.Absent > 0 || arm.Totals.Attempts == 0 {
			t.Errorf("%s: %d attempts do not match the ledger %+v", arm.Name, arm.Totals.Attempts, l)
		}
	}
	return rec
}
