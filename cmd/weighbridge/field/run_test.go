package field

import (
	"fmt"
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
	return (&summary.Judged{Record: rec, RunVerdict: judgement}).Summary()
}

// reporter is a test, or one try of it.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// problems are what one try of a test found.
type problems []string

// Helper does nothing.
func (p *problems) Helper() {}

// Errorf adds a problem.
func (p *problems) Errorf(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// oneOf passes if one of a few tries finds no problem: a busy machine delays servers and harness
// now and then, and a wrong figure is wrong each time.
func oneOf(t *testing.T, try func(r reporter)) {
	t.Helper()
	var found problems
	for range 20 {
		found = nil
		if try(&found); len(found) == 0 {
			return
		}
	}
	for _, p := range found {
		t.Error(p)
	}
}

// within fails unless got is within 5% of want, or within slack.
func within(t reporter, what string, got, want, slack float64) {
	t.Helper()
	if tolerance := max(0.05*want, slack); got < want-tolerance || got > want+tolerance {
		t.Errorf("%s is %.4g, expected %.4g within %.3g", what, got, want, tolerance)
	}
}
