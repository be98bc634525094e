package figures

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// silence takes the answers of an arm's slices in the blocks.
func silence(arm *record.Arm, from pick, blocks ...int) {
	for _, i := range blocks {
		s := from(arm, &arm.Blocks[i])
		s.Answered, s.InWindow, s.Response = 0, 0, record.NewHist()
	}
}

// sampleOf is the sample of the metric between ab=b and ab=a, pooled.
func sampleOf(t *testing.T, rec *record.Record, name string) Sample {
	t.Helper()
	m, _ := metric.Named(name)
	s, ok := NewCalculator().Sample(m, PairsOf(rec, "ab", "a", "b"))
	if !ok {
		t.Fatalf("%s has no sample", name)
	}
	return s
}

func TestABlockThatOneSideAnswersCountsAgainstTheOther(t *testing.T) {
	inf := math.Inf(1)
	fresh := func() *record.Record {
		rec := recordtest.AB(recordtest.Steady("ab=a", 100, 10*time.Millisecond, 8), recordtest.Steady("ab=b", 100, 10*time.Millisecond, 8))
		for i := range rec.Arms {
			recordtest.Close(&rec.Arms[i], 50, 0)
		}
		return rec
	}
	for name, c := range map[string]struct {
		metric     string
		from       pick
		base, head []int
		want       []float64
		lost       float64
		warning    string
	}{
		"every block answered": {"tps", closedSlice, nil, nil, []float64{0, 0, 0, 0, 0, 0, 0, 0}, 0, ""},
		"TPS of the head":      {"tps", closedSlice, nil, []int{2, 5}, []float64{0, 0, -inf, 0, 0, -inf, 0, 0}, 0, "in 2 of 8 blocks ab=b answered nothing under closed load while ab=a did"},
		"TPS of the base":      {"tps", closedSlice, []int{0}, nil, []float64{inf, 0, 0, 0, 0, 0, 0, 0}, 0, "in 1 of 8 blocks ab=a answered nothing under closed load while ab=b did"},
		"latency of the head":  {"p50", openSlice, nil, []int{7}, []float64{0, 0, 0, 0, 0, 0, 0, inf}, 0, "in 1 of 8 blocks ab=b answered nothing while ab=a did"},
		"latency of both":      {"p50", openSlice, []int{3, 4}, []int{4}, []float64{0, 0, 0, -inf, 0, 0, 0}, 0.125, "blocks in which neither side answered anything are left out"},
	} {
		rec := fresh()
		silence(&rec.Arms[0], c.from, c.base...)
		silence(&rec.Arms[1], c.from, c.head...)
		s := sampleOf(t, rec, c.metric)
		said := slices.Concat(s.Warnings, s.Silences)
		if !slices.Equal(s.Logs, c.want) || s.Lost != c.lost || !strings.Contains(strings.Join(said, "\n"), c.warning) || c.warning == "" && len(said) > 0 {
			t.Errorf("%s: %v, lost %v, %q, want %v, lost %v, %q", name, s.Logs, s.Lost, said, c.want, c.lost, c.warning)
		}
	}
}

// Blocks that are pooled to have enough prompts are pooled where one side is silent, too.
func TestOneSidedBlocksArePooledLikeTheOthers(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 50, 10*time.Millisecond, 8), recordtest.Steady("ab=b", 50, 10*time.Millisecond, 8))
	silence(&rec.Arms[1], openSlice, 2, 3)
	if got := sampleOf(t, rec, "p90").Logs; !slices.Equal(got, []float64{0, math.Inf(1), 0, 0}) {
		t.Errorf("pairs of blocks give %v", got)
	}
}

// A pair in which the base is silent and another in which the head is say nothing together.
func TestOppositeSilencesCancel(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a,xy=x", 100, time.Millisecond, 6), recordtest.Steady("ab=b,xy=x", 100, time.Millisecond, 6),
		recordtest.Steady("ab=a,xy=y", 100, time.Millisecond, 6), recordtest.Steady("ab=b,xy=y", 100, time.Millisecond, 6))
	rec.Axes = []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}, {Name: "xy", Levels: []string{"x", "y"}}}
	silence(&rec.Arms[0], openSlice, 1)
	silence(&rec.Arms[3], openSlice, 1, 2)
	s := sampleOf(t, rec, "p50")
	if !slices.Equal(s.Logs, []float64{0, 0, math.Inf(1), 0, 0, 0}) || len(s.Silences) != 2 {
		t.Errorf("%v, %q", s.Logs, s.Silences)
	}
}

