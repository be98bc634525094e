package field

import (
	"testing"

	"go.uber.org/goleak"

	"weighbridge/bench"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/summary"
	"weighbridge/scenarios"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a scenario, given as YAML, and returns the record.
func run(t *testing.T, yaml string) *record.Record {
	t.Helper()
	s, err := scenarios.Parse("field.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Source: []byte(yaml), Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// summarize returns what a report says of the record.
func summarize(t *testing.T, rec *record.Record) summary.Summary {
	t.Helper()
	judgement, err := gate.Check(rec, rec.Rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return (&summary.Judged{Record: rec, Judgement: judgement}).Summary()
}

// within fails unless got is within 5% of want, or within slack.
func within(t *testing.T, what string, got, want, slack float64) {
	t.Helper()
	if tolerance := max(0.05*want, slack); got < want-tolerance || got > want+tolerance {
		t.Errorf("%s is %.4g, expected %.4g within %.3g", what, got, want, tolerance)
	}
}
