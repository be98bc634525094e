package gate

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
)

// A figure that holds for the whole run, such as its connections, needs no blocks to be
// known; a run that tells nothing must not pass by it.
func TestTooFewBlocksNeverPass(t *testing.T) {
	few := assertion1("connections < 10")
	for blocks, why := range map[int]string{0: "0 blocks tell nothing", 3: "3 blocks tell nothing", 5: "at least 6 are needed"} {
		rec := upTo(run(1, 0), blocks)
		rec.Plan.Blocks = blocks
		for _, r := range []record.Rule{few, assertion1("connections > 10"), assertion1("error_rate < 0.5")} {
			j := verdictOf(t, rec, r)
			if j.Verdict != Inconclusive || blocks > 0 && !strings.Contains(j.Rules[0].Why, why) {
				t.Errorf("%s on %d blocks: %s, %q", r.Name, blocks, j.Verdict, j.Rules[0].Why)
			}
		}
	}
	rec := upTo(run(1, 0), 6)
	rec.Plan.Blocks = 6
	if j := verdictOf(t, rec, few); j.Verdict != Pass {
		t.Errorf("6 blocks: %s, %q", j.Verdict, j.Rules[0].Why)
	}
}

func TestMetricsThereAreNotAreAnError(t *testing.T) {
	for _, metric := range []string{"p42", "p95", "p99_ms", ""} {
		for _, rule := range []record.Rule{noWorse("p50", metric), {Name: "b is no worse", NoRegression: &record.NoRegression{Metrics: []string{metric}}}} {
			_, err := Check(run(1, 0), []record.Rule{rule}, nil)
			if err == nil || !strings.Contains(err.Error(), "rule b is no worse: unknown metric") {
				t.Errorf("%q: %v", metric, err)
			}
		}
	}
}
