package trend

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// history is a recordtest.History, whose records may be slim.
type history struct {
	recordtest.History
	slim bool
}

func of(runs, step int, by float64, change func(i int, rec *record.Record)) history {
	return history{History: recordtest.History{Runs: runs, Step: step, By: by, Change: change}}
}

func (h history) trend() Trend {
	var c Collector
	for i, rec := range h.Records() {
		if h.slim {
			rec = record.Slim(rec)
		}
		c.Add(fmt.Sprintf("run-%02d", i), rec)
	}
	return c.Trend(1)
}

func seriesNamed(t *testing.T, in Trend, arm, name string) Series {
	t.Helper()
	for _, s := range in.Series {
		if s.Arm == arm && s.Name == name {
			return s
		}
	}
	t.Fatalf("no series of %s of %s", name, arm)
	return Series{}
}

func TestTrendFindsWhereAFigureMoved(t *testing.T) {
	t.Parallel()
	for _, slim := range []bool{false, true} {
		h := of(14, 7, 1.2, nil)
		h.slim = slim
		got := h.trend()
		if len(got.Runs) != 14 || len(got.LeftOut) != 0 || got.Scenario != "nightly" {
			t.Fatalf("%+v", got)
		}
		s := seriesNamed(t, got, "ab=b", "p50")
		if len(s.Changes) != 1 {
			t.Fatalf("slim %v: %+v", slim, s.Changes)
		}
		c := s.Changes[0]
		if c.At != 7 || c.Direction != Worse || c.Small || math.Abs(*c.Ratio-1.2) > 0.02 || *c.Low > 1.2 || *c.High < 1.2 || c.P > 1e-4 || c.Difference != nil {
			t.Errorf("slim %v: %+v", slim, c)
		}
		if l := s.Levels; l[0].From != 0 || l[0].To != 7 || l[1].To != 14 || math.Abs(l[1].Value-36) > 0.5 || math.Abs(l[1].BandHigh/l[1].Value-1.05) > 1e-9 || l[1].Low > 36 || l[1].High < 36 {
			t.Errorf("levels %+v", l)
		}
		if p := s.Points[0]; p.Value == nil || p.Low == nil || *p.Low > *p.Value || *p.High < *p.Value {
			t.Errorf("slim %v: the first point is %+v", slim, p)
		}
		tps := seriesNamed(t, got, "ab=b", metric.TPS)
		if len(tps.Changes) != 1 || tps.Changes[0].Direction != Worse || *tps.Changes[0].Ratio > 0.86 {
			t.Errorf("TPS: %+v", tps.Changes)
		}
		for _, name := range []string{"p50", "p90", metric.TPS, metric.ErrorRate} {
			if s := seriesNamed(t, got, "ab=a", name); len(s.Changes) > 0 || s.Why != "" || s.Visible == nil != s.Share() || !s.Share() && *s.Visible > 0.1 {
				t.Errorf("%s of the arm that did not move: %+v", name, s)
			}
		}
	}
}

func TestTrendOfErrorRates(t *testing.T) {
	t.Parallel()
	got := of(12, 99, 1, func(i int, rec *record.Record) {
		if i >= 6 {
			recordtest.Fail(&rec.Arms[0], 8+i%3)
		}
	}).trend()
	c := seriesNamed(t, got, "ab=a", metric.ErrorRate).Changes
	if len(c) != 1 || c[0].At != 6 || c[0].Direction != Worse || c[0].Before != 0 || c[0].Ratio != nil || math.Abs(*c[0].Difference-0.022) > 0.003 || c[0].Small {
		t.Errorf("%+v", c)
	}
}

// A change within half the margin, where a gate sees no regression, is said to be small; the margin is the
// rule's.
func TestSmallChanges(t *testing.T) {
	t.Parallel()
	steady := func(margin float64) func(int, *record.Record) {
		return func(i int, rec *record.Record) {
			rec.Arms[0] = recordtest.Steady("ab=a", 400, time.Duration(20e6+2e4*float64(i%3)+6e5*float64(i/6)), 10)
			rec.Rules = []record.Rule{{Name: "r", NoRegression: &record.NoRegression{Metrics: []string{"p50"}, Margin: margin}}}
		}
	}
	for margin, small := range map[float64]bool{0: false, 0.1: true} {
		s := seriesNamed(t, of(12, 99, 1, steady(margin)).trend(), "ab=a", "p50")
		if len(s.Changes) != 1 || s.Changes[0].Small != small {
			t.Errorf("margin %v: %+v", margin, s.Changes)
		}
	}
}

