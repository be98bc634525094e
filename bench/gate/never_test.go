package gate

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// A figure that holds for the whole run, such as its connections, needs no blocks to be
// known; a run that tells nothing must not pass by it.
func TestTooFewBlocksNeverPass(t *testing.T) {
	few := asserting("connections < 10")
	for blocks, why := range map[int]string{0: "0 blocks are too few", 1: "1 block is too few", 3: "3 blocks are too few", 5: "at least 6 are needed"} {
		rec := figures.FirstBlocks(run(1, 0), blocks)
		rec.Plan.Blocks = blocks
		for _, r := range []record.Rule{few, asserting("connections > 10"), asserting("error_rate < 0.5")} {
			j := verdictOf(t, rec, r)
			if j.Verdict != Inconclusive || blocks > 0 && !strings.Contains(j.Rules[0].Why, why) {
				t.Errorf("%s on %d blocks: %s, %q", r.Name, blocks, j.Verdict, j.Rules[0].Why)
			}
		}
	}
	rec := figures.FirstBlocks(run(1, 0), 6)
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

func TestARunCountsOnceAmongBaselines(t *testing.T) {
	began := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50"}}}}
	for want, spoil := range map[string]func([]figures.Run){
		"":                                     func([]figures.Run) {},
		"baselines b1 and b2 are the same run": func(b []figures.Run) { b[2].Record = record.Slim(b[1].Record) },
		"baseline b0 is the very run":          func(b []figures.Run) { b[0].Record.Started = began },
		"baseline b0 is of a --quick run":      func(b []figures.Run) { b[0].Record.Quick = true },
	} {
		rec, baselines := aRun(1, 0), earlier(3, 0.01)
		rec.Started = began
		for i := range baselines {
			baselines[i].Record.Started = began.Add(-time.Duration(i+1) * time.Hour)
		}
		spoil(baselines)
		_, err := Check(rec, rules, baselines)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestAnArmThatIsGoneNeverPasses(t *testing.T) {
	b := earlier(6, 0.001)
	gone := recordtest.Steady("ab=z", 1000, 20*time.Millisecond, 15)
	b[3].Record.Arms, b[4].Record.Arms = append(b[3].Record.Arms, gone), append(b[4].Record.Arms, gone)
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50", "error_rate"}}}}
	j, err := Check(aRun(1, 0), rules, b)
	if err != nil || j.Verdict != Inconclusive || !strings.Contains(j.Rules[0].Why, "this run has no arm ab=z, which baseline b3 has") {
		t.Errorf("%v: %s, %+v", err, j.Verdict, j.Rules)
	}
	if len(j.Rules[0].Findings) != 4 {
		t.Errorf("%d findings, want two metrics of two arms, each once", len(j.Rules[0].Findings))
	}
}

func TestGoodputOfASlimRecordIsNotKnown(t *testing.T) {
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

func TestEffectsInWords(t *testing.T) {
	for share, want := range map[float64]string{0.05: "5%", 0.123: "12%", 0.994: "99%", 0.996: "100%", 1.07: "107%", 12.3: "1230%"} {
		if got := (&hypothesis{metric: recordtest.Metric(t, "p50")}).inUnits(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}
