package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/stat"
)

func TestRatiosCompareBlockByBlock(t *testing.T) {
	// Each block is slower than the one before, in both arms alike: only the ratio stays.
	var base, head []time.Duration
	for i := range 6 {
		slow := time.Duration(i+1) * 10 * time.Millisecond
		base, head = append(base, slow), append(head, time.Duration(20+i%2)*slow/10)
	}
	c := find(t, Compare(recordtest.AB(recordtest.Arm("ab=a", 100, base...), recordtest.Arm("ab=b", 100, head...))), "ab", "p50", "map[]")
	recordtest.ExpectNear(t, "ratio", c.Ratio, math.Sqrt(2*2.1))
	// Its bounds are those of independent blocks, 2 and 2.1, made wider: six cannot tell whether they follow each other.
	recordtest.ExpectNear(t, "low", c.Low, 1.9452465)
	recordtest.ExpectNear(t, "high", c.High, 2.1582789)
	if c.P == nil || *c.P != 2.0/64 {
		t.Errorf("p = %s, want 2/64: all six blocks say the same", recordtest.Text(c.P))
	}
	if c.Base != "a" || c.Head != "b" {
		t.Errorf("%s is set against %s", c.Head, c.Base)
	}
}

func TestFewerThanSixBlocksGiveNoInterval(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, 10*time.Millisecond, 5), recordtest.Steady("ab=b", 100, 20*time.Millisecond, 5))
	c := find(t, Compare(rec), "ab", "p50", "map[]")
	recordtest.ExpectNear(t, "ratio", c.Ratio, 2)
	if c.Low != nil || c.High != nil || c.P != nil {
		t.Errorf("five blocks give low %s, high %s, p %s", recordtest.Text(c.Low), recordtest.Text(c.High), recordtest.Text(c.P))
	}
}

func TestOtherAxesArePooledAndThenSeparate(t *testing.T) {
	const ms = time.Millisecond
	rec := &record.Record{
		Axes: []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}, {Name: "xy", Levels: []string{"x", "y", "z"}}},
		Arms: []record.Arm{
			recordtest.Steady("ab=a,xy=x", 100, 10*ms, 6), recordtest.Steady("ab=a,xy=y", 100, 10*ms, 6), recordtest.Steady("ab=a,xy=z", 100, 10*ms, 6),
			recordtest.Steady("ab=b,xy=x", 100, 20*ms, 6), recordtest.Steady("ab=b,xy=y", 100, 80*ms, 6), recordtest.Steady("ab=b,xy=z", 100, 40*ms, 6),
		},
	}
	all := Compare(rec)
	recordtest.ExpectNear(t, "pooled", find(t, all, "ab", "p50", "map[]").Ratio, 4) // the geometric mean of 2, 8 and 4
	recordtest.ExpectNear(t, "at y", find(t, all, "ab", "p50", "map[xy:y]").Ratio, 8)
	recordtest.ExpectNear(t, "pooled xy", find(t, all, "xy", "p50", "map[]").Ratio, 2) // y against x: 1 at a, 4 at b
	var order []string
	for _, c := range all {
		if c.Metric == "tps" {
			order = append(order, fmt.Sprint(c.Axis, " ", c.Head, "/", c.Base, " ", c.Levels))
		}
	}
	want := []string{
		"ab b/a map[]", "ab b/a map[xy:x]", "ab b/a map[xy:y]", "ab b/a map[xy:z]",
		"xy y/x map[]", "xy y/x map[ab:a]", "xy y/x map[ab:b]", "xy z/x map[]", "xy z/x map[ab:a]", "xy z/x map[ab:b]",
	}
	if !slices.Equal(order, want) {
		t.Errorf("compared\n%s\nwant\n%s", strings.Join(order, "\n"), strings.Join(want, "\n"))
	}
	if len(all) != 5*len(want) {
		t.Errorf("%d comparisons, want five metrics of each of %d", len(all), len(want))
	}
}

