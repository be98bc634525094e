package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// earlier are n runs of 15 blocks, with latencies of about 20 ms that vary by spread from run
// to run.
func earlier(n int, spread float64) []figures.Run {
	rng := rand.New(rand.NewPCG(7, 7))
	var out []figures.Run
	for i := range n {
		out = append(out, figures.Run{Name: fmt.Sprintf("b%d", i), Record: aRun(1+spread*rng.NormFloat64(), 0)})
	}
	return out
}

// aRun is a run of one arm, whose latencies are factor times 20 ms, with failed prompts more in
// each block.
func aRun(factor float64, failed int) *record.Record {
	rec := recordtest.AB(recordtest.Steady("ab=a", 1000, time.Duration(20e6*factor), 15))
	recordtest.Fail(&rec.Arms[0], failed)
	rec.Complete, rec.Plan, rec.Scenario.Name = true, record.Plan{Blocks: 15}, "s"
	return rec
}

// elsewhere has the fourth of the runs measured on another machine.
func elsewhere(runs []figures.Run) []figures.Run {
	runs[3].Record.Env.CPU = "Another CPU"
	return runs
}

// dead is a run in which every prompt failed.
func dead() *record.Record {
	rec := aRun(1, 0)
	for _, b := range rec.Arms[0].Blocks {
		b.Open.Failed, b.Open.Answered = b.Open.Due, 0
		b.Open.Response = record.NewHist()
	}
	return rec
}

func TestAgainstBaselines(t *testing.T) {
	for name, c := range map[string]struct {
		rec       *record.Record
		baselines []figures.Run
		metrics   []string
		want      Verdict
		why       string
	}{
		"same, quiet machine":       {aRun(1, 0), earlier(8, 0.005), []string{"p50", "error_rate"}, Pass, "within the"},
		"twice as slow":             {aRun(2, 0), earlier(8, 0.005), []string{"p50"}, Regression, "significantly worse"},
		"same, noisy machine":       {aRun(1, 0), earlier(8, 0.15), []string{"p50"}, Inconclusive, "neither significantly worse"},
		"20% slower, noisy":         {aRun(1.2, 0), earlier(8, 0.15), []string{"p50"}, Inconclusive, "neither significantly worse"},
		"too few":                   {aRun(2, 0), earlier(4, 0.005), []string{"p50"}, Inconclusive, "4 of at least 5 baselines"},
		"failures, one baseline":    {aRun(1, 100), earlier(1, 0), []string{"error_rate"}, Regression, "significantly worse"},
		"no failures, one baseline": {aRun(1, 0), earlier(1, 0), []string{"error_rate"}, Pass, "within the"},
		"fast failures":             {aRun(0.5, 100), earlier(8, 0.005), []string{"p50"}, Inconclusive, "fails 9.1 percentage points more"},
		"slower, another machine":   {aRun(2, 0), elsewhere(earlier(8, 0.005)), []string{"p50"}, Inconclusive, "baseline b3 was measured on another machine"},
		"failures, another machine": {aRun(1, 100), elsewhere(earlier(8, 0.005)), []string{"p50", "error_rate"}, Regression, "error_rate, ab=a: significantly worse"},
		"all fail on both sides":    {dead(), []figures.Run{{Name: "b0", Record: dead()}}, []string{"error_rate"}, Inconclusive, "nothing was answered on either side"},
		"none":                      {aRun(1, 0), nil, []string{"p50", "error_rate"}, Inconclusive, "no --baseline"},
		"tps without closed load":   {aRun(1, 0), earlier(8, 0.005), []string{"tps"}, Inconclusive, "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := Check(c.rec, []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: c.metrics}}}, c.baselines)
			if err != nil {
				t.Fatal(err)
			}
			if j.Verdict != c.want || !strings.Contains(j.Rules[0].Why, c.why) {
				t.Errorf("%s: %q, want %s: %q", j.Verdict, j.Rules[0].Why, c.want, c.why)
			}
		})
	}
}

// Whether one more run lies among n is told by a t of n−1 degrees of freedom, with the spread of runs widened by
// √(1+1/n), because their mean is uncertain as well (Hahn & Meeker, Statistical Intervals, 1991, §4.7). Of five runs at
// −2, −1, 0, 1 and 2 % one at 4% has t = 4/(1.581·√1.2) = 2.309: p = 0.0411, and the 90% bounds are 2.132·1.732% away.
func TestARunAmongRunsIsJudgedByStudentsPredictionInterval(t *testing.T) {
	at := func(log float64) *record.Record { return aRun(math.Exp(log), 0) }
	var runs []*record.Arm
	for _, log := range []float64{-0.02, -0.01, 0, 0.01, 0.02} {
		runs = append(runs, &at(log).Arms[0])
	}
	p50, _ := metric.Named("p50")
	g := &gate{calculator: figures.NewCalculator()}
	got := g.amongRuns(&at(0.04).Arms[0], runs, p50, 0.05)
	within := func(x, want float64) bool { return math.Abs(x/want-1) < 0.05 } // histograms have three digits
	if !within(got.effect, 0.04) || !within(got.p, 0.0411) || math.Abs(got.low-0.0031) > 0.001 || !within(got.high, 0.04+0.03693) {
		t.Errorf("effect %.4f (%.4f to %.4f), p %.4f; want 0.04 (0.0031 to 0.0769), p 0.0411", got.effect, got.low, got.high, got.p)
	}
}

