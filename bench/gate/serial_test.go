package gate

import (
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// slower is of 15 blocks whose log ratios are the offset plus the values.
func slower(offset float64, values []float64) *record.Record {
	base, head := make([]time.Duration, len(values)), make([]time.Duration, len(values))
	for i, v := range values {
		base[i] = 20 * time.Millisecond
		head[i] = time.Duration(20e6 * math.Exp(offset+v))
	}
	rec := recordtest.AB(recordtest.Arm("ab=a", 1000, base...), recordtest.Arm("ab=b", 1000, head...))
	rec.Complete, rec.Plan = true, record.Plan{Blocks: len(values)}
	return rec
}

// Blocks that follow each other tell little of an effect that is small beside their drift, which
// the finding says, and enough of one that is large.
func TestEffectsBesideADrift(t *testing.T) {
	drift := []float64{0, 0.6, 0.3, 1.1, 0.8, 1.2, 0.4, 0.5, -0.4, -0.1, -0.9, -0.5, -0.6, 0.3, 0.1}
	of := func(sd float64) []float64 {
		out := make([]float64, len(drift))
		for i, v := range drift {
			out[i] = sd * v
		}
		return out
	}
	const following = "blocks are correlated (ρ = 0.8), so 15 count as 1: lengthen them"
	for name, c := range map[string]struct {
		rec     *record.Record
		metrics []string
		want    Verdict
		why     string
	}{
		"9% beside half a percent":   {slower(0.086, of(0.005)), []string{"p50"}, Regression, "significantly worse"},
		"the same by three figures":  {slower(0.086, of(0.005)), []string{"p50", "p90", "p99"}, Regression, "significantly worse"},
		"5% beside 3%":               {slower(0.05, of(0.03)), []string{"p50"}, Inconclusive, following},
		"5% beside 3% that does not": {slower(0.05, []float64{0.03, -0.03, 0.02, -0.01, 0.03, -0.04, 0.01, -0.02, 0.03, -0.01, 0.02, -0.03, 0.01, -0.01, 0.02}), []string{"p50"}, Regression, "significantly worse"},
		"5% beside 4%":               {slower(0.05, []float64{0.06, 0.02, 0.06, 0.06, -0.04, -0.06, 0.02, 0, -0.06, 0.04, 0.06, 0.04, -0.02, -0.04, -0.06}), []string{"p50"}, Inconclusive, "15 blocks are too few to tell whether they are correlated, so they count as"},
	} {
		r := verdictOf(t, c.rec, noWorse(c.metrics...)).Rules[0]
		if r.Verdict != c.want || !strings.Contains(r.Why, c.why) {
			t.Errorf("%s: %s: %q, want %s: %q", name, r.Verdict, r.Why, c.want, c.why)
		}
	}
}

// One outage is one event, however many blocks it lasts.
func TestFailuresThatLast(t *testing.T) {
	in := func(blocks ...int) *record.Record {
		rec := recordtest.AB(recordtest.Steady("ab=a", 1000, time.Millisecond, 30), recordtest.Steady("ab=b", 1000, time.Millisecond, 30))
		for _, i := range blocks {
			s := rec.Arms[1].Blocks[i].Open
			s.Answered, s.Failed = 950, 50
		}
		rec.Complete, rec.Plan = true, record.Plan{Blocks: 30}
		return rec
	}
	for name, c := range map[string]struct {
		rec  *record.Record
		want Verdict
		why  string
	}{
		"in a row":  {in(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), Inconclusive, "blocks are correlated (ρ = 1.0), so 30 count as 2: lengthen them"},
		"scattered": {in(1, 2, 5, 8, 10, 14, 16, 17, 20, 23, 24, 27, 29), Regression, "significantly worse"},
	} {
		r := verdictOf(t, c.rec, noWorse("error_rate")).Rules[0]
		if r.Verdict != c.want || !strings.Contains(r.Why, c.why) {
			t.Errorf("%s: %s: %q, want %s: %q", name, r.Verdict, r.Why, c.want, c.why)
		}
	}
}

// So it is beside baselines, in which nothing failed.
func TestFailuresThatLastAgainstBaselines(t *testing.T) {
	for name, c := range map[string]struct {
		blocks []int
		want   Verdict
	}{
		"in a row":  {[]int{4, 5, 6, 7, 8, 9, 10}, Inconclusive},
		"scattered": {[]int{0, 2, 3, 5, 8, 9, 11, 14}, Regression},
	} {
		rec := aRun(1, 0)
		for _, i := range c.blocks {
			s := rec.Arms[0].Blocks[i].Open
			s.Answered, s.Failed = s.Answered-50, 50
		}
		j, err := Check(rec, []record.Rule{{Name: "same", NoRegression: &record.NoRegression{Metrics: []string{"error_rate"}}}}, earlier(5, 0))
		if err != nil || j.Verdict != c.want {
			t.Errorf("%s: %s, %v: %q, want %s", name, j.Verdict, err, j.Rules[0].Why, c.want)
		}
	}
}

// An assertion about a ratio is judged with the caution of a gate; a claim is a report's.
func TestAssertedRatiosOfFewBlocks(t *testing.T) {
	rec := slower(0.03, []float64{0.03, 0.01, -0.02, 0.03, 0.03, -0.01, 0.01, 0, -0.02, 0.02, 0.03, -0.02, -0.01, 0.02, 0})
	const measure = `ratio(p50_ms, "ab=b", "ab=a")`
	r := verdictOf(t, rec, asserting(measure+" <= 1.01")).Rules[0]
	rec.Claims = []record.Claim{{ID: "c", Measure: measure, Claimed: 1.01, Is: record.AtMost}}
	claims, err := Claims(rec)
	if err != nil || r.Verdict != Inconclusive || claims[0].Verdict != DoesNotHold {
		t.Errorf("%s: %q; the claim is %+v, %v", r.Verdict, r.Why, claims, err)
	}
}