func TestTPSIsOfClosedLoad(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, time.Millisecond, 6), recordtest.Steady("ab=b", 100, time.Millisecond, 6))
	c := find(t, Compare(rec), "ab", "tps", "map[]")
	if c.Ratio != nil || len(c.Warnings) != 1 {
		t.Errorf("open load alone gives a TPS ratio of %s with warnings %q", recordtest.Text(c.Ratio), c.Warnings)
	}
	for i := range 6 {
		rec.Arms[0].Blocks[i].Closed = recordtest.Slice(50, time.Millisecond)
		closed := recordtest.Slice(100, time.Millisecond)
		closed.DurationMS = 500
		rec.Arms[1].Blocks[i].Closed = closed
	}
	recordtest.ExpectNear(t, "twice the prompts in half the time", find(t, Compare(rec), "ab", "tps", "map[]").Ratio, 4)

	rec.Arms[1].Blocks[2].Closed.InWindow = 0
	c = find(t, Compare(rec), "ab", "tps", "map[]")
	recordtest.ExpectNear(t, "ratio of the totals where one block of six has none", c.Ratio, 4*5.0/6)
	if c.Low != nil || c.High == nil || len(c.Warnings) != 2 {
		t.Errorf("a block without an answer is infinitely worse: low %s, high %s, warnings %q", recordtest.Text(c.Low), recordtest.Text(c.High), c.Warnings)
	}
}

func TestLatencyIsOfClosedLoadWhereNoneIsOpen(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, 10*time.Millisecond, 6), recordtest.Steady("ab=b", 100, 30*time.Millisecond, 6))
	for i := range rec.Arms {
		for j := range rec.Arms[i].Blocks {
			b := &rec.Arms[i].Blocks[j]
			b.Open, b.Closed = nil, b.Open
		}
	}
	recordtest.ExpectNear(t, "ratio", find(t, Compare(rec), "ab", "p90", "map[]").Ratio, 3)
}

func TestIncompleteAndUnansweredBlocksAreLeftOut(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, 10*time.Millisecond, 8), recordtest.Steady("ab=b", 100, 20*time.Millisecond, 8))
	rec.Arms[0].Blocks[0].Complete = false
	rec.Arms[0].Blocks[0].Open = recordtest.Slice(100, time.Second)
	c := find(t, Compare(rec), "ab", "p50", "map[]")
	recordtest.ExpectNear(t, "high", c.High, 2)
	if len(c.Warnings) != 0 {
		t.Errorf("a partial block is no reason to warn: %q", c.Warnings)
	}
	rec.Arms[1].Blocks[3].Open = &record.Slice{DurationMS: 1000, Due: 100, Failed: 100}
	c = find(t, Compare(rec), "ab", "p50", "map[]")
	recordtest.ExpectNear(t, "low", c.Low, 2)
	if len(c.Warnings) != 1 || c.High != nil {
		t.Errorf("a block that the base alone answered gives the high %s and warnings %q", recordtest.Text(c.High), c.Warnings)
	}
	rec.Arms[0].Blocks[3].Open = &record.Slice{DurationMS: 1000, Due: 100, Failed: 100}
	c = find(t, Compare(rec), "ab", "p50", "map[]")
	recordtest.ExpectNear(t, "high without the block that neither answered", c.High, 2)
	if len(c.Warnings) != 1 {
		t.Errorf("a block without an answer gives the warnings %q", c.Warnings)
	}
}

func TestPercentilesNeedTenPromptsBeyond(t *testing.T) {
	compare := func(prompts, blocks int) (p90, p99 Comparison) {
		all := Compare(recordtest.AB(recordtest.Steady("ab=a", prompts, 10*time.Millisecond, blocks), recordtest.Steady("ab=b", prompts, 20*time.Millisecond, blocks)))
		return find(t, all, "ab", "p90", "map[]"), find(t, all, "ab", "p99", "map[]")
	}
	p90, p99 := compare(100, 9)
	if p90.Low == nil || len(p90.Warnings) != 0 {
		t.Errorf("100 prompts leave ten beyond p90: low %s, warnings %q", recordtest.Text(p90.Low), p90.Warnings)
	}
	if p99.Ratio != nil || len(p99.Warnings) != 1 {
		t.Errorf("900 prompts in all leave nine beyond p99: ratio %s, warnings %q", recordtest.Text(p99.Ratio), p99.Warnings)
	}
	p90, p99 = compare(50, 20)
	if p90.Low == nil || len(p90.Warnings) != 0 {
		t.Errorf("pairs of blocks make ten values of p90: low %s, warnings %q", recordtest.Text(p90.Low), p90.Warnings)
	}
	recordtest.ExpectNear(t, "p99 of all blocks together", p99.Ratio, 2)
	if p99.Low != nil || len(p99.Warnings) != 1 {
		t.Errorf("one value of p99: low %s, warnings %q", recordtest.Text(p99.Low), p99.Warnings)
	}
}

