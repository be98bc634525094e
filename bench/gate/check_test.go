package gate

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// run is a record of two levels of ab and 15 blocks, whose latencies vary by 1% about a
// drifting 20 ms. Those of b are factor times as long, and failedInB of its prompts fail in
// each block.
func run(factor float64, failedInB int) *record.Record {
	rng := rand.New(rand.NewPCG(3, 4))
	var base, head []time.Duration
	for range 15 {
		drift := 1 + 0.05*rng.NormFloat64()
		at := func(f float64) time.Duration {
			return time.Duration(20e6 * drift * f * (1 + 0.01*rng.NormFloat64()))
		}
		base, head = append(base, at(1)), append(head, at(factor))
	}
	rec := recordtest.AB(recordtest.Arm("ab=a", 1000, base...), recordtest.Arm("ab=b", 1000, head...))
	recordtest.Fail(&rec.Arms[1], failedInB)
	rec.Complete, rec.Plan = true, record.Plan{Blocks: 15}
	return rec
}

func noWorse(metrics ...string) record.Rule {
	return record.Rule{Name: "b is no worse", NoRegression: &record.NoRegression{Axis: "ab", Base: "a", Head: "b", Metrics: metrics}}
}

func asserting(text string) record.Rule { return record.Rule{Name: text, Assert: text} }

