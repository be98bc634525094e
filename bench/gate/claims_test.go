package gate

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestRatiosOfLevels(t *testing.T) {
	rec := run(2, 10)
	rec.Arms[0].Totals.Connections, rec.Arms[1].Totals.Connections = 10, 5
	for i := range rec.Arms {
		for k := range rec.Arms[i].Blocks {
			s := rec.Arms[i].Blocks[k].Open
			s.Requests, s.Attempts = 100, uint64(100*(i+1))
		}
	}
	for measure, want := range map[string]float64{
		`ratio(p50_ms, "ab=b", "ab=a")`: 2, `ratio(mean_ms, "ab=b", "ab=a")`: 2, `ratio(p95_ms, "ab=a", "ab=b")`: 0.5,
		`ratio(attempts_per_request, "ab=b", "ab=a")`: 2, `ratio(connections, "ab=b", "ab=a")`: 0.5,
		`1 - ratio(connections, "ab=b", "ab=a")`: 0.5,
	} {
		rec.Claims = []record.Claim{{ID: "C", Measure: measure, Claimed: want}}
		got, err := Claims(rec)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Measured == nil || math.Abs(*got[0].Measured/want-1) > 0.02 {
			t.Errorf("%s = %s, want %v", measure, recordtest.Text(got[0].Measured), want)
		}
	}
}

