package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// No line is drawn through time in which an arm's open load did not run.
func TestLinesHaveGapsWhereNothingRan(t *testing.T) {
	t.Parallel()
	paused := recordtest.Record(recordtest.Small()) // two seconds of open load every five
	steady := recordtest.Reread(t, paused)          // the same points, in contiguous slices
	sparse := recordtest.Reread(t, paused)          // a point in every third second of one slice
	sparse.Arms[0].Blocks = sparse.Arms[0].Blocks[:1]
	sparse.Arms[0].Blocks[0].Open.DurationMS = 20000
	sparse.Arms[0].OverTime = &record.Series{}
	for second := range 6 {
		sparse.Arms[0].OverTime.Add(time.Duration(3*second)*time.Second, record.Point{Due: 1, Answered: 1})
	}
	for i := range steady.Arms {
		for k := range steady.Arms[i].Blocks {
			steady.Arms[i].Blocks[k].Open.StartMS, steady.Arms[i].Blocks[k].Open.DurationMS = float64(5000*k), 5000
		}
	}
	for name, c := range map[string]struct {
		rec  *record.Record
		gaps int
	}{"paused": {paused, 1}, "contiguous": {steady, 0}, "few prompts": {sparse, 0}} {
		lines := newTimeLines(c.rec)
		all := lines.timeFigures()
		line, gaps := lines.lines(all[len(all)-1])[0], 0
		for k := range line[1:] {
			if lines.apart(0, line[k], line[k+1]) {
				gaps++
			}
		}
		if gaps != c.gaps {
			t.Errorf("%s: %d gaps in %v, want %d", name, gaps, line, c.gaps)
		}
	}
}

// No line of a latency is drawn through a second in which every prompt failed.
func TestLinesHaveGapsWhereNothingWasAnswered(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	rec.Arms = rec.Arms[:1]
	arm := &rec.Arms[0]
	arm.Blocks = arm.Blocks[:1]
	arm.Blocks[0].Open.StartMS, arm.Blocks[0].Open.DurationMS = 0, 7000
	arm.OverTime = &record.Series{}
	for second, p := range []record.Point{{Due: 9, Answered: 9}, {Due: 9, Answered: 9}, {Due: 9, Failed: 9}, {Due: 9, Answered: 9}, {Due: 9, Failed: 9, Own: 9}, {}, {Due: 9, Answered: 9}} {
		arm.OverTime.Add(time.Duration(second)*time.Second, p)
	}
	lines := newTimeLines(rec)
	for _, f := range lines.timeFigures() {
		want := map[bool]string{true: "1", false: ""}[f.scale == Logarithmic]
		gaps, line := "", lines.lines(f)[0]
		for k := range line[1:] {
			if lines.apartIn(f)(0, line[k], line[k+1]) {
				gaps += fmt.Sprint(k)
			}
		}
		if gaps != want {
			t.Errorf("%s: gaps after %q, want %q", f.label, gaps, want)
		}
	}
}

