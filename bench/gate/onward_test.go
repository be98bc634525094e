package gate

import (
	"testing"

	"weighbridge/bench/record"
)

func TestOnwardGoesToTheNextLookWhileARuleIsOpen(t *testing.T) {
	plan := record.Plan{Blocks: 15, MaxBlocks: 45}
	rules := []Ruling{{Name: "errors", Verdict: Pass}, {Name: "p90", Verdict: Inconclusive, Why: "too noisy"}}
	for _, c := range []struct {
		verdict Verdict
		blocks  int
		plan    record.Plan
		want    int
		open    string
	}{
		{Inconclusive, 15, plan, 30, "p90: too noisy"},
		{Inconclusive, 30, plan, 45, "p90: too noisy"},
		{Inconclusive, 45, plan, 0, ""},
		{Inconclusive, 15, record.Plan{Blocks: 15}, 0, ""},
		{Pass, 15, plan, 0, ""},
		{Regression, 15, plan, 0, ""},
		{Invalid, 15, plan, 0, ""},
		{"", 15, plan, 0, ""},
	} {
		got, open := Judgement{Verdict: c.verdict, Blocks: c.blocks, Rules: rules}.Onward(c.plan)
		if got != c.want || open != c.open {
			t.Errorf("%q after %d of %+v goes on to %d (%q), want %d (%q)", c.verdict, c.blocks, c.plan, got, open, c.want, c.open)
		}
	}
}