// verdictOf judges and gives the verdict.
func verdictOf(t *testing.T, rec *record.Record, rules ...record.Rule) RunVerdict {
	t.Helper()
	j, err := Check(rec, rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Blocks in which only the head is slow are not taken for a disturbance when it comes to passing; a single one,
// which a disturbance explains, and some on either side do not keep it from passing.
func TestAHeadThatIsSlowNowAndThenDoesNotPass(t *testing.T) {
	for name, c := range map[string]struct {
		slow map[int][]int // blocks, by arm
		want Verdict
	}{
		"in 1 of 15 blocks":        {map[int][]int{1: {4}}, Pass},
		"in 3 of 15 blocks":        {map[int][]int{1: {4, 9, 10}}, Inconclusive},
		"in as many as the base":   {map[int][]int{0: {2}, 1: {9}}, Pass},
		"less often than the base": {map[int][]int{0: {2, 6, 13}}, Pass},
	} {
		rec := run(1, 0)
		for arm, blocks := range c.slow {
			for _, i := range blocks {
				rec.Arms[arm].Blocks[i].Open = recordtest.Slice(1000, 100*time.Millisecond)
			}
		}
		for _, rule := range []record.Rule{noWorse("p50"), asserting(`ratio(p50_ms, "ab=b", "ab=a") < 1.05`)} {
			if j := verdictOf(t, rec, rule); j.Verdict != c.want {
				t.Errorf("%s: %s: %s, %s", name, rule.Name, j.Verdict, j.Rules[0].Why)
			}
		}
	}
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		factor float64
		failed int
		rule   record.Rule
		want   Verdict
		why    string
	}{
		"as fast":                 {1, 0, noWorse("p50"), Pass, "within the 5% margin"},
		"twice as slow":           {2, 0, noWorse("p50"), Regression, "significantly worse"},
		"faster passes":           {0.5, 0, noWorse("p50", "p90"), Pass, "within the 5% margin"},
		"significant but small":   {1.02, 0, noWorse("p50"), Pass, "within the 5% margin"},
		"at the margin":           {1.05, 0, noWorse("p50"), Regression, "significantly worse"},
		"p99 has its own margin":  {1, 0, noWorse("p99"), Pass, "within the 10% margin"},
		"errors decide first":     {0.5, 200, noWorse("p50", "error_rate"), Regression, "error_rate"},
		"fast failures":           {0.5, 200, noWorse("p50"), Inconclusive, "those it answers are not comparable"},
		"nothing fails":           {1, 0, noWorse("error_rate"), Pass, "0.25 percentage points"},
		"tps has no closed load":  {1, 0, noWorse("tps"), Inconclusive, "closed load"},
		"objective holds":         {1, 0, asserting("error_rate < 0.01 && p99_ms < 30"), Pass, "true across the whole 90% interval"},
		"objective fails":         {2, 0, asserting("p50_ms < 30"), Regression, "ab=b: false across the whole 99% interval"},
		"objective in one arm":    {1, 200, asserting("error_rate < 0.01"), Regression, "ab=b"},
		"failures are infinite":   {1, 200, asserting("p90_ms < 1000"), Regression, "ab=b"},
		"objective at its figure": {1, 0, asserting("mean_ms < 20"), Inconclusive, "interval straddles the limit"},
		"relation holds":          {2, 0, asserting(`ratio(p50_ms, "ab=b", "ab=a") > 1.5`), Pass, "true across the whole 90% interval"},
		"relation fails":          {1, 0, asserting(`ratio(p50_ms, "ab=b", "ab=a") > 1.5`), Regression, "false across the whole 98% interval"},
		"arithmetic":              {2, 0, asserting(`1 - 1/ratio(p50_ms, "ab=b", "ab=a") > 0.4`), Pass, "true across the whole 90% interval"},
		"negation":                {1, 0, asserting(`not (p50_ms > 100) or p50_ms < 1`), Pass, "true across the whole 90% interval"},
		"tps of open load":        {1, 0, asserting("tps > 1"), Pass, "true across the whole 90% interval"},
		"a figure not known":      {1, 0, asserting("auth_ms < 1"), Inconclusive, "not known"},
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

// Where failed prompts decide, the finding says so: its figure or its bound is infinite.
func TestFailuresThatDecideAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		failed  int // of 1000 answered prompts more, in every block of b
		assert  string
		want    Verdict
		why     string
		bounded bool // the figure is known, its upper bound is infinite
	}{
		"a percentile": {50, "p99_ms < 800", Regression, "ab=b: false across the whole 99% interval: p99_ms is ∞ (4.8% failed), as a failed prompt counts as infinite", false},
		"its bound":    {9, "p99_ms < 800", Inconclusive, "ab=b: the 99% interval straddles the limit: the upper bound of p99_ms is ∞ (0.83% failed), as a failed prompt counts as infinite", true},
		"one of two":   {50, "error_rate < 0.5 && p99_ms < 800", Regression, "ab=b: false across the whole 99% interval: p99_ms is ∞ (4.8% failed), as a failed prompt counts as infinite", false},
		"of streams":   {50, "ttft_p99_ms < 800", Regression, "ab=b: false across the whole 99% interval: ttft_p99_ms is ∞ (4.8% failed), as a failed prompt counts as infinite", false},
	} {
		rec := run(1, c.failed)
		for i := range rec.Arms {
			recordtest.Stream(&rec.Arms[i], 40*time.Millisecond, 2*time.Millisecond)
		}
		if name == "its bound" { // its blocks differ, so that its bounds are wide
			for i := range rec.Arms[1].Blocks {
				s := rec.Arms[1].Blocks[i].Open
				extra := uint64(i%2) * 9
				s.Due, s.Failed = s.Due-9+2*extra, 2*extra
			}
		}
		r := verdictOf(t, rec, asserting(c.assert)).Rules[0]
		if r.Verdict != c.want || !strings.HasSuffix(r.Why, c.why) {
			t.Errorf("%s: %s: %q, want %s: %q", name, r.Verdict, r.Why, c.want, c.why)
		}
		if c.assert == "p99_ms < 800" && (r.FailedShare == nil || (r.Measured != nil) != c.bounded || r.High != nil) {
			t.Errorf("%s: measured %s, high %s, failed %s", name, recordtest.Text(r.Measured), recordtest.Text(r.High), recordtest.Text(r.FailedShare))
		}
	}
	if r := verdictOf(t, run(1, 5), asserting("p50_ms < 800")).Rules[0]; r.Verdict != Pass || r.FailedShare != nil || strings.Contains(r.Why, "failed") {
		t.Errorf("failures that decide nothing: %s: %q, failed %s", r.Verdict, r.Why, recordtest.Text(r.FailedShare))
	}
}

func TestNoRulesNoVerdict(t *testing.T) {
	if j := verdictOf(t, run(1, 0)); j.Verdict != "" || j.Rules == nil || len(j.Rules) != 0 {
		t.Errorf("%+v", j)
	}
}

func TestARunEndsAtTheLookThatDecides(t *testing.T) {
	for name, c := range map[string]struct {
		factor, margin float64
		want           Verdict
		least, most    int
	}{
		"a large effect": {1.5, 0.05, Regression, 15, 15},
		"no effect":      {1, 0.05, Pass, 15, 30},
		"a small effect": {1.006, 0.012, Inconclusive, 45, 45},
	} {
		s := newSimulation(publishedNoise(), effect{p50: c.factor, p90: 1, p99: 1, tps: 1}, 4)
		s.rec.Rules = s.rec.Rules[:1]
		s.rec.Rules[0].NoRegression.Metrics = []string{"p50"}
		s.rec.Rules[0].NoRegression.Margin = c.margin
		if j := s.run(); j.Verdict != c.want || j.Blocks < c.least || j.Blocks > c.most {
			t.Errorf("%s: %s after %d blocks, want %s after %d to %d", name, j.Verdict, j.Blocks, c.want, c.least, c.most)
		}
	}
}

func TestBlocksWithoutAnswersAreLimited(t *testing.T) {
	rec := run(1, 0)
	for i := range 4 {
		for k := range rec.Arms {
			s := rec.Arms[k].Blocks[i].Open
			s.Failed, s.Answered, s.Response = s.Due, 0, nil
		}
	}
	j := verdictOf(t, rec, noWorse("p50"))
	if j.Verdict == Pass || !strings.Contains(j.Rules[0].Why, "neither side answered anything") {
		t.Errorf("4 of 15 blocks without an answer: %s, %q", j.Verdict, j.Rules[0].Why)
	}
}

func TestWrongRulesAreAnError(t *testing.T) {
	_, err := Check(run(1, 0), []record.Rule{{Name: "wrong", Assert: "p98_ms < 1"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "rule wrong: column 1") {
		t.Errorf("%v", err)
	}
}

// A figure of the whole run, such as its connections, is known without blocks; too short a run
// must not pass by it.
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

func TestUnknownMetricsAreAnError(t *testing.T) {
	for _, metric := range []string{"p42", "p95", "p99_ms", ""} {
		for _, rule := range []record.Rule{noWorse("p50", metric), {Name: "b is no worse", NoRegression: &record.NoRegression{Metrics: []string{metric}}}} {
			_, err := Check(run(1, 0), []record.Rule{rule}, nil)
			if err == nil || !strings.Contains(err.Error(), "rule b is no worse: unknown metric") {
				t.Errorf("%q: %v", metric, err)
			}
		}
	}
}