// Three of fifteen closed slices of b are empty, in the others it answers 1.12 times as much:
// what is printed must not contradict the totals, 1,827 against 2,059.
func TestTheRatioOfTPSAgreesWithTheTotals(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, time.Millisecond, 15), recordtest.Steady("ab=b", 100, time.Millisecond, 15))
	recordtest.Close(&rec.Arms[0], 1000, 0)
	recordtest.Close(&rec.Arms[1], 1120, 0)
	silence(&rec.Arms[1], closedSlice, 3, 8, 11)
	c := find(t, Compare(rec), "ab", "tps", "map[]")
	recordtest.ExpectNear(t, "ratio", c.Ratio, 1.12*12/15)
	recordtest.ExpectNear(t, "high", c.High, 1.12)
	if c.Low != nil {
		t.Errorf("the low bound is %s, want none", recordtest.Text(c.Low))
	}
	silence(&rec.Arms[1], closedSlice, 0, 1, 2, 4, 5, 6, 7, 9, 10, 12, 13, 14)
	c = find(t, Compare(rec), "ab", "tps", "map[]")
	if c.Ratio != nil || c.Low != nil || c.High != nil || c.P == nil {
		t.Errorf("a head that answers nothing has ratio %s (%s to %s)", recordtest.Text(c.Ratio), recordtest.Text(c.Low), recordtest.Text(c.High))
	}
}

// Blocks whose answers did not all report their tokens are lost to output tokens/s, besides those in which
// nothing was answered.
func TestBlocksThatDoNotTellAreLost(t *testing.T) {
	rec := recordtest.AB(recordtest.Steady("ab=a", 100, 10*time.Millisecond, 8), recordtest.Steady("ab=b", 100, 10*time.Millisecond, 8))
	for i := range rec.Arms {
		recordtest.Close(&rec.Arms[i], 50, 0)
		for _, b := range rec.Arms[i].Blocks {
			b.Closed.UsageInWindow, b.Closed.OutputInWindow = 50, 50*uint64(10+10*i)
		}
		silence(&rec.Arms[i], closedSlice, 0)
		s := rec.Arms[i].Blocks[0].Closed
		s.UsageInWindow, s.OutputInWindow = 0, 0
	}
	for _, untold := range []int{2, 5} {
		rec.Arms[1].Blocks[untold].Closed.UsageInWindow--
	}
	s := sampleOf(t, rec, "output_tokens_per_s")
	if len(s.Logs) != 5 || math.Abs(s.Lost-3.0/8) > 1e-9 || len(s.Warnings) == 0 {
		t.Errorf("%d ratios, %v lost, %q; want 5, 0.375", len(s.Logs), s.Lost, s.Warnings)
	}
	for _, log := range s.Logs {
		if math.Abs(log-math.Log(2)) > 1e-9 {
			t.Errorf("ratios %v, want those of twice as many tokens", s.Logs)
		}
	}
}

// A slim record has the percentiles and the mean of its histograms.
func TestSlimRecordsAreComparedAlike(t *testing.T) {
	spread := func(name string, unit time.Duration) record.Arm {
		a := recordtest.Steady(name, 2000, unit, 8)
		for _, b := range a.Blocks {
			var latencies []time.Duration
			for i := range 2000 {
				latencies = append(latencies, unit*time.Duration(1+i*i/4000))
			}
			b.Open.Response = recordtest.Hist(latencies...)
		}
		return a
	}
	whole := recordtest.AB(spread("ab=a", time.Millisecond), spread("ab=b", 3*time.Millisecond))
	slim := record.Slim(whole)
	for _, name := range []string{"mean", "p50", "p90", "p95", "p99"} {
		a, b := sampleOf(t, whole, name), sampleOf(t, slim, name)
		if len(a.Logs) != 8 || len(b.Logs) != 8 {
			t.Fatalf("%s: ratios %v and %v", name, a.Logs, b.Logs)
		}
		for i := range a.Logs {
			if math.Abs(b.Logs[i]-a.Logs[i]) > 0.002 || math.Abs(a.Logs[i]-math.Log(3)) > 0.002 {
				t.Errorf("%s: ratios %v, of the slim record %v, want those of 3", name, a.Logs, b.Logs)
			}
		}
	}
}
