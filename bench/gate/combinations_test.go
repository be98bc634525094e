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

// matrixRun is a record of two levels of ab in each of four combinations of the axes xy and uv,
// 15 blocks each. Latencies vary by 1%; those of b are factors times as long, by combination.
func matrixRun(factors ...float64) *record.Record {
	rng := rand.New(rand.NewPCG(7, 8))
	rec := &record.Record{Complete: true, Plan: record.Plan{Blocks: 15}, Axes: []record.Axis{
		{Name: "ab", Levels: []string{"a", "b"}}, {Name: "xy", Levels: []string{"x", "y"}}, {Name: "uv", Levels: []string{"u", "v"}},
	}}
	for i, factor := range factors {
		where := ",xy=" + []string{"x", "y"}[i/2] + ",uv=" + []string{"u", "v"}[i%2]
		for level, f := range map[string]float64{"a": 1, "b": factor} {
			var latencies []time.Duration
			for range 15 {
				latencies = append(latencies, time.Duration(20e6*f*(1+0.01*rng.NormFloat64())))
			}
			rec.Arms = append(rec.Arms, recordtest.Arm("ab="+level+where, 1000, latencies...))
		}
	}
	return rec
}

func by(how string) record.Rule {
	r := noWorse("p50")
	r.NoRegression.By = how
	return r
}

// One combination that is 50% slower beside one that is a third faster is not hidden by their
// mean.
func TestACombinationCannotHideInThePool(t *testing.T) {
	for name, c := range map[string]struct {
		factors  []float64
		by       string
		want     Verdict
		findings int
		why      string
	}{
		"+50% beside −33%":                 {[]float64{1.5, 0.67, 1, 1}, "", Regression, 5, "p50, ab b vs a, uv=u,xy=x: significantly worse"},
		"+50% beside −33%, both":           {[]float64{1.5, 0.67, 1, 1}, "both", Regression, 5, "uv=u,xy=x"},
		"+50% beside −33%, by combination": {[]float64{1.5, 0.67, 1, 1}, "combination", Regression, 4, "uv=u,xy=x"},
		"+50% beside −33%, pooled":         {[]float64{1.5, 0.67, 1, 1}, "pooled", Pass, 1, "within the 5% margin"},
		"one +8%":                          {[]float64{1, 1, 1, 1.08}, "", Regression, 5, "uv=v,xy=y"},
		"nothing":                          {[]float64{1, 1, 1, 1}, "", Pass, 5, "within"},
		"all +10%":                         {[]float64{1.1, 1.1, 1.1, 1.1}, "", Regression, 5, "p50, ab b vs a: significantly worse"},
	} {
		r := verdictOf(t, matrixRun(c.factors...), by(c.by)).Rules[0]
		if r.Verdict != c.want || len(r.Findings) != c.findings || !strings.Contains(r.Why, c.why) {
			t.Errorf("%s: %s in %d findings, %q, want %s in %d, %q", name, r.Verdict, len(r.Findings), r.Why, c.want, c.findings, c.why)
		}
	}
}

func TestCombinationsThatDifferAreAWarning(t *testing.T) {
	const want = "p50, ab=b against ab=a: combinations differ beyond doubt: 1.5"
	warned := func(rec *record.Record) bool {
		return strings.Contains(strings.Join(verdictOf(t, rec, by("pooled")).Rules[0].Findings[0].Warnings, "\n"), want)
	}
	if !warned(matrixRun(1.5, 0.67, 1, 1)) {
		t.Error("+50% beside −33% gives no warning")
	}
	if warned(matrixRun(1.5, 1.5, 1.5, 1.51)) {
		t.Error("combinations that differ by less than the margin give a warning")
	}
}

// Pooled figures and combinations have half of alpha each, and all of it where they are alone.
func TestCombinationsLeaveThePooledFiguresTheirAlpha(t *testing.T) {
	for how, want := range map[string]float64{"both": Alpha / 2, "pooled": Alpha, "combination": Alpha} {
		for _, f := range verdictOf(t, matrixRun(1, 1, 1, 1), by(how)).Rules[0].Findings {
			if *f.Alpha != want {
				t.Errorf("by %s: %s has alpha %v, want %v", how, f.Subject, *f.Alpha, want)
			}
		}
	}
}

// Combinations that so few blocks could never call a regression are left out with a warning, and
// refused where they are all that is asked for.
func TestCombinationsOutOfReach(t *testing.T) {
	rec := matrixRun(1.5, 1.5, 1.5, 1.5)
	for i := range rec.Arms {
		rec.Arms[i].Blocks = rec.Arms[i].Blocks[:9]
	}
	rec.Plan.Blocks = 9
	j := verdictOf(t, rec, by("both"))
	if len(j.Rules[0].Findings) != 1 || j.Verdict != Regression || len(j.Warnings) != 1 || !strings.Contains(j.Warnings[0], "over all combinations together only") {
		t.Errorf("%s, %q: %+v", j.Verdict, j.Warnings, j.Rules[0].Findings)
	}
	for how, want := range map[string]int{"both": 0, "pooled": 0, "combination": 1} {
		rec.Plan.Blocks = 8
		got, err := Unreachable(rec, []record.Rule{by(how)})
		if err != nil || len(got) != want {
			t.Errorf("by %s: %q, %v, want %d", how, got, err, want)
		}
	}
}

func TestMarkGivesCombinationsTheirVerdict(t *testing.T) {
	rec := matrixRun(1.5, 0.67, 1, 1)
	verdicts := map[string]Verdict{}
	for _, c := range verdictOf(t, rec, by("both")).Mark(figures.Compare(rec)) {
		if c.Metric == "p50" && c.Axis == "ab" {
			verdicts[c.Levels["xy"]+c.Levels["uv"]] = c.Verdict
		}
	}
	if verdicts["xu"] != Regression || verdicts["yv"] != Pass || verdicts["xv"] != Pass {
		t.Errorf("%v", verdicts)
	}
}
