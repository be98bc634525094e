package gate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
)

func TestComparisonsAreMarkedWithTheirVerdict(t *testing.T) {
	rec := run(2, 0)
	all := verdictOf(t, rec, noWorse("p50"), asserting("error_rate < 0.01")).Mark(figures.Compare(rec))
	for metric, want := range map[string]Verdict{"p50": Regression, "p90": ""} {
		i := slices.IndexFunc(all, func(c Comparison) bool { return c.Metric == metric })
		if i < 0 || all[i].Verdict != want {
			t.Errorf("%s, of which the rules name p50 alone: %+v, want %q", metric, all, want)
		}
	}
}

func TestComparisonAsJSON(t *testing.T) {
	c := Comparison{Comparison: figures.Comparison{Metric: "p90", Axis: "protocol", Base: "h1", Head: "h2", Levels: map[string]string{}, Warnings: []string{"weak"}}}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"metric":"p90","axis":"protocol","base":"h1","head":"h2","levels":{},"ratio":null,"low":null,"high":null,"p":null,"difference":null,"difference_low":null,"difference_high":null,"verdict":null}`
	if string(raw) != want {
		t.Errorf("%s\nwant %s", raw, want)
	}
	if raw, _ := json.Marshal(Verdict("pass")); string(raw) != `"pass"` {
		t.Errorf("a verdict is written as %s", raw)
	}
}

// Where an interval straddles the limit, the bounds printed beside that are its own.
func TestBoundsOfAnInconclusiveAssertionHaveTheLimitBetweenThem(t *testing.T) {
	rec := run(1.02, 20)
	inconclusive := 0
	for limit := 0.016; limit < 0.024; limit += 0.0005 {
		r := asserting(fmt.Sprintf("error_rate < %g", limit))
		for _, f := range verdictOf(t, rec, r).Rules[0].Findings {
			if f.Verdict != Inconclusive {
				continue
			}
			if inconclusive++; *f.Low > limit || *f.High < limit {
				t.Errorf("%s: %g (%g to %g): %s", r.Name, *f.Measured, *f.Low, *f.High, f.Why)
			}
		}
	}
	if inconclusive < 2 {
		t.Errorf("%d were inconclusive", inconclusive)
	}
}

// An inconclusive rule shows the finding of the lowest p, unless errors or missing figures leave the
// first undecided.
func TestAnInconclusiveRuleShowsItsLikeliestFinding(t *testing.T) {
	with := func(p float64) Finding { return Finding{Verdict: Inconclusive, P: &p} }
	for _, c := range []struct {
		findings []Finding
		want     int
	}{
		{[]Finding{with(1), with(0.5), with(0.02), with(0.02), with(1)}, 2},
		{[]Finding{with(1), with(1)}, 0},
		{[]Finding{{Verdict: Inconclusive}, with(0.02)}, 0},
		{[]Finding{with(1), {Verdict: Inconclusive}, {Verdict: Pass, P: new(0.001)}, with(0.3)}, 3},
		{[]Finding{with(0.02), {Verdict: Regression, P: new(0.001)}}, 1},
	} {
		for i := range c.findings {
			c.findings[i].Subject = fmt.Sprint(i)
		}
		r := RuleVerdict{Findings: c.findings}
		if r.decide(); !strings.HasPrefix(r.Why, fmt.Sprint(c.want)+":") {
			t.Errorf("%+v: %q decided, want %d", c.findings, r.Why, c.want)
		}
	}
}

// A rule that passes shows the finding that came closest to its limit, whichever arm or metric that
// is of.
func TestAPassShowsItsTightestFinding(t *testing.T) {
	rec := run(1.02, 2) // of b 2 of 1002 prompts fail, and p50 is 2% longer
	for _, c := range []struct {
		rule            record.Rule
		subject, metric string
	}{
		{asserting("error_rate < 0.01"), "error_rate < 0.01, ab=b", ""},
		{asserting("0.01 > error_rate"), "0.01 > error_rate, ab=b", ""},
		{asserting("p50_ms < 40"), "p50_ms < 40, ab=b", ""},
		{asserting("p50_ms > 10"), "p50_ms > 10, ab=a", ""},
		{noWorse("tps", "p50", "p90"), "p50, ab b vs a", "p50"},
	} {
		judged := verdictOf(t, rec, c.rule).Rules[0]
		if len(judged.Findings) < 2 && c.metric == "" {
			t.Fatalf("%s: %d findings", c.rule.Name, len(judged.Findings))
		}
		if c.metric != "" {
			// Without the metrics that were not measured.
			judged.Findings = slices.DeleteFunc(judged.Findings, func(f Finding) bool { return f.Verdict != Pass })
			judged.decide()
		}
		if judged.Verdict != Pass || judged.Metric != c.metric || !strings.HasPrefix(judged.Why, c.subject+": ") {
			t.Errorf("%s: %s by %q, %s; want it by %s", c.rule.Name, judged.Verdict, judged.Metric, judged.Why, c.subject)
		}
	}
}
