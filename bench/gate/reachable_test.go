package gate

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// planOf is a record before its run: two levels that are offered perBlock prompts a block.
func planOf(blocks, most int, perBlock float64, arrivals string) *record.Record {
	rec := recordtest.AB(record.Arm{Name: "ab=a", Levels: map[string]string{"ab": "a"}}, record.Arm{Name: "ab=b", Levels: map[string]string{"ab": "b"}})
	rec.Plan = record.Plan{Blocks: blocks, MaxBlocks: most}
	for i := range rec.Arms {
		rec.Arms[i].Load = record.Load{OpenPerS: perBlock, OpenDurationMS: 1000, Arrivals: arrivals, ClosedDurationMS: 100}
	}
	return rec
}

func TestUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		rec  *record.Record
		rule record.Rule
		want string
	}{
		"enough":                     {planOf(15, 0, 200, "poisson"), noWorse("p50", "p90", "tps", "error_rate"), ""},
		"p99 of few prompts":         {planOf(15, 45, 200, "constant"), noWorse("p99"), ""}, // 9 groups of 5
		"p99 of far too few":         {planOf(15, 45, 100, "constant"), noWorse("p99"), "45 blocks make 4 groups where 8 are needed"},
		"p99 of one group":           {planOf(15, 15, 100, "constant"), noWorse("p99"), "15 blocks make 1 group where"},
		"p99 of enough":              {planOf(15, 45, 1000, "constant"), noWorse("p99"), ""},
		"p99 of enough now and then": {planOf(15, 15, 1000, "poisson"), noWorse("p50", "p90", "p99"), "15 blocks make 7 groups"},
		"short run":                  {planOf(3, 3, 200, "poisson"), noWorse("p50"), "3 blocks are too few: at least 6"},
		"short run, assertion":       {planOf(3, 3, 200, "poisson"), asserting("error_rate < 0.01"), "3 blocks are too few"},
		"too many for so few blocks": {planOf(7, 7, 200, "poisson"), noWorse("p50", "p90", "tps"), "at α = 0.01 3 figures need 9"},
		"ratios too":                 {planOf(6, 6, 200, "poisson"), asserting(`ratio(tps, "ab=b", "ab=a") > 1`), "with 6 blocks: at α = 0.01 1 figure needs 7"},
		"objectives are free":        {planOf(6, 6, 200, "poisson"), asserting("p99_ms < 10"), ""},
	} {
		got, err := Unreachable(c.rec, []record.Rule{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(got, "\n"); (c.want == "") != (said == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
}

func TestImpliedRules(t *testing.T) {
	rec := planOf(15, 0, 200, "poisson")
	rec.Scenario.Axis = []string{"ab=target.url:u1,u2"}
	rules, dropped := RulesFor(rec, 0)
	if len(rules) != 1 || rules[0].Name != "ab: b is no worse than a" || strings.Join(rules[0].NoRegression.Metrics, " ") != "tps p50 p90 error_rate" {
		t.Errorf("an added axis implies %+v", rules)
	}
	if len(dropped) != 1 || !strings.Contains(dropped[0], "p99 is not judged") {
		t.Errorf("left out: %q", dropped)
	}
	rec.Rules = []record.Rule{noWorse("p50")}
	if rules, _ := RulesFor(rec, 0); len(rules) != 1 {
		t.Errorf("an axis with a rule of its own implies %+v", rules)
	}
	rec.Arms[1].Load.ClosedDurationMS = 0
	rules, _ = RulesFor(rec, 2)
	if len(rules) != 2 || rules[1].NoRegression.Axis != "" || strings.Join(rules[1].NoRegression.Metrics, " ") != "p50 p90 p99 error_rate" {
		t.Errorf("baselines imply %+v", rules)
	}
}
