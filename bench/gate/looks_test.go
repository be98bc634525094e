package gate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"weighbridge/bench/record"
)

func TestPlannedLooks(t *testing.T) {
	for _, c := range []struct {
		blocks, most int
		at           []int
		alphas       []float64
	}{
		{15, 45, []int{15, 30, 45}, []float64{0.002, 0.003, 0.005}},
		{15, 0, []int{15}, []float64{0.01}},
		{15, 30, []int{15, 30}, []float64{0.004, 0.006}},
		{30, 45, []int{30, 45}, []float64{0.00375, 0.00625}},
		{10, 12, []int{10, 12}, []float64{0.005, 0.005}},
		{20, 40, []int{20, 30, 40}, []float64{0.0025, 0.00375, 0.00375}},
		{60, 60, []int{60}, []float64{0.01}},
	} {
		looks := looksOf(record.Plan{Blocks: c.blocks, MaxBlocks: c.most})
		if len(looks) != len(c.at) {
			t.Fatalf("%d to %d blocks: %d looks, want at %v", c.blocks, c.most, len(looks), c.at)
		}
		for i, l := range looks {
			if l.blocks != c.at[i] || math.Abs(l.alpha-c.alphas[i]) > 1e-12 {
				t.Errorf("%d to %d blocks, look %d: %+v, want %d blocks with alpha %v", c.blocks, c.most, i+1, l, c.at[i], c.alphas[i])
			}
		}
	}
}

func TestLooksSpendAllOfAlpha(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := record.Plan{Blocks: rapid.IntRange(1, 100).Draw(t, "blocks")}
		plan.MaxBlocks = plan.Blocks + rapid.IntRange(0, 100).Draw(t, "more")
		alpha, pass, before := 0.0, 0.0, 0
		for _, l := range looksOf(plan) {
			if l.blocks <= before || l.blocks > plan.MaxBlocks {
				t.Fatalf("%+v after %d blocks of at most %d", l, before, plan.MaxBlocks)
			}
			if nextLook(plan, before) != l.blocks && before > 0 {
				t.Fatalf("the look after %d is at %d, not %d", before, nextLook(plan, before), l.blocks)
			}
			alpha, pass, before = alpha+l.alpha, pass+l.pass, l.blocks
		}
		if math.Abs(alpha-Alpha) > 1e-12 || math.Abs(pass-PassAlpha) > 1e-12 || before != plan.MaxBlocks || nextLook(plan, before) != 0 {
			t.Fatalf("alphas add up to %v and %v, the last look is at %d of %d", alpha, pass, before, plan.MaxBlocks)
		}
	})
}

func TestGroupsNeeded(t *testing.T) {
	for _, c := range []struct {
		alpha  float64
		family int
		want   int
	}{{0.01, 1, 7}, {0.01, 16, 11}, {0.005, 16, 12}, {0.5, 1, 1}} {
		if got := groupsNeeded(c.alpha, c.family); got != c.want || math.Pow(0.5, float64(got)) > c.alpha/float64(c.family) {
			t.Errorf("alpha %v, %d comparisons: %d groups, want %d", c.alpha, c.family, got, c.want)
		}
	}
}

func TestNextLookWhileARuleIsInconclusive(t *testing.T) {
	plan := record.Plan{Blocks: 15, MaxBlocks: 45}
	rules := []RuleVerdict{{Name: "errors", Verdict: Pass}, {Name: "p90", Verdict: Inconclusive, Why: "too noisy"}}
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
		got, open := RunVerdict{Verdict: c.verdict, Blocks: c.blocks, Rules: rules}.NextLook(c.plan)
		if got != c.want || open != c.open {
			t.Errorf("%q after %d of %+v goes on to %d (%q), want %d (%q)", c.verdict, c.blocks, c.plan, got, open, c.want, c.open)
		}
	}
}
