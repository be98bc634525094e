package gate

import (
	"encoding/json"
	"slices"
	"testing"

	"weighbridge/bench/figures"
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
