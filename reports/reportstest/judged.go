// Package reportstest makes judgements of synthetic records for the tests of reports.
package reportstest

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"weighbridge/bench/gate"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// Judged is a small record with the judgement and some claims.
func Judged(j gate.RunVerdict) *summary.Judged {
	return &summary.Judged{Record: recordtest.Record(recordtest.Small()), RunVerdict: j, Claims: SomeClaims()}
}

// Regressed is a judgement with three rules: one that passes in every arm, one that is
// inconclusive, and a regression between levels of an axis.
func Regressed() gate.RunVerdict {
	return gate.RunVerdict{
		Verdict: gate.Regression, Blocks: 15,
		Warnings: []string{"5 baseline records of another machine"},
		Rules:    []gate.RuleVerdict{ErrorsStayRare(), BatchesCarryMore(), NoSlower()},
	}
}

func ErrorsStayRare() gate.RuleVerdict {
	r := gate.RuleVerdict{
		Name: "errors stay rare", Verdict: gate.Pass, Measured: new(0.00481), Low: new(0.00221), High: new(0.00742),
		Why: "at most 0.00742, in batching=batch10,protocol=h1,auth=jwt",
	}
	for i, arm := range []string{"batching=single,protocol=h1,auth=oauth", "batching=batch10,protocol=h1,auth=jwt"} {
		rate := 0.00281 + 0.002*float64(i)
		r.Findings = append(r.Findings, gate.Finding{
			Subject: "error_rate < 0.01, " + arm, Verdict: gate.Pass, Measured: &rate, Low: new(rate - 0.0026), High: new(rate + 0.00261),
			Why: fmt.Sprintf("at most %.3g", rate+0.00261),
		})
	}
	return r
}

func BatchesCarryMore() gate.RuleVerdict {
	why := "1.5 lies inside its bounds"
	f := gate.Finding{
		Subject: `ratio(tps, "batching=batch10", "batching=single") > 1.5`, Verdict: gate.Inconclusive,
		Measured: new(1.612), Low: new(1.434), High: new(1.803), Why: why,
	}
	return gate.RuleVerdict{Name: "batches carry more", Verdict: gate.Inconclusive, Measured: f.Measured, Low: f.Low, High: f.High, Why: why, Findings: []gate.Finding{f}}
}

func NoSlower() gate.RuleVerdict {
	const arm = ", protocol h2 vs h1, batching=single,auth=oauth"
	few := []string{"rests on 12 of 15 blocks"}
	worse := gate.Finding{
		Subject: "p90" + arm, Metric: "p90", Verdict: gate.Regression, Measured: new(1.082), Low: new(1.051), High: new(1.118),
		P: new(0.00042), Alpha: new(0.005), Margin: new(0.05), Visible: new(0.031), Why: "significantly worse (p = 0.00042, α = 0.005), by more than half the 5% margin",
	}
	return gate.RuleVerdict{
		Name: "h2 is no slower", Verdict: gate.Regression, Metric: worse.Metric, Measured: worse.Measured, Low: worse.Low, High: worse.High,
		Why: "p90, protocol h2 vs h1, batching=single,auth=oauth is 1.08× (95% interval 1.05–1.12), p = 0.00042 (α = 0.005)",
		Findings: []gate.Finding{
			{
				Subject: "error_rate" + arm, Metric: "error_rate", Verdict: gate.Pass, Measured: new(0.0004), Low: new(-0.0011), High: new(0.0019),
				P: new(0.31), Alpha: new(0.005), Margin: new(0.005), Visible: new(0.003), Why: "within the 5% margin",
			},
			{
				Subject: "p50" + arm, Metric: "p50", Verdict: gate.Pass, Measured: new(1.004), Low: new(0.981), High: new(1.027),
				P: new(0.42), Alpha: new(0.005), Margin: new(0.05), Visible: new(0.024), Why: "within the 5% margin", Warnings: few,
			},
			worse,
			{
				Subject: "p99" + arm, Metric: "p99", Verdict: gate.Inconclusive, Measured: new(1.03), Low: new(0.93), High: new(1.142),
				P: new(0.11), Alpha: new(0.005), Margin: new(0.1), Visible: new(0.147), Why: "1.10 lies inside its bounds", Warnings: few,
			},
			{Subject: "tps" + arm, Metric: "tps", Verdict: gate.Inconclusive, Why: "no block has closed load", Warnings: []string{"TPS is not compared"}},
		},
	}
}

// Passed is the judgement of a rule that passes.
func Passed() gate.RunVerdict {
	return gate.RunVerdict{Verdict: gate.Pass, Blocks: 15, Rules: []gate.RuleVerdict{ErrorsStayRare()}}
}

// Uncertain is an inconclusive judgement.
func Uncertain() gate.RunVerdict {
	return gate.RunVerdict{Verdict: gate.Inconclusive, Blocks: 45, Rules: []gate.RuleVerdict{ErrorsStayRare(), BatchesCarryMore()}}
}

// Uncounted is the judgement of a run that is invalid.
func Uncounted() gate.RunVerdict {
	j := Regressed()
	j.Verdict = gate.Invalid
	j.Invalid = []string{"send lag p99 of 9.1 ms is over 5 ms", "arm x: 4 answers spoke HTTP/1.1, not HTTP/2"}
	for i := range j.Rules {
		j.Rules[i].Verdict, j.Rules[i].Why = gate.Invalid, "the run is invalid"
	}
	return j
}

func SomeClaims() []gate.ClaimResult {
	return []gate.ClaimResult{
		{ID: "C12", Says: "batches carry 1.68 times the prompts", Measure: `ratio(tps, "batching=batch10", "batching=single")`, Is: "about", Claimed: 1.68, Measured: new(1.612), Low: new(1.534), High: new(1.703), Verdict: gate.Holds, Why: "the whole 95% interval is within 10% of 1.68"},
		{
			ID: "C13", Says: "JWT costs a hundredth", Measure: `ratio(auth_ms, "auth=jwt", "auth=oauth")`, Is: "at_most", Claimed: 0.01, Measured: new(0.0312), Low: new(0.0281), High: new(0.0337), Verdict: gate.Depends,
			Why: "the whole 95% interval lies above what is claimed, the figure is 3.1 times the claimed one", Otherwise: "between mock.auth.oauth.introspect = 1ms and 10ms (about 4.1ms on a straight line) it turns to holds",
			Along: &gate.Sweep{Setting: "mock.auth.oauth.introspect", Points: []gate.Point{
				{Level: "i1", Text: "1ms", Value: new(0.001), Measured: new(0.0312), Low: new(0.0281), High: new(0.0337), Verdict: gate.DoesNotHold},
				{Level: "i10", Text: "10ms", Value: new(0.01), Measured: new(0.0032), Low: new(0.0031), High: new(0.0034), Verdict: gate.Holds},
			}, Flips: []gate.Flip{{From: "1ms", To: "10ms", Verdict: gate.Holds, About: new(0.0041), AboutText: "4.1ms"}}},
		},
		{ID: "C14", Says: "streams start within 90 ms", Measure: "ttft_ms", Is: "at_most", Claimed: 90, Verdict: gate.Inconclusive, Why: "an interval takes 6 blocks, and there are 3"},
	}
}

// OutputOf returns what write writes.
func OutputOf(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
