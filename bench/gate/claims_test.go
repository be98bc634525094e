package gate

import (
	"math"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestRatiosOfLevels(t *testing.T) {
	rec := run(2, 10)
	rec.Arms[0].Totals.Connections, rec.Arms[1].Totals.Connections = 10, 5
	for i := range rec.Arms {
		for k := range rec.Arms[i].Blocks {
			s := rec.Arms[i].Blocks[k].Open
			s.Requests, s.Attempts = 100, uint64(100*(i+1))
		}
	}
	for measure, want := range map[string]float64{
		`ratio(p50_ms, "ab=b", "ab=a")`: 2, `ratio(mean_ms, "ab=b", "ab=a")`: 2, `ratio(p95_ms, "ab=a", "ab=b")`: 0.5,
		`ratio(attempts_per_request, "ab=b", "ab=a")`: 2, `ratio(connections, "ab=b", "ab=a")`: 0.5,
		`1 - ratio(connections, "ab=b", "ab=a")`: 0.5,
	} {
		rec.Claims = []record.Claim{{ID: "C", Measure: measure, Claimed: want}}
		got, err := Claims(rec)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Measured == nil || math.Abs(*got[0].Measured/want-1) > 0.02 {
			t.Errorf("%s = %s, want %v", measure, recordtest.Text(got[0].Measured), want)
		}
	}
	rec.Claims = []record.Claim{
		{ID: "near", Measure: `ratio(p50_ms, "ab=b", "ab=a")`, Claimed: 2},
		{ID: "higher", Measure: `ratio(p50_ms, "ab=b", "ab=a")`, Claimed: 1.5},
		{ID: "lower", Measure: `ratio(p50_ms, "ab=b", "ab=a")`, Claimed: 3},
		{ID: "errors of nothing", Measure: `ratio(error_rate, "ab=b", "ab=a")`, Claimed: 3},
		{ID: "of which arm", Measure: `p50_ms`, Claimed: 20},
	}
	got, err := Claims(rec)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Verdict{"holds", "higher", "lower", "", ""} {
		if got[i].Verdict != want {
			t.Errorf("claim %s: %q, want %q (%s)", got[i].ID, got[i].Verdict, want, recordtest.Text(got[i].Measured))
		}
	}
}

func TestSlimRecordsHaveNoGoodput(t *testing.T) {
	rules := []record.Rule{asserting("goodput > 900"), asserting("p90_ms < 100"), asserting(`ratio(goodput, "ab=b", "ab=a") > 0.5`)}
	whole := run(1, 0)
	for i, r := range verdictOf(t, whole, rules...).Rules {
		if r.Verdict != Pass {
			t.Errorf("%s: %s, %q", rules[i].Name, r.Verdict, r.Why)
		}
	}
	for i, r := range verdictOf(t, record.Slim(whole), rules...).Rules {
		if r.Verdict != Inconclusive || r.Measured != nil || len(r.Findings[0].Warnings) == 0 {
			t.Errorf("slim, %s: %s, measured %s, warnings %q", rules[i].Name, r.Verdict, recordtest.Text(r.Measured), r.Findings[0].Warnings)
		}
	}
}
