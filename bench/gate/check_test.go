package gate

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// run is a record of two levels of ab and 15 blocks, whose latencies wander by a
// percent about 20 ms; b's take as much longer as the factor says, and more fail.
func run(factor float64, failedInB int) *record.Record {
	rng := rand.New(rand.NewPCG(1, 2))
	var base, head []time.Duration
	for range 15 {
		drift := 1 + 0.05*rng.NormFloat64()
		at := func(f float64) time.Duration {
			return time.Duration(20e6 * drift * f * (1 + 0.01*rng.NormFloat64()))
		}
		base, head = append(base, at(1)), append(head, at(factor))
	}
	rec := one(arm("ab=a", 1000, base...), arm("ab=b", 1000, head...))
	for i := range rec.Arms[1].Blocks {
		s := rec.Arms[1].Blocks[i].Open
		s.Due, s.Failed = s.Due+uint64(failedInB), uint64(failedInB)
	}
	rec.Complete, rec.Plan = true, record.Plan{Blocks: 15}
	return rec
}

func noWorse(metrics ...string) record.Rule {
	return record.Rule{Name: "b is no worse", NoRegression: &record.NoRegression{Axis: "ab", Base: "a", Head: "b", Metrics: metrics}}
}

func asserting(text string) record.Rule { return record.Rule{Name: text, Assert: text} }

// verdictOf judges and gives the first rule's ruling.
func verdictOf(t *testing.T, rec *record.Record, rules ...record.Rule) Judgement {
	t.Helper()
	j, err := Check(rec, rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		factor float64
		failed int
		rule   record.Rule
		want   Verdict
		why    string
	}{
		"as fast":                    {1, 0, noWorse("p50"), Pass, "inside the margin of 5%"},
		"twice as slow":              {2, 0, noWorse("p50"), Regression, "worse past doubt"},
		"faster is no fault":         {0.5, 0, noWorse("p50", "p90"), Pass, "inside the margin"},
		"past doubt but small":       {1.02, 0, noWorse("p50"), Pass, "inside the margin"},
		"at the margin":              {1.05, 0, noWorse("p50"), Regression, "worse past doubt"},
		"p99 needs ten beyond it":    {1, 0, noWorse("p99"), Pass, "inside the margin of 10%"},
		"errors come first":          {0.5, 200, noWorse("p50", "error_rate"), Regression, "error_rate"},
		"fast failures are no speed": {0.5, 200, noWorse("p50"), Inconclusive, "those it answers are not the same"},
		"nothing fails":              {1, 0, noWorse("error_rate"), Pass, "0.25 percentage points"},
		"tps has no closed load":     {1, 0, noWorse("tps"), Inconclusive, "closed load"},
		"objective holds":            {1, 0, asserting("error_rate < 0.01 && p99_ms < 30"), Pass, "it holds up to the far bound"},
		"objective fails":            {2, 0, asserting("p50_ms < 30"), Regression, "ab=b: it fails past doubt"},
		"objective in one arm":       {1, 200, asserting("error_rate < 0.01"), Regression, "ab=b"},
		"a failure is infinite":      {1, 200, asserting("p90_ms < 1000"), Regression, "ab=b"},
		"objective at the figure":    {1, 0, asserting("mean_ms < 20"), Inconclusive, "leave open"},
		"relation holds":             {2, 0, asserting(`ratio(p50_ms, "ab=b", "ab=a") > 1.5`), Pass, "holds"},
		"relation fails":             {1, 0, asserting(`ratio(p50_ms, "ab=b", "ab=a") > 1.5`), Regression, "fails"},
		"arithmetic":                 {2, 0, asserting(`1 - 1/ratio(p50_ms, "ab=b", "ab=a") > 0.4`), Pass, "holds"},
		"not what is not":            {1, 0, asserting(`not (p50_ms > 100) or p50_ms < 1`), Pass, "holds"},
		"capacity of nothing":        {1, 0, asserting("tps > 1"), Pass, "holds"}, // of open load
		"no ledger of auth":          {1, 0, asserting("auth_ms < 1"), Inconclusive, "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := run(c.factor, c.failed)
			j := verdictOf(t, rec, c.rule)
			if j.Verdict != c.want || !strings.Contains(j.Rules[0].Why, c.why) {
				t.Errorf("%s: %q, want %s: %q\n%+v", j.Verdict, j.Rules[0].Why, c.want, c.why, j.Rules[0].Findings)
			}
		})
	}
}

