package page

import (
	"testing"

	"weighbridge/bench/gate"
)

// Of the combinations that did not pass, the one with the smallest p stands for all of a metric.
func TestFindingsHaveTheWorstCombination(t *testing.T) {
	of := func(subject, metric, xy string, p float64, v gate.Verdict) gate.Finding {
		f := gate.Finding{Subject: subject, Metric: metric, P: &p, Verdict: v}
		if xy != "" {
			f.Levels = map[string]string{"xy": xy}
		}
		return f
	}
	r := gate.RuleVerdict{Verdict: gate.Regression, Findings: []gate.Finding{
		of("pooled p50", "p50", "", 0.5, gate.Inconclusive),
		of("p50 at x", "p50", "x", 0.001, gate.Regression),
		of("p50 at y", "p50", "y", 0.0001, gate.Regression),
		of("p50 at z", "p50", "z", 0.002, gate.Regression),
		of("p90 at x", "p90", "x", 0.2, gate.Inconclusive),
		of("p90 at y", "p90", "y", 0.9, gate.Pass),
	}}
	var got []string
	for _, f := range Notable(r) {
		got = append(got, f.Subject)
	}
	want := []string{"pooled p50", "p50 at y (and 2 more combinations)", "p90 at x"}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	if n := len(Failing(r)); n != 5 {
		t.Errorf("%d findings did not pass, want 5", n)
	}
}