func TestRunsThatAreNotCompared(t *testing.T) {
	t.Parallel()
	records := of(12, 99, 1, func(i int, rec *record.Record) {
		switch i {
		case 1:
			rec.Invalid = []string{"send lag p99 is 9 ms"}
		case 3:
			rec.Complete, rec.Stopped = false, "interrupted"
		case 5:
			rec.Quick = true
		case 7:
			rec.Env.CPU = "Another CPU"
		}
	}).Records()
	var c Collector
	for i := range records { // backwards
		k := len(records) - 1 - i
		c.Add(fmt.Sprintf("run-%02d", k), records[k])
	}
	c.Add("copy", record.Slim(records[2]))
	got := c.Trend(1)
	var left []string
	for _, l := range got.LeftOut {
		left = append(left, l.Name+" "+l.Why)
	}
	want := []string{
		"run-01 it is invalid: send lag p99 is 9 ms", "copy it is the same run as run-02", "run-03 it was cut short: interrupted",
		"run-05 it is of a --quick run, which is only indicative",
		"run-07 it was measured on another machine (Another CPU, 2 cores, linux/amd64) than most (Example CPU @ 2.60GHz, 2 cores, linux/amd64): its latency and TPS are not comparable",
	}
	if strings.Join(left, "\n") != strings.Join(want, "\n") {
		t.Errorf("left out are\n%s", strings.Join(left, "\n"))
	}
	for i, run := range got.Runs {
		if i > 0 && !got.Runs[i-1].Started.Before(run.Started) {
			t.Errorf("%s stands after %s", run.Name, got.Runs[i-1].Name)
		}
	}
	if len(got.Runs)+len(got.LeftOut) != c.Records() || got.Runs[0].Name != "run-00" {
		t.Errorf("%d runs and %d left out of %d", len(got.Runs), len(got.LeftOut), c.Records())
	}
	var all Collector
	records[1].Scenario.Title = "Old or new"
	all.Add("run-01", records[1])
	if got := all.Trend(1); len(got.Runs) > 0 || got.Title != "Old or new" || got.Scenario != records[1].Scenario.Name {
		t.Errorf("of a record that is not compared, the trend is %+v", got)
	}
}

// What else is another from a run on is said of that run.
func TestConditionsThatDiffer(t *testing.T) {
	t.Parallel()
	got := of(9, 99, 1, func(i int, rec *record.Record) {
		if i >= 4 {
			rec.Tool, rec.Scenario.Source = "v0.2.0", "name: nightly\ntitle: new\n"
		}
	}).trend()
	for i, run := range got.Runs {
		want := ""
		if i == 4 {
			want = "the version of weighbridge, the text of the scenario"
		}
		if is := strings.Join(run.Differs, ", "); is != want {
			t.Errorf("run %d differs in %q, want %q", i, is, want)
		}
	}
}

// A run under another load is not of the trend of what that load does something to; most runs decide which load
// is the other.
func TestRunsUnderAnotherLoad(t *testing.T) {
	t.Parallel()
	var open, inFlight int // of the runs from this one on
	change := func(i int, rec *record.Record) {
		for k := range rec.Arms {
			load := &rec.Arms[k].Load
			*load = record.Load{OpenPerS: 100, OpenDurationMS: 2000, Arrivals: "poisson", ClosedInFlight: 8, ClosedDurationMS: 400}
			if k == 1 && i >= open {
				load.OpenPerS = 150
			}
			if k == 1 && i >= inFlight {
				load.ClosedInFlight = 16
			}
		}
	}
	for _, c := range []struct {
		open, inFlight int
		p50, tps       int // runs in the trends of ab=b
		says           string
	}{
		{99, 99, 14, 14, ""},
		{11, 99, 11, 14, "ab=b, p50 p90 p99 error_rate: measured in 3 of 14 runs under another load than in most, such as 150 prompts/s instead of 100: their trend leaves these out"},
		{7, 99, 7, 14, "such as 100 prompts/s instead of 150"},
		{99, 2, 14, 12, "ab=b, tps: measured in 2 of 14 runs under another load than in most, such as 8 in flight instead of 16: their trend leaves these out"},
	} {
		open, inFlight = c.open, c.inFlight
		got := of(14, c.open, 1.2, change).trend()
		p50, tps, other := seriesNamed(t, got, "ab=b", "p50"), seriesNamed(t, got, "ab=b", metric.TPS), seriesNamed(t, got, "ab=a", "p50")
		if p50.Known() != c.p50 || tps.Known() != c.tps || other.Known() != 14 {
			t.Errorf("%+v: %d, %d and %d runs", c, p50.Known(), tps.Known(), other.Known())
		}
		if len(p50.Changes) > 0 {
			t.Errorf("%+v: the other load is a change: %+v", c, p50.Changes)
		}
		if is := strings.Join(got.Warnings, "\n"); !strings.Contains(is, c.says) || c.says == "" && is != "" {
			t.Errorf("%+v: %q", c, is)
		}
	}
}

