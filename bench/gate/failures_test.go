package gate

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// loaded is run(1, 0) with closed load, of whose 1000 prompts in each block so many fail in b.
func loaded(failedInB int) *record.Record {
	rec := run(1, 0)
	recordtest.Close(&rec.Arms[0], 1000, 0)
	recordtest.Close(&rec.Arms[1], 1000-failedInB, failedInB)
	return rec
}

// What judges the error rate judges the failures under closed load as well.
func TestFailuresUnderClosedLoadAreJudged(t *testing.T) {
	for name, c := range map[string]struct {
		failed int
		rule   record.Rule
		want   Verdict
		why    string
	}{
		"none, compared":         {0, noWorse("error_rate"), Pass, "within the 0.25 percentage points margin"},
		"none, asserted":         {0, asserting("error_rate < 0.01"), Pass, "true across"},
		"most, compared":         {860, noWorse("error_rate"), Regression, "closed_error_rate, ab b vs a: significantly worse"},
		"most, by its own name":  {860, noWorse("closed_error_rate"), Regression, "significantly worse"},
		"most, asserted":         {860, asserting("error_rate < 0.01"), Regression, "closed_error_rate < 0.01, ab=b: false across"},
		"most, among others":     {860, asserting("error_rate < 0.01 && p99_ms < 30"), Regression, "closed_error_rate < 0.01 and p99_ms < 30, ab=b: false across"},
		"most, of a latency":     {860, noWorse("p50"), Pass, "within the 5% margin"},
		"few, and TPS":           {50, noWorse("tps"), Inconclusive, "b fails 5 percentage points more of its prompts under closed load than a"},
		"named with both":        {860, asserting("error_rate < 0.01 && closed_error_rate < 0.9"), Pass, "true across"},
		"a ratio of error rates": {860, asserting(`not (ratio(error_rate, "ab=b", "ab=a") > 2)`), Inconclusive, "the 99% interval straddles the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			r := verdictOf(t, loaded(c.failed), c.rule).Rules[0]
			if r.Verdict != c.want || !strings.Contains(r.Findings[0].Subject+": "+r.Why, c.why) {
				t.Errorf("%s: %q, want %s: %q\n%+v", r.Verdict, r.Why, c.want, c.why, r.Findings)
			}
		})
	}
}

// Arms with one kind of load alone have one error rate.
func TestOneLoadHasOneErrorRate(t *testing.T) {
	open, closed := run(1, 0), loaded(860)
	for i := range closed.Arms {
		for k := range closed.Arms[i].Blocks {
			closed.Arms[i].Blocks[k].Open = nil
		}
	}
	for name, rec := range map[string]*record.Record{"open": open, "closed": closed} {
		for _, rule := range []record.Rule{noWorse("error_rate"), asserting("error_rate < 0.01")} {
			for _, f := range verdictOf(t, rec, rule).Rules[0].Findings {
				if strings.HasPrefix(f.Subject, "closed") {
					t.Errorf("%s load alone: a finding about %s", name, f.Subject)
				}
			}
		}
	}
	if j := verdictOf(t, closed, noWorse("error_rate")); j.Verdict != Regression {
		t.Errorf("closed load alone, of which 86%% failed: %s, %q", j.Verdict, j.Rules[0].Why)
	}
}

func TestFailuresUnderClosedLoadAgainstBaselines(t *testing.T) {
	baselines := earlier(6, 0.001)
	for i := range baselines {
		recordtest.Close(&baselines[i].Record.Arms[0], 1000, 0)
	}
	for _, c := range []struct {
		failed  int
		metrics []string
		want    Verdict
		why     string
	}{
		{0, []string{"error_rate"}, Pass, "within the"},
		{860, []string{"error_rate"}, Regression, "closed_error_rate, ab=a: significantly worse"},
		{860, []string{"tps"}, Inconclusive, "it fails 86 percentage points more of its prompts under closed load than the baselines"},
	} {
		rec := aRun(1, 0)
		recordtest.Close(&rec.Arms[0], 1000-c.failed, c.failed)
		j, err := Check(rec, []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: c.metrics}}}, baselines)
		if err != nil || j.Verdict != c.want || !strings.Contains(j.Rules[0].Why, c.why) {
			t.Errorf("%d failed, %v: %s, %q, %v, want %s: %q", c.failed, c.metrics, j.Verdict, j.Rules[0].Why, err, c.want, c.why)
		}
	}
}