// claimed is the result of one claim about a record.
func claimed(t *testing.T, rec *record.Record, claim record.Claim) ClaimResult {
	t.Helper()
	claim.ID, rec.Claims = "C", []record.Claim{claim}
	got, err := Claims(rec)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func TestVerdictsOfClaims(t *testing.T) {
	const twice = `ratio(p50_ms, "ab=b", "ab=a")`
	few := run(2, 10)
	for i := range few.Arms {
		few.Arms[i].Blocks = few.Arms[i].Blocks[:5]
	}
	invalid := run(2, 10)
	invalid.Invalid = []string{"the clock went back"}
	for _, row := range []struct {
		name  string
		rec   *record.Record
		claim record.Claim
		want  Verdict
		why   string
	}{
		{"about", run(2, 10), record.Claim{Measure: twice, Claimed: 1.9}, Holds, "the whole 95% interval is within 10% of 1.9"},
		{"above", run(2, 10), record.Claim{Measure: twice, Claimed: 1.5}, DoesNotHold, "lies above what is claimed, the figure is 1.3 times the claimed one"},
		{"below", run(2, 10), record.Claim{Measure: twice, Claimed: 3}, DoesNotHold, "lies below what is claimed, the figure is 0.67 times"},
		{"about, wider", run(2, 10), record.Claim{Measure: twice, Claimed: 3, Within: 0.5}, Holds, "within 50% of 3"},
		{"on the edge", run(2, 10), record.Claim{Measure: twice, Claimed: 2 / 1.1}, Inconclusive, "more blocks"},
		{"at least", run(2, 10), record.Claim{Measure: twice, Claimed: 1.5, Is: record.AtLeast}, Holds, "is at least 1.5"},
		{"not at least", run(2, 10), record.Claim{Measure: twice, Claimed: 2.5, Is: record.AtLeast}, DoesNotHold, "lies below"},
		{"at most", run(2, 10), record.Claim{Measure: twice, Claimed: 2.5, Is: record.AtMost}, Holds, "is at most 2.5"},
		{"not at most", run(2, 10), record.Claim{Measure: twice, Claimed: 1.5, Is: record.AtMost}, DoesNotHold, "lies above"},
		{"one arm", run(2, 10), record.Claim{Measure: `at(error_rate, "ab=b")`, Claimed: 0.02, Is: record.AtMost}, Holds, "is at most 0.02"},
		{"a share of nothing", run(2, 10), record.Claim{Measure: `ratio(error_rate, "ab=b", "ab=a")`, Claimed: 3}, Inconclusive, "a ratio to nothing is not known"},
		{"of which arm", run(2, 10), record.Claim{Measure: "p50_ms", Claimed: 20}, NotMeasurable, "the run has 2"},
		{"of the whole run", run(2, 10), record.Claim{Measure: `ratio(connections, "ab=b", "ab=a")`, Claimed: 1}, Inconclusive, "nothing was measured"},
		{"counted over the whole run", connected(run(2, 10)), record.Claim{Measure: `at(connections, "ab=b")`, Claimed: 5}, Holds, "what this run counted is within"},
		{"a cost of the whole run", priced(run(2, 10)), record.Claim{Measure: `at(cost_usd, "ab=b")`, Claimed: 1}, NotMeasurable, "one figure for the whole run"},
		{"counted otherwise", connected(run(2, 10)), record.Claim{Measure: `at(connections, "ab=b")`, Claimed: 6}, DoesNotHold, "what this run counted lies below"},
		{"of the whole run, and estimated", connected(run(2, 10)), record.Claim{Measure: `at(connections, "ab=b") * at(p50_ms, "ab=b")`, Claimed: 100}, NotMeasurable, "one figure for the whole run"},
		{"five blocks", few, record.Claim{Measure: twice, Claimed: 2}, Inconclusive, "an interval takes 6 blocks, and there are 5"},
		{"an opinion", run(2, 10), record.Claim{Measure: twice, Claimed: 2, NotMeasurable: "it is one"}, NotMeasurable, "it is one"},
		{"invalid", invalid, record.Claim{Measure: twice, Claimed: 2}, Invalid, "the run is invalid"},
	} {
		got := claimed(t, row.rec, row.claim)
		if got.Verdict != row.want || !strings.Contains(got.Why, row.why) {
			t.Errorf("%s: %q, %q, measured %s (%s to %s): want %q, %q", row.name, got.Verdict, got.Why,
				recordtest.Text(got.Measured), recordtest.Text(got.Low), recordtest.Text(got.High), row.want, row.why)
		}
		if got.Verdict == NotMeasurable && row.claim.NotMeasurable == "" && got.Low != nil {
			t.Errorf("%s: bounds of a figure that has none", row.name)
		}
	}
}

func connected(rec *record.Record) *record.Record {
	for i := range rec.Arms {
		rec.Arms[i].Totals.Connections = 5
	}
	return rec
}

func priced(rec *record.Record) *record.Record {
	for i := range rec.Arms {
		rec.Arms[i].Price, rec.Arms[i].Totals.Tokens = &record.Price{Input: 1}, record.Tokens{Input: 1_000_000}
	}
	return rec
}

// swept is a record of one axis whose arms fail by the shares, in every one of 10 blocks.
func swept(sets []string, shares ...float64) *record.Record {
	axis := record.Axis{Name: "x"}
	rec := &record.Record{}
	for i, share := range shares {
		level := fmt.Sprintf("l%d", i)
		axis.Levels, axis.Sets = append(axis.Levels, level), append(axis.Sets, map[string]string{"mock.x": sets[i], "client.y": "1"})
		arm := recordtest.Steady("x="+level, 1000, 20*time.Millisecond, 10)
		for k := range arm.Blocks {
			s := arm.Blocks[k].Open
			s.Failed = uint64(1000 * share)
			s.Answered -= s.Failed
		}
		rec.Arms = append(rec.Arms, arm)
	}
	rec.Axes = []record.Axis{axis}
	return rec
}

func TestClaimsAlongASetting(t *testing.T) {
	claim := record.Claim{Measure: `at(error_rate, "x=l0")`, Claimed: 0.5, Is: record.AtMost, Along: "x", Otherwise: "and so on"}
	for _, row := range []struct {
		name      string
		rec       *record.Record
		want      Verdict
		otherwise string
	}{
		{"flips", swept([]string{"0s", "1s", "3s"}, 0, 0.25, 0.75), Depends, "between mock.x = 1s and 3s (about 2s on a straight line) it turns to does not hold; and so on"},
		{"sorted", swept([]string{"3s", "0s", "1s"}, 0.75, 0, 0.25), Depends, "between mock.x = 1s and 3s (about 2s on a straight line) it turns to does not hold; and so on"},
		{"numbers", swept([]string{"-600", "-31", "-29"}, 0.75, 0.75, 0.25), Depends, "between mock.x = -31 and -29 (about -30 on a straight line) it turns to holds; and so on"},
		{"no numbers", swept([]string{"", "", ""}, 0, 0.25, 0.75), Depends, "between x = l1 and l2 it turns to does not hold; and so on"},
		{"the same number", swept([]string{"1", "1", "2"}, 0, 0.25, 0.75), Depends, "between x = l1 and l2 it turns to does not hold; and so on"},
		{"the same everywhere", swept([]string{"1", "2", "3"}, 0, 0.25, 0.3), Holds, "the same at every level of mock.x from 1 to 3; and so on"},
		{"not known everywhere", swept([]string{"1", "2", "3"}, 0, 0.25, 0.5), Holds, "and so on"},
		{"back and forth", swept([]string{"1", "2", "3"}, 0, 0.75, 0), Depends, "between mock.x = 1 and 2 (about 1.67 on a straight line) it turns to does not hold; between mock.x = 2 and 3 (about 2.33 on a straight line) it turns to holds; and so on"},
	} {
		got := claimed(t, row.rec, claim)
		if said := strings.HasPrefix(got.Why, "holds at ") || strings.HasPrefix(got.Why, "does not hold at "); said != (got.Verdict == Depends) {
			t.Errorf("%s: why it depends is %q", row.name, got.Why)
		}
		if got.Verdict != row.want || got.Otherwise != row.otherwise || len(got.Along.Points) != 3 {
			t.Errorf("%s: %q, %q", row.name, got.Verdict, got.Otherwise)
		}
	}
	invalid := swept([]string{"1", "2", "3"}, 0, 0.25, 0.75)
	invalid.Invalid = []string{"the clock went back"}
	if got := claimed(t, invalid, claim); got.Verdict != Invalid || got.Otherwise != "" || len(got.Along.Flips) > 0 || got.Along.Points[0].Verdict != Invalid {
		t.Errorf("an invalid run: %+v, %+v", got, got.Along)
	}
	part := claim
	part.Along = "x=l0..l1"
	if got := claimed(t, swept([]string{"1", "2", "3"}, 0, 0.25, 0.75), part); got.Verdict != Holds || len(got.Along.Points) != 2 {
		t.Errorf("in part: %+v", got)
	}
}

func TestEdges(t *testing.T) {
	const over = `edge("x", at(error_rate, "x=l0") > 0.5)`
	for _, row := range []struct {
		name, measure    string
		rec              *record.Record
		value, low, high float64
		want             Verdict
		warning          string
	}{
		{"between two", over, swept([]string{"-31s", "-29s", "0s"}, 1, 0, 0), -30, -31, -29, Holds, ""},
		{"not in order", over, swept([]string{"0s", "-31s", "-29s"}, 0, 1, 0), -30, -31, -29, Holds, ""},
		{"past one that is not sure", over, swept([]string{"-31s", "-30s", "-29s"}, 1, 0.5, 0), -30, -31, -29, Holds, ""},
		{"of a part", `edge("x=l0..l1", at(error_rate, "x=l0") > 0.5)`, swept([]string{"-31s", "-29s", "30s"}, 1, 0, 1), -30, -31, -29, Holds, ""},
		{"none", over, swept([]string{"1", "2", "3"}, 0, 0, 0), math.NaN(), 0, 0, Inconclusive, "changes 0 times along x"},
		{"two", over, swept([]string{"1", "2", "3"}, 0, 1, 0), math.NaN(), 0, 0, Inconclusive, "changes 2 times along x"},
		{"no numbers", over, swept([]string{"", "", ""}, 0, 1, 0), math.NaN(), 0, 0, Inconclusive, "do not differ in one setting by numbers"},
	} {
		got := claimed(t, row.rec, record.Claim{Measure: row.measure, Claimed: -30})
		if got.Verdict != row.want || !strings.Contains(got.Why, row.warning) {
			t.Errorf("%s: %q, %q", row.name, got.Verdict, got.Why)
		}
		if !math.IsNaN(row.value) && (*got.Measured != row.value || *got.Low != row.low || *got.High != row.high) {
			t.Errorf("%s: %v (%v to %v)", row.name, *got.Measured, *got.Low, *got.High)
		}
	}
}

func TestSlimRecordsHaveNoGoodput(t *testing.T) {
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
