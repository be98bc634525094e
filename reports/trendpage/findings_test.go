package trendpage

import (
	"fmt"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/trend"
	"weighbridge/reports/table"
)

func trendOf(h recordtest.History) trend.Trend {
	var c trend.Collector
	for i, rec := range h.Records() {
		c.Add(fmt.Sprintf("results/%02d", i+1), rec)
	}
	return c.Trend(1)
}

// onlyA leaves the first arm alone.
func onlyA(_ int, rec *record.Record) { rec.Axes, rec.Arms = nil, rec.Arms[:1] }

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		of       recordtest.History
		has, not []string
		severity table.Severity
	}{
		{
			"one arm slower",
			recordtest.History{Runs: 14, Step: 7, By: 1.2},
			[]string{"At run 8 of 14 (2026-11-20 16:30 UTC, results/08) ", " of ab=b rose from ", " ms: 1.", "× (95% interval 1.", ", p under 0.0001, which is worse.", " With it moved ", "TPS"},
			[]string{"From this run on", "half the gate's margin"},
			table.Bad,
		},
		{
			"faster again",
			recordtest.History{Runs: 14, Step: 7, By: 0.8},
			[]string{" of ab=b fell from ", "which is better."},
			nil, table.Good,
		},
		{
			"another scenario text",
			recordtest.History{Runs: 14, Step: 7, By: 1.2, Change: func(i int, rec *record.Record) {
				if i >= 7 {
					rec.Scenario.Set = []string{"mock.latency.request=24ms"}
				}
			}},
			[]string{"From this run on, something else differs too: --set or --axis."},
			nil, table.Bad,
		},
		{
			"errors first",
			recordtest.History{Runs: 14, Step: 7, By: 1.2, Change: func(i int, rec *record.Record) {
				if i >= 7 {
					recordtest.Fail(&rec.Arms[0], 20+i%3)
				}
			}},
			[]string{"error rate of ab=a rose from 0% to 5.0%: +5.0 points (95% interval +4.", "With it moved "},
			nil, table.Bad,
		},
		{
			"nothing moved",
			recordtest.History{Runs: 14, Step: 99, By: 1, Change: onlyA},
			[]string{"No figure moved in 14 runs. A change half way through would have been seen from ", "% in p50"},
			[]string{"ab=a", "At run"},
			table.Good,
		},
		{
			"few runs",
			recordtest.History{Runs: 5, Step: 2, By: 2},
			[]string{"5 runs are too few to tell a change from noise: at least 8 are needed."},
			[]string{"At run"},
			table.Doubtful,
		},
		{
			"back to where it was",
			recordtest.History{Runs: 21, Step: 99, By: 1, Change: func(i int, rec *record.Record) {
				onlyA(i, rec)
				if i >= 7 && i < 14 {
					recordtest.Fail(&rec.Arms[0], 40)
				}
			}},
			[]string{"At run 8 of 21", "error rate rose from", "At run 15 of 21", "error rate fell from"},
			nil, table.Doubtful,
		},
	} {
		made := trendOf(c.of)
		text := strings.Join(Findings(made), "\n")
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, text)
			}
		}
		for _, not := range c.not {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q is in\n%s", c.name, not, text)
			}
		}
		if got := New(made).Headline.Severity; got != c.severity {
			t.Errorf("%s: the headline is %q, want %q: %s", c.name, got, c.severity, New(made).Headline.Text)
		}
		if lines := Findings(made); len(lines) > mostFindings+2 {
			t.Errorf("%s: %d sentences", c.name, len(lines))
		}
	}
}

// However many figures move at however many runs, there are a handful of sentences.
func TestFindingsAreAHandful(t *testing.T) {
	t.Parallel()
	made := trendOf(recordtest.History{Runs: 48, Step: 99, By: 1, Change: func(i int, rec *record.Record) {
		if i/8%2 == 1 {
			recordtest.Fail(&rec.Arms[0], 40+20*(i/8))
			recordtest.Fail(&rec.Arms[1], 40+20*(i/8))
		}
	}})
	lines := Findings(made)
	if len(lines) != mostFindings+1 || !strings.Contains(lines[mostFindings], "Figures moved at 1 run more") {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if rows := len(changesTable(made).Rows); rows != 10 {
		t.Errorf("the table of changes has %d rows", rows)
	}
}

func TestSparkline(t *testing.T) {
	t.Parallel()
	points := func(values ...float64) (all []trend.Point) {
		for _, v := range values {
			p := trend.Point{}
			if v >= 0 {
				p.Value = &v
			}
			all = append(all, p)
		}
		return all
	}
	for _, c := range []struct {
		of   []trend.Point
		want string
	}{
		{points(), ""},
		{points(-1, -1), "··"},
		{points(3, 3, 3), "▁▁▁"},
		{points(1, -1, 2, 3), "▁·▄█"},
		{points(make([]float64, 100)...), strings.Repeat("▁", 34)},
	} {
		if got := sparkline(trend.Series{Points: c.of}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A terminal does not list hundreds of runs.
func TestManyRunsAreDetails(t *testing.T) {
	t.Parallel()
	few, many := trendOf(recordtest.History{Runs: 10, Step: 99, By: 1, Change: onlyA}), trend.Trend{}
	if s := runsTable(few); s.Details || len(s.Rows) != 10 || len(s.Columns) < 7 {
		t.Errorf("%+v", s)
	}
	for range mostRuns + 1 {
		many.Runs = append(many.Runs, few.Runs[0])
	}
	if s := runsTable(many); !s.Details || s.Short != "The 41 runs are listed by --format markdown, html, csv and json." {
		t.Errorf("%+v", s)
	}
	if page := New(trend.Trend{Title: "x"}); page.Headline.Text != "x. No runs to compare." || page.Answers[0] != "No record can be compared with another." {
		t.Errorf("%+v", page)
	}
}