func TestErrorRateIsTheRatioOfTotals(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, time.Millisecond, 6), recordtest.Steady("ab=b", 50, time.Millisecond, 6))
	c := find(t, Compare(rec), "ab", "error_rate", "map[]")
	if c.Ratio != nil {
		t.Errorf("with no failure in the base the ratio is %s, want nil", recordtest.Text(c.Ratio))
	}
	rec.Arms[0].Blocks[0].Open.Failed = 6 // of 600
	c = find(t, Compare(rec), "ab", "error_rate", "map[]")
	if c.Ratio == nil || *c.Ratio != 0 {
		t.Errorf("with failures in the base alone the ratio is %s, want 0", recordtest.Text(c.Ratio))
	}
	rec.Arms[1].Blocks[5].Open.Failed = 9 // of 300
	rec.Arms[1].Blocks[5].Complete = false
	c = find(t, Compare(rec), "ab", "error_rate", "map[]")
	recordtest.ExpectNear(t, "ratio", c.Ratio, 3)
	if c.Low != nil || c.P != nil {
		t.Errorf("an error rate has the interval from %s and p %s", recordtest.Text(c.Low), recordtest.Text(c.P))
	}
}

func TestRecordsWithoutAxesHaveNoComparisons(t *testing.T) {
	got := Compare(&record.Record{Arms: []record.Arm{{Name: "all"}}})
	if got == nil || len(got) != 0 {
		t.Errorf("compared %v, want an empty list", got)
	}
}

// The difference of error rates is known where nothing failed in the base, which has no ratio.
func TestErrorRatesDifferInPoints(t *testing.T) {
	failing := func(name string, failed, blocks int) record.Arm {
		arm := recordtest.Steady(name, 100-failed, time.Millisecond, blocks)
		recordtest.Fail(&arm, failed)
		return arm
	}
	for name, c := range map[string]struct {
		base, head, blocks int
		difference         float64
		low, high          float64 // NaN for none
	}{
		"none":            {0, 0, 8, 0, -0.0046, 0.0046},
		"a fifth":         {0, 20, 8, 0.2, 0.1641, 0.2388},
		"all":             {0, 100, 8, 1, 0.9935, 1},
		"all of the base": {100, 0, 8, -1, -1, -0.9935},
		"all of both":     {100, 100, 8, 0, -0.0046, 0.0046},
		"few blocks":      {0, 100, 3, 1, math.NaN(), math.NaN()},
	} {
		rec := recordtest.AB(failing("ab=a", c.base, c.blocks), failing("ab=b", c.head, c.blocks))
		within := find(t, Compare(rec), "ab", "error_rate", "map[]").ErrorDifference
		head, base := recordtest.AB(failing("ab=a", c.head, c.blocks)), recordtest.AB(failing("ab=a", c.base, c.blocks))
		deltas, _ := BetweenRecords(Run{Name: "old", Record: base}, Run{Name: "new", Record: head})
		between := deltas[slices.IndexFunc(deltas, func(d Delta) bool { return d.Metric == "error_rate" })].ErrorDifference
		for where, got := range map[string]ErrorDifference{"within": within, "between records": between} {
			for what, of := range map[string]struct {
				got  *float64
				want float64
			}{"difference": {got.Difference, c.difference}, "low": {got.DifferenceLow, c.low}, "high": {got.DifferenceHigh, c.high}} {
				if (of.got == nil) != math.IsNaN(of.want) || of.got != nil && math.Abs(*of.got-of.want) > 0.0005 {
					t.Errorf("%s, %s: the %s is %s, want %v", name, where, what, recordtest.Text(of.got), of.want)
				}
			}
		}
	}
}