func TestInvalidAndIncompleteNeverPass(t *testing.T) {
	for _, factor := range []float64{1, 2} {
		rec := run(factor, 0)
		rec.Invalid = []string{"send lag"}
		if j := verdictOf(t, rec, noWorse("p50")); j.Verdict != Invalid || j.Rules[0].Verdict != Invalid || j.Rules[0].Findings[0].Verdict != Invalid {
			t.Errorf("an invalid run with factor %v is %s: %+v", factor, j.Verdict, j.Rules)
		}
	}
	rec := run(1, 0)
	rec.Complete = false
	if j := verdictOf(t, rec, noWorse("p50")); j.Verdict != Inconclusive {
		t.Errorf("a run that was cut short after its last block is %s", j.Verdict)
	}
	rec = run(2, 0)
	rec.Complete, rec.Plan.Blocks = false, 30
	if j := verdictOf(t, rec, noWorse("p50")); j.Verdict != Inconclusive || !strings.Contains(j.Rules[0].Why, "15 of 30 blocks") {
		t.Errorf("a run of half its blocks is %s: %s", j.Verdict, j.Rules[0].Why)
	}
	empty := run(1, 0)
	for i := range empty.Arms {
		empty.Arms[i].Blocks = nil
	}
	for _, rule := range []record.Rule{noWorse("p50", "error_rate", "tps"), asserting("error_rate < 0.01"), asserting("p99_ms < 800")} {
		if j := verdictOf(t, empty, rule); j.Verdict != Inconclusive {
			t.Errorf("a record without blocks is %s under %s", j.Verdict, rule.Name)
		}
	}
}

func TestNoRulesNoVerdict(t *testing.T) {
	if j := verdictOf(t, run(1, 0)); j.Verdict != "" || j.Rules == nil || len(j.Rules) != 0 {
		t.Errorf("%+v", j)
	}
}

// A run goes on while a rule is inconclusive, and no further than the look that decides.
func TestLooksStopWhereARuleTells(t *testing.T) {
	for name, c := range map[string]struct {
		factor, margin float64
		want           Verdict
		least, most    int
	}{
		"a clear one":           {1.5, 0.05, Regression, 15, 15},
		"one without an effect": {1, 0.05, Pass, 15, 30},
		"one that is doubtful":  {1.006, 0.012, Inconclusive, 45, 45},
	} {
		s := newSimulation(publishedNoise(), effect{p50: c.factor, p90: 1, p99: 1, tps: 1}, 3)
		s.rec.Rules = s.rec.Rules[:1]
		s.rec.Rules[0].NoRegression.Metrics = []string{"p50"}
		s.rec.Rules[0].NoRegression.Margin = c.margin
		if j := s.run(); j.Verdict != c.want || j.Blocks < c.least || j.Blocks > c.most {
			t.Errorf("%s: %s after %d blocks, want %s after %d to %d", name, j.Verdict, j.Blocks, c.want, c.least, c.most)
		}
	}
}

func TestEveryBlockWithoutAnswersIsTooMany(t *testing.T) {
	rec := run(1, 0)
	for i := range 4 {
		s := rec.Arms[1].Blocks[i].Open
		s.Failed, s.Answered, s.Response = s.Due, 0, nil
	}
	j := verdictOf(t, rec, noWorse("p50"))
	if j.Verdict == Pass || !strings.Contains(j.Rules[0].Why, "answered nothing") {
		t.Errorf("4 of 15 blocks without an answer: %s, %q", j.Verdict, j.Rules[0].Why)
	}
}

func TestWrongRulesAreAnError(t *testing.T) {
	_, err := Check(run(1, 0), []record.Rule{{Name: "wrong", Assert: "p98_ms < 1"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "rule wrong: column 1") {
		t.Errorf("%v", err)
	}
}