// Error rates of runs of one build may differ by more than the blocks within a run show.
func TestErrorRatesThatDifferFromRunToRun(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"error_rate"}}}}
	for _, c := range []struct {
		failed  []int // prompts in a block of each baseline
		want    Verdict
		why     string
		warning string
	}{
		{[]int{5, 6, 5, 7, 6}, Regression, "significantly worse", ""},
		{[]int{2, 14, 5, 9, 1}, Inconclusive, "the error rates of the 5 baselines differ by more than their blocks explain, so another run may differ from them by", ""},
		{[]int{5, 6}, Regression, "significantly worse", "2 of at least 3 baselines: fewer do not show how much error rates differ from run to run"},
		{[]int{6}, Regression, "significantly worse", "1 of at least 3 baselines"},
	} {
		var baselines []figures.Run
		for i, failed := range c.failed {
			baselines = append(baselines, figures.Run{Name: fmt.Sprint(i), Record: aRun(1, failed)})
		}
		j, err := Check(aRun(1, 25), rules, baselines)
		if err != nil {
			t.Fatal(err)
		}
		f := j.Rules[0].Findings[0]
		if f.Verdict != c.want || !strings.Contains(f.Why, c.why) || !strings.Contains(strings.Join(f.Warnings, ""), c.warning) || c.warning == "" && len(f.Warnings) > 0 {
			t.Errorf("%v: %s, %s, %q", c.failed, f.Verdict, f.Why, f.Warnings)
		}
	}
}

