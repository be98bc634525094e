package main

import (
	"slices"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

func TestCompareNamesTheMostFrequentFailures(t *testing.T) {
	rec := &record.Record{Complete: true, Arms: []record.Arm{
		{Name: "a=good", Failures: []reasons.Failure{{Phase: "warmup", Class: "server", Count: 1}}},
		{Name: "a=bad", Failures: []reasons.Failure{
			{Phase: "open", Class: "client", Status: 404, Words: "The model 'x' does not exist", Count: 82, Example: "The model 'x' does not exist"},
			{Phase: "open", Class: "server", Status: 500, Count: 3},
		}},
	}}
	got := mostFrequentFailures(figures.Run{Name: "new.json", Record: rec})
	if want := []string{"new.json: arm a=bad: 82 requests failed with client 404 The model 'x' does not exist, its most frequent failure"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