// The seconds at the edges of a slice, of which it has a part, are counted to those beside them, and rates
// are over the time in which load ran.
func TestEdgesOfSlicesMakeNoPointOfTheirOwn(t *testing.T) {
	t.Parallel()
	var s record.Series
	for second, due := range []uint64{20, 100, 100, 80, 0, 0, 60, 40, 0, 7} {
		if due > 0 {
			s.Add(time.Duration(second)*time.Second, record.Point{Due: due, Failed: due})
		}
	}
	points, seconds := wholeSteps(s, []span{{0.8, 3.8}, {6.4, 7.4}})
	var got []string
	for i, p := range points {
		got = append(got, fmt.Sprintf("%v: %d in %.1f s", p.AtMS/1000, p.Due, seconds[i]))
	}
	want := []string{"1: 120 in 1.2 s", "2: 100 in 1.0 s", "3: 80 in 0.8 s", "6: 60 in 0.6 s", "7: 40 in 0.4 s", "9: 7 in 1.0 s"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Percentiles over time are the record's, and older records have the mean and the longest instead.
func TestLinesOverTimeAreTheRecords(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	lines := newTimeLines(rec)
	var labels []string
	for _, f := range lines.timeFigures() {
		labels = append(labels, f.label)
	}
	if got := strings.Join(labels, "; "); got != "p99, ms (log); p90, ms (log); p50, ms (log); failed, %" {
		t.Errorf("the panels are %s", got)
	}
	first := rec.Arms[0].OverTime.Points[0]
	if want, _ := first.Percentile(0.99); math.Abs(lines.lines(lines.timeFigures()[0])[0][0].Y-logMillis(want)) > 1e-9 {
		t.Errorf("p99 is not %v", want)
	}
	old := recordtest.Reread(t, rec)
	for i := range old.Arms {
		for k := range old.Arms[i].OverTime.Points {
			old.Arms[i].OverTime.Points[k].Response = nil
		}
	}
	lines = newTimeLines(old)
	if got := lines.timeFigures()[0].label; got != "longest, ms (log)" || len(lines.timeFigures()) != 3 {
		t.Errorf("of an older record the first panel of %d is %s", len(lines.timeFigures()), got)
	}
}

// Failures over time are counted by class and status, all arms together, and add up.
func TestFailuresOverTimeAddUp(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	for second := range 20 {
		rec.Arms[0].OverTime.AddFailed(time.Duration(second)*time.Second/4, []string{"rate_limit", "timeout"}[second%2], []int{429, 0}[second%2], false)
	}
	drawn, err := failuresOverTime(sourceOf(&summary.Judged{Record: rec}))
	if err != nil || drawn == nil {
		t.Fatal(drawn, err)
	}
	var failed, sum float64
	for i := range rec.Arms {
		for _, p := range rec.Arms[i].OverTime.Points {
			failed += float64(p.Failed)
		}
	}
	labels := map[string]bool{}
	for _, line := range drawn.Lines.Panels[0].Lines {
		labels[line.Label] = true
		for _, v := range line.Y {
			if !math.IsNaN(v) {
				sum += v
			}
		}
	}
	if !labels["rate_limit 429"] || !labels["timeout"] || !labels["server 503"] || math.Abs(sum-failed) > 1e-9 {
		t.Errorf("%v add up to %v, want %v", labels, sum, failed)
	}
	if none, _ := failuresOverTime(sourceOf(&summary.Judged{Record: recordtest.WithCapacities()})); none != nil && len(none.Lines.Panels[0].Lines) == 0 {
		t.Error("a plot without failures")
	}
}

// failedIn makes a kind of failure of an arm's open load, n in each of the seconds.
func failedIn(words string, n uint64, seconds ...uint64) reasons.Failure {
	f := reasons.Failure{Phase: "open", Class: "server", Status: 503, Words: words, Example: words, FirstMS: float64(seconds[0]) * 1000, OverTime: &reasons.Times{StepMS: 1000, AtSteps: seconds}}
	for range seconds {
		f.OverTime.Counts = append(f.OverTime.Counts, n)
		f.Count += n
	}
	return f
}

// Where the record tells when requests failed, there is a line for each of the most frequent messages, with
// the gaps of the load, and they add up.
func TestFailuresOverTimeByMessage(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small()) // open load from 0 to 2 s and from 5 to 7 s
	rec.Arms[0].Failures = []reasons.Failure{
		failedIn("busy", 90, 0, 1, 5), failedIn("loading", 50, 5, 6), failedIn("down", 40, 6), failedIn("a", 9, 0), failedIn("b", 8, 0), failedIn("c", 7, 1), failedIn("d", 6, 1),
	}
	rec.Arms[1].Failures = []reasons.Failure{failedIn("busy", 1, 1), {Phase: "open", Class: reasons.Others, Count: 5, OverTime: &reasons.Times{StepMS: 1000, AtSteps: []uint64{3}, Counts: []uint64{5}}}}
	drawn, err := failuresOverTime(sourceOf(&summary.Judged{Record: rec}))
	if err != nil || drawn == nil {
		t.Fatal(drawn, err)
	}
	got := map[string]string{}
	var order []string
	for _, line := range drawn.Lines.Panels[0].Lines {
		order = append(order, line.Label)
		for i, x := range line.X {
			got[line.Label] += fmt.Sprintf("%v:%v ", x, line.Y[i])
		}
	}
	if want := "server: 503 busy|server: 503 loading|server: 503 down|server: 503 a|server: 503 b|others"; strings.Join(order, "|") != want {
		t.Errorf("the lines are %s", strings.Join(order, "|"))
	}
	if want := "0:90 1:91 2:NaN 3:0 4:NaN 5:90 6:0 "; got["server: 503 busy"] != want {
		t.Errorf("busy is %s, want %s", got["server: 503 busy"], want)
	}
	if want := "0:0 1:13 2:NaN 3:5 4:NaN 5:0 6:0 "; got["others"] != want {
		t.Errorf("others are %s, want %s", got["others"], want)
	}
	rec.Arms[1].Failures[0].OverTime = nil // as in a record of an older version
	if drawn, err = failuresOverTime(sourceOf(&summary.Judged{Record: rec})); err != nil || !strings.Contains(drawn.Title, "by class and status") {
		t.Errorf("%v, %v", drawn, err)
	}
}

// A record may tell of any time.
func TestFailuresOverAnyTimeAreDrawn(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	rec.Arms[0].Failures = []reasons.Failure{failedIn("busy", 1, 0, 1<<40)}
	rec.Arms[0].Blocks[1].Open.StartMS, rec.Arms[0].Blocks[1].Open.DurationMS = 3e17, 1e18
	if drawn, err := failuresOverTime(sourceOf(&summary.Judged{Record: rec})); err != nil || drawn == nil {
		t.Error(drawn, err)
	}
}

// Probes that tell nothing of the target are on no line.
func TestDiscardedProbesAreOnNoLine(t *testing.T) {
	t.Parallel()
	c := recordtest.SearchedFor(190)
	p99 := rateFigures()[0]
	before, none := rateLine(c, p99.of)
	late, short := c.Probes[3], c.Probes[3]
	late.Held, late.Late, late.P99MS = false, true, new(18400.0)
	short.Held, short.Short, short.P99MS = false, true, new(1.0)
	c.Probes = append(c.Probes, late, short)
	line, discarded := rateLine(c, p99.of)
	if !slices.Equal(line, before) || len(none) != 0 || len(discarded) != 2 {
		t.Errorf("the line is %v, want %v; %d discarded", line, before, len(discarded))
	}
	rec := recordtest.WithCapacities()
	rec.Arms[0].Capacity = c
	rec.Arms[1].Capacity.Latencies = []record.Objective{{Metric: "p50", MaxMS: 25}}
	svg := drawings(t, rec)["capacity"]
	for _, label := range []string{"objective: at most 300 ms", "objective: at most 25.0 ms", "discarded: generator late,"} {
		if !strings.Contains(svg, ">"+label+"<") {
			t.Errorf("the plot does not say %q", label)
		}
	}
	if got := objectivesOf(p99, rec); !slices.Equal(got, []float64{300}) {
		t.Errorf("objectives %v", got)
	}
}