// The number of hypotheses that Holm's method adjusts for is that of the findings.
func TestFamilyCountsClosedErrors(t *testing.T) {
	rec := loaded(0)
	rules := []record.Rule{noWorse("p50", "error_rate"), asserting("error_rate < 0.01"), asserting("p99_ms < 30"), {Name: "baselines", NoRegression: &record.NoRegression{Metrics: []string{"error_rate"}}}}
	parsed, err := parse(rec, rules)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	j, err := Check(rec, rules, []figures.Run{{Name: "b", Record: steadyTwin(rec)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range j.Rules {
		found += len(r.Findings)
	}
	if got := familiesOf(rec, parsed).pooled; got != found || found != 3+4+2+4 {
		t.Errorf("the family has %d hypotheses, and there are %d findings", got, found)
	}
}

// steadyTwin is an earlier run of the record.
func steadyTwin(rec *record.Record) *record.Record {
	twin := *rec
	twin.Started = rec.Started.Add(-time.Hour)
	return &twin
}

// Two levels that answer nothing are equally bad, and no pass.
func TestLevelsThatAnswerNothingAreInconclusive(t *testing.T) {
	rec := run(1, 0)
	for i := range rec.Arms {
		for _, b := range rec.Arms[i].Blocks {
			b.Open.Failed, b.Open.Answered, b.Open.Response = b.Open.Due, 0, record.NewHist()
		}
	}
	j, err := Check(rec, []record.Rule{noWorse("error_rate")}, nil)
	if err != nil || j.Verdict != Inconclusive || !strings.Contains(j.Rules[0].Why, "nothing was answered on either side") {
		t.Errorf("%s: %+v, %v", j.Verdict, j.Rules, err)
	}
}

// What the generator limited is at least what was measured, whatever the other side is.
func TestClosedLoadThatTheGeneratorLimited(t *testing.T) {
	for name, c := range map[string]struct {
		own    float64
		metric string
		want   Verdict
	}{
		"room left": {0.2, "tps", Pass}, "the limit": {0.8, "tps", Inconclusive}, "the limit, of a latency under open load": {0.8, "p50", Pass},
	} {
		rec := loaded(0)
		for k := range rec.Arms[1].Blocks {
			rec.Arms[1].Blocks[k].Closed.HarnessCPU = &c.own
		}
		for i := range rec.Arms {
			rec.Arms[i].Load.OpenDurationMS = 1000
		}
		r := verdictOf(t, rec, noWorse(c.metric)).Rules[0]
		if r.Verdict != c.want || c.want == Inconclusive && !strings.Contains(r.Why, "ab=b: the harness itself used 80% of all cores under closed load") {
			t.Errorf("%s: %s: %q", name, r.Verdict, r.Why)
		}
	}
}

// What a rate limit allows is no property of the server, whatever the other side is.
func TestClosedLoadThatARateLimitBound(t *testing.T) {
	rec := loaded(0)
	for k := range rec.Arms[1].Blocks {
		s := rec.Arms[1].Blocks[k].Closed
		s.LimitWait, s.HeldBy = recordtest.Hist(time.Second), map[string]uint64{"x-ratelimit-requests": 1}
	}
	r := verdictOf(t, rec, noWorse("tps")).Rules[0]
	if r.Verdict != Inconclusive || !strings.Contains(r.Why, "ab=b: the rate limit x-ratelimit-requests held back 100% of the requests") {
		t.Errorf("%s: %q", r.Verdict, r.Why)
	}
}
