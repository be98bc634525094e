package plot

import (
	"math"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

func TestForestRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		metric           string
		ratio, low, high *float64
		told, better     bool
		figure           string
	}{
		"slower":          {"p90", new(1.2), new(1.1), new(1.3), true, false, "1.20 (1.10–1.30)"},
		"faster":          {"p90", new(0.8), new(0.7), new(0.9), true, true, "0.80 (0.70–0.90)"},
		"more throughput": {"tps", new(1.2), new(1.1), new(1.3), true, true, "1.20 (1.10–1.30)"},
		"noise":           {"tps", new(1.02), new(0.9), new(1.1), false, true, "1.02 (0.90–1.10)"},
		"few blocks":      {"p90", new(2.0), nil, nil, false, false, "2.00"},
		"a lone bound":    {"p90", new(2.0), new(1.5), nil, true, false, "2.00 (over 1.50)"},
	} {
		m, _ := metric.Named(c.metric)
		r := ratioRow(gate.Comparison{Comparison: figures.Comparison{Metric: c.metric, Head: "b", Base: "a", Ratio: c.ratio, Low: c.low, High: c.high}}, m, "b vs a")
		if r.told != c.told || c.told && r.better != c.better || r.figure != c.figure || r.label != "b vs a" || r.v != math.Log10(*c.ratio) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The forest plot has the errors and every ratio, but those of axes of numbers.
func TestForestOfDifferences(t *testing.T) {
	t.Parallel()
	svg := drawings(t, recordtest.Record(recordtest.Matrix()))["forest"]
	for _, label := range []string{"batch10 vs single: error rate", "h2 vs h1: p90", "jwt vs oauth: TPS", "5.05 (4.81–5.30)", "worse"} {
		if !strings.Contains(svg, ">"+label+"<") {
			t.Errorf("the plot does not say %q", label)
		}
	}
	numbers := recordtest.Shape{Axes: []record.Axis{{Name: "n", Levels: []string{"1", "2", "3"}}}, Blocks: 6, Open: true, PromptsPerOpen: 30, Speed: func(map[string]string) float64 { return 1 }}
	if drawings(t, recordtest.Record(numbers))["forest"] != "" {
		t.Error("an axis of numbers is in the forest plot")
	}
	many := recordtest.Base(record.Scenario{}, []record.Axis{levels("server", 30, "server%d")}, 1)
	var s summary.Summary
	for _, level := range many.Axes[0].Levels[1:] {
		for _, name := range []string{"p50", "p90", "p99", "tps"} {
			s.Comparisons = append(s.Comparisons, gate.Comparison{Comparison: figures.Comparison{Metric: name, Axis: "server", Head: level, Base: "server1", Ratio: new(1.1)}})
		}
	}
	if ratios, _ := forestRows(source{rec: many, s: s}, true); len(ratios) != 58 {
		t.Errorf("%d rows of the main metrics, want 58", len(ratios))
	}
}

// Two axes have a heat map, in which a combination without answers has no figure.
func TestHeatMapOfTwoAxes(t *testing.T) {
	t.Parallel()
	shape := recordtest.Shape{
		Axes:   []record.Axis{{Name: "in-flight", Levels: []string{"1", "2", "4"}}, {Name: "server", Levels: []string{"old", "new"}}},
		Blocks: 2, Open: true, Closed: true, PromptsPerOpen: 30, Speed: func(map[string]string) float64 { return 1 },
	}
	rec := recordtest.Record(shape)
	for i := range rec.Arms[0].Blocks {
		rec.Arms[0].Blocks[i].Closed, rec.Arms[0].Blocks[i].Open = nil, record.NewSlice(0, 2000)
	}
	svg := drawings(t, rec)["heat-map"]
	for _, label := range []string{"TPS, prompts/s: darker is more", "p90 of response latency, ms: darker is more", "old", "4", "in-flight", "–"} {
		if !strings.Contains(svg, ">"+label+"<") {
			t.Errorf("the plot does not say %q", label)
		}
	}
	if drawings(t, recordtest.Record(recordtest.Matrix()))["heat-map"] != "" {
		t.Error("three axes have a heat map of two")
	}
}

// An interval that is much longer than the others is cut, and does not squeeze them.
func TestLongIntervalsAreCut(t *testing.T) {
	t.Parallel()
	bars := []bar{{value: 1, low: new(0.9), high: new(1.1)}, {value: 2, low: new(1.8), high: new(2.2)}, {value: 2, low: new(0.1), high: new(90.0)}, {value: 1}}
	if longest := cutIntervals(bars); longest != 2.6 || !bars[2].cut || *bars[2].high != 2.6 || bars[1].cut || bars[3].high != nil {
		t.Errorf("the axis goes to %v, bars %+v", longest, bars)
	}
	wide := []bar{{value: 10, high: new(300.0)}, {value: 14, high: new(331.0)}, {value: 8, high: new(9.0)}}
	if longest := cutIntervals(wide); longest != 42 || !wide[0].cut || !wide[1].cut || wide[2].cut {
		t.Errorf("where most are wide the axis goes to %v", longest)
	}
	if longest := cutIntervals([]bar{{value: 0, high: new(0.5)}}); longest != 0.5 {
		t.Errorf("an interval of a bar of 0 goes to %v", longest)
	}
	if longest := cutIntervals([]bar{{value: 3}}); longest != 3 {
		t.Errorf("without intervals it goes to %v", longest)
	}
}