// Longer answers take longer, so a trend says from which run on they were.
func TestRunsWithLongerAnswers(t *testing.T) {
	t.Parallel()
	for _, slim := range []bool{false, true} {
		h := of(9, 99, 1, func(i int, rec *record.Record) {
			for k := range rec.Arms[1].Blocks {
				s := rec.Arms[1].Blocks[k].Open
				if s.UsageInWindow, s.OutputInWindow = 100, 6400; i >= 4 {
					s.OutputInWindow = 9600
				}
			}
		})
		h.slim = slim
		for i, run := range h.trend().Runs {
			if is := strings.Join(run.Differs, ", "); (i == 4) != (is == "the length of an arm's answers") {
				t.Errorf("slim %v: run %d differs in %q", slim, i, is)
			}
		}
	}
}

func TestTrendOfFewRuns(t *testing.T) {
	t.Parallel()
	got := of(7, 3, 2, nil).trend()
	s := seriesNamed(t, got, "ab=b", "p50")
	if len(s.Changes)+len(s.Levels) > 0 || s.Visible != nil || s.Why != "7 of at least 8 runs have it: too few to tell a change from noise" || s.Points[6].Value == nil {
		t.Errorf("%+v", s)
	}
	var none Collector
	if empty := none.Trend(1); len(empty.Runs)+len(empty.Series)+len(empty.LeftOut) > 0 {
		t.Errorf("%+v", empty)
	}
}

// An arm that some runs do not have is followed over the others.
func TestArmsOfSomeRuns(t *testing.T) {
	t.Parallel()
	got := of(12, 99, 1, func(i int, rec *record.Record) {
		if i == 2 || i == 3 {
			rec.Arms = rec.Arms[:1]
		}
	}).trend()
	s := seriesNamed(t, got, "ab=b", "p50")
	if s.Known() != 10 || s.Points[2].Value != nil || len(s.Levels) != 1 || s.Levels[0].Runs != 10 {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(strings.Join(got.Warnings, "\n"), "ab=b, tps p50 p90 p99 error_rate: not known in 2 of 12 runs, which their trend leaves out") {
		t.Errorf("%q", got.Warnings)
	}
}

// In runs of one build, a trend of all series together has a change with a chance of Alpha.
func TestTrendsOfOneBuild(t *testing.T) {
	t.Parallel()
	changes, rng := 0, rand.New(rand.NewPCG(8, 8))
	for range 300 {
		all := Trend{}
		for range 10 {
			s := Series{Metric: must("p50")}
			for range 12 {
				s.Points = append(s.Points, Point{Value: new(20 * math.Exp(0.03*rng.NormFloat64()))})
			}
			all.Series = append(all.Series, s)
		}
		all.find(1)
		for _, s := range all.Series {
			changes += len(s.Changes)
		}
	}
	if changes > 3+5 { // Alpha × 300, and three standard deviations
		t.Errorf("%d changes in 300 trends of 10 series", changes)
	}
	t.Logf("%d changes in 300 trends of 10 series", changes)
}

func must(name string) metric.Metric {
	m, ok := metric.Named(name)
	if !ok {
		panic("no metric " + name)
	}
	return m
}
