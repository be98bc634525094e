package gate

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// streamed15 is a run of 15 blocks in which TTFT and TPOT of b are factor times those of a.
func streamed15(factor float64) *record.Record {
	rec := run(1, 0)
	recordtest.Stream(&rec.Arms[0], 40*time.Millisecond, 2*time.Millisecond)
	recordtest.Stream(&rec.Arms[1], time.Duration(40e6*factor), time.Duration(2e6*factor))
	return rec
}

func TestRulesOfStreams(t *testing.T) {
	for name, c := range map[string]struct {
		rec  *record.Record
		rule record.Rule
		want Verdict
		why  string
	}{
		"slower TTFT":         {streamed15(1.2), noWorse("ttft_p50"), Regression, "significantly worse"},
		"same TTFT":           {streamed15(1), noWorse("ttft_p50", "ttft_p90", "tpot_p50"), Pass, "within the 5% margin"},
		"faster TTFT":         {streamed15(0.8), noWorse("ttft_p90"), Pass, "within the 5% margin"},
		"slower tokens":       {streamed15(1.2), noWorse("tpot_p90"), Regression, "significantly worse"},
		"the tail":            {streamed15(1.02), noWorse("ttft_p99"), Pass, "within the 10% margin"},
		"no streams":          {run(1, 0), noWorse("ttft_p50"), Inconclusive, "not both arms were answered by streams"},
		"an objective":        {streamed15(1), asserting("ttft_p99_ms < 60"), Pass, "true across the whole 90% interval"},
		"a failed objective":  {streamed15(1.2), asserting("ttft_p50_ms < 40"), Regression, ""},
		"TPOT objective":      {streamed15(1), asserting("tpot_p99_ms < 2.5"), Pass, ""},
		"no streams asserted": {run(1, 0), asserting("ttft_p50_ms < 60"), Inconclusive, "not known"},
		"failures":            {failing(streamed15(1), 100), asserting("ttft_p99_ms < 60"), Regression, ""},
		"a ratio":             {streamed15(1.5), asserting(`ratio(ttft_p50_ms, "ab=b", "ab=a") > 1.3`), Pass, ""},
	} {
		j := verdictOf(t, c.rec, c.rule)
		var whys []string
		for _, r := range j.Rules {
			for _, f := range r.Findings {
				whys = append(whys, f.Why)
			}
		}
		if said := strings.Join(whys, "\n"); j.Verdict != c.want || !strings.Contains(said, c.why) {
			t.Errorf("%s: %s, want %s: %s", name, j.Verdict, c.want, said)
		}
	}
}

// failing adds n failed prompts to each block of both arms.
func failing(rec *record.Record, n int) *record.Record {
	for i := range rec.Arms {
		recordtest.Fail(&rec.Arms[i], n)
	}
	return rec
}