// The ratio of error rates has bounds once ten prompts failed on either side. Blocks that were cut short
// count in the ratio.
func TestRatioOfErrorRates(t *testing.T) {
	for _, c := range []struct {
		name       string
		base, head int // failed of 100 in each of 8 blocks
		cut        bool
		ratio      float64
		bounded    bool
	}{
		{"twice as many", 10, 20, false, 2, true},
		{"eight in the base", 1, 20, false, 20, false},
		{"eight in the head", 20, 1, false, 0.05, false},
		{"a block cut short, in which all failed", 10, 20, true, 260.0 / 180, true},
	} {
		rec := recordtest.AB()
		for _, failed := range []int{c.base, c.head} {
			arm := recordtest.Steady([]string{"ab=a", "ab=b"}[len(rec.Arms)], 100-failed, time.Millisecond, 9)
			recordtest.Fail(&arm, failed)
			for i := range arm.Blocks { // blocks differ, but not on average and not alike in both arms
				more := []int{1, -1, 0, 0}[(i+len(rec.Arms))%4] * failed / 10
				s := arm.Blocks[i].Open
				s.Failed, s.Answered = uint64(int(s.Failed)+more), uint64(int(s.Answered)-more)
			}
			if arm.Blocks[8].Complete = false; c.cut {
				arm.Blocks[8].Open = &record.Slice{DurationMS: 1000, Due: 100, Failed: 100}
			} else {
				arm.Blocks = arm.Blocks[:8]
			}
			rec.Arms = append(rec.Arms, arm)
		}
		got := find(t, Compare(rec), "ab", "error_rate", "map[]")
		if got.Ratio == nil || math.Abs(*got.Ratio-c.ratio) > 1e-9 {
			t.Errorf("%s: ratio %s, want %.3g", c.name, recordtest.Text(got.Ratio), c.ratio)
			continue
		}
		if (got.Low != nil) != c.bounded || c.bounded && !(*got.Low < *got.Ratio && *got.Low > 0.5**got.Ratio && *got.High > *got.Ratio && *got.High < 2**got.Ratio) {
			t.Errorf("%s: %s (%s to %s)", c.name, recordtest.Text(got.Ratio), recordtest.Text(got.Low), recordtest.Text(got.High))
		}
	}
}

// The combinations that differ most were chosen from all pairs of them: their p is that of so many tests.
func TestInteractionOfThreeCombinations(t *testing.T) {
	var pairs []Pair
	logs := map[float64][]float64{}
	for k, ratio := range []float64{1.2, 1.5, 1} {
		var base, head []time.Duration
		for i := range 12 {
			slow := ratio * (1 + 0.02*float64((i*(k+3))%5))
			base, head = append(base, 10*time.Millisecond), append(head, time.Duration(slow*float64(10*time.Millisecond)))
			logs[ratio] = append(logs[ratio], math.Log(slow))
		}
		a, b := recordtest.Arm("ab=a", 100, base...), recordtest.Arm("ab=b", 100, head...)
		a.Name, b.Name = fmt.Sprint(a.Name, k), fmt.Sprint(b.Name, k)
		pairs = append(pairs, Pair{Base: &a, Head: &b, Others: map[string]string{"cd": fmt.Sprint(ratio)}})
	}
	p50 := recordtest.Metric(t, "p50")
	s := NewCalculator().of(p50).(sampler)
	got := interactionOf(p50, s, pairs)
	var between []float64
	for i, log := range logs[1.5] {
		between = append(between, log-logs[1][i])
	}
	want := stat.OfPairs(between, Confidence, stat.Shared{})
	if got == nil || got.Most != "cd=1.5" || got.Least != "cd=1" || math.Abs(got.P-3*want.TwoSided) > 1e-6 {
		t.Fatalf("%+v, want a p of three times %v", got, want.TwoSided)
	}
	if math.Abs(*got.Ratio-1.5) > 0.1 || math.Abs(got.MostRatio / *got.Ratio / got.LeastRatio - 1) > 0.02 || !(*got.Low <= *got.Ratio && *got.Ratio <= *got.High) {
		t.Errorf("%+v: %s (%s to %s)", got, recordtest.Text(got.Ratio), recordtest.Text(got.Low), recordtest.Text(got.High))
	}
	if got := interactionOf(p50, s, []Pair{pairs[0], pairs[0]}); got != nil {
		t.Errorf("of equal combinations: %+v", got)
	}
}

func TestErrorRatesOfBlocks(t *testing.T) {
	base, head := []stat.Cluster{{Count: 1, Of: 10}, {Count: 0, Of: 50}}, []stat.Cluster{{Count: 4, Of: 20}, {Count: 5, Of: 100}}
	if got := ErrorRates(head); !slices.Equal(got, []float64{0.2, 0.05}) {
		t.Errorf("error rates %v", got)
	}
	if got := ErrorRateDifferences(head, base); !slices.Equal(got, []float64{0.1, 0.05}) {
		t.Errorf("differences %v", got)
	}
}