func TestSlimBaselinesGiveTheSameFinding(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50", "p90", "p99", "error_rate"}}}}
	whole := earlier(6, 0.01)
	slim := make([]figures.Run, len(whole))
	for i, b := range whole {
		slim[i] = figures.Run{Name: b.Name, Record: record.Slim(b.Record)}
	}
	a, err := Check(aRun(1.01, 1), rules, whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Check(record.Slim(aRun(1.01, 1)), rules, slim)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(b.Rules[0].Why, *b.Rules[0].Measured), fmt.Sprint(a.Rules[0].Why, *a.Rules[0].Measured); got != want {
		t.Errorf("slim records give %s, whole ones %s", got, want)
	}
}

func TestWrongBaselinesAreAnError(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50"}}}}
	for want, spoil := range map[string]func(*record.Record){
		"is of scenario other: expected s": func(r *record.Record) { r.Scenario.Name = "other" },
		"is invalid (late)":                func(r *record.Record) { r.Invalid = []string{"late"} },
		"was cut short":                    func(r *record.Record) { r.Complete = false },
	} {
		b := earlier(1, 0)
		spoil(b[0].Record)
		if _, err := Check(aRun(1, 0), rules, b); err == nil || !strings.Contains(err.Error(), "baseline b0 "+want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	b := earlier(6, 0)
	b[3].Record.Arms[0].Name, b[3].Record.Arms[0].Levels = "ab=z", map[string]string{"ab": "z"}
	j, err := Check(aRun(1, 0), rules, b)
	if err != nil || j.Verdict != Inconclusive || !strings.Contains(j.Rules[0].Why, "baseline b3 has no arm ab=a") {
		t.Errorf("a baseline without the arm: %v, %+v", err, j)
	}
}

func TestDifferentConditionsAreWarnedOf(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50"}}}}
	b := earlier(2, 0)
	b[1].Record.Env.CPU = "another"
	b[0].Record.Scenario.Set = []string{"load.open.rate=200"}
	b[0].Record.Arms[0].Load.OpenPerS = 200
	rec := aRun(1, 0)
	answers := func(r *record.Record, tokens uint64) {
		s := r.Arms[0].Blocks[0].Open
		s.UsageInWindow, s.OutputInWindow = 100, tokens
	}
	answers(rec, 10_000)
	answers(b[0].Record, 10_500)
	answers(b[1].Record, 5_000)
	j, err := Check(rec, rules, b)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(j.Warnings, "\n")
	for _, want := range []string{"the machine or its Go differs from this run's in baseline b1", "--set or --axis differs from this run's in baseline b0", "the load of an arm differs from this run's in baseline b0", "the length of an arm's answers differs from this run's in baseline b1"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s\n%s", want, said)
		}
	}
}

// A head under another load than its baselines is neither better nor worse than they are.
func TestAnotherLoadIsNotComparable(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50", "error_rate"}}}}
	open := record.Load{OpenPerS: 100, OpenDurationMS: 2000, Arrivals: "poisson", ClosedInFlight: 8, ClosedDurationMS: 400}
	closed := record.Load{ClosedInFlight: 8, ClosedDurationMS: 400}
	for _, c := range []struct {
		load   record.Load
		change func(*record.Load)
		says   string // "" if nothing is barred
	}{
		{open, func(*record.Load) {}, ""},
		{open, func(l *record.Load) { l.OpenPerS *= 1.001 }, ""},
		{open, func(l *record.Load) { l.RequestedTimeoutMS *= 2 }, ""},
		{open, func(l *record.Load) { l.ClosedInFlight *= 2 }, ""},
		{open, func(l *record.Load) { l.OpenPerS *= 1.5 }, "150 prompts/s instead of 100"},
		{open, func(l *record.Load) { l.Arrivals = "gamma"; l.Burstiness = 3 }, "gamma (burstiness 3) arrivals instead of poisson"},
		{open, func(l *record.Load) { l.Shape = "ramp" }, "the shape ramp instead of constant"},
		{closed, func(l *record.Load) { l.ClosedInFlight *= 2 }, "16 in flight instead of 8"},
		{record.Load{BatchPrompts: 100}, func(l *record.Load) { l.BatchPrompts *= 2 }, "batches of 200 instead of 100"},
		{closed, func(l *record.Load) { *l = open }, "open load instead of closed load"},
	} {
		rec, b := aRun(2, 0), earlier(6, 0.001)
		rec.Arms[0].Load = c.load
		for i := range b {
			b[i].Record.Arms[0].Load = c.load
		}
		c.change(&b[2].Record.Arms[0].Load)
		j, err := Check(rec, rules, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range j.Rules[0].Findings {
			if f.Metric == "closed_error_rate" { // aRun has no closed slices
				continue
			}
			barred := c.says != "" && strings.HasSuffix(f.Subject, rec.Arms[0].Name)
			if strings.Contains(f.Why, "baseline b2 was measured under another load, "+c.says) != barred || barred && f.Verdict != Inconclusive {
				t.Errorf("%q: %s: %s, %s", c.says, f.Subject, f.Verdict, f.Why)
			}
		}
	}
}

// Arms that were under open load at once are not comparable with an arm alone, but their TPS is, as closed load
// is for one arm at a time.
func TestArmsAtOnceAreAnotherLoad(t *testing.T) {
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50"}}}}
	open := record.Load{OpenPerS: 100, OpenDurationMS: 2000}
	for _, c := range []struct {
		load record.Load
		arms int // of the baselines, which measured them at once
		says string
	}{
		{open, 1, ""},
		{open, 3, "3 arms at once instead of one arm at a time"},
		{record.Load{ClosedInFlight: 8, ClosedDurationMS: 400}, 3, ""},
	} {
		rec, b := aRun(2, 0), earlier(6, 0.001)
		rec.Arms, rec.Plan.Order = rec.Arms[:1], "sequential"
		rec.Arms[0].Load = c.load
		for i := range b {
			r := b[i].Record
			r.Arms, r.Plan.Order = slices.Repeat(r.Arms[:1], c.arms), "concurrent"
			r.Arms[0].Load = c.load
			for k := range r.Arms[1:] {
				r.Arms[k+1].Name, r.Arms[k+1].Levels = fmt.Sprint(k), map[string]string{"ab": fmt.Sprint(k)}
			}
		}
		j, err := Check(rec, rules, b)
		if err != nil {
			t.Fatal(err)
		}
		f := j.Rules[0].Findings[0]
		if barred := strings.Contains(f.Why, "another load"); barred != (c.says != "") || !strings.Contains(f.Why, c.says) || barred && f.Verdict != Inconclusive {
			t.Errorf("%d arms, %q: %s, %s", c.arms, c.says, f.Verdict, f.Why)
		}
	}
}

func TestARunIsABaselineOnce(t *testing.T) {
	began := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	rules := []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"p50"}}}}
	for want, spoil := range map[string]func([]figures.Run){
		"":                                     func([]figures.Run) {},
		"baselines b1 and b2 are the same run": func(b []figures.Run) { b[2].Record = record.Slim(b[1].Record) },
		"baseline b0 is the judged run itself": func(b []figures.Run) { b[0].Record.Started = began },
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

func TestAMissingArmNeverPasses(t *testing.T) {
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
