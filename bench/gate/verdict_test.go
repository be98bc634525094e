package gate

import (
	"encoding/json"
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
