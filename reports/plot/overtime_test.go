package plot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
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
		line, gaps := lines.failed[0], 0
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
