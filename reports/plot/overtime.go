package plot

import (
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"weighbridge/bench/record"
)

// maxDrawn is the largest number of points of a line: more cannot be told apart.
const maxDrawn = 400

// timeLines holds each arm's lines over time. Latencies have no point where nothing was
// answered.
type timeLines struct{ longest, mean, failed []plotter.XYs }

// newTimeLines reads the arms' series; nil if no arm has any.
func newTimeLines(rec *record.Record) *timeLines {
	var t timeLines
	any := false
	for i := range rec.Arms {
		var longest, mean, failed plotter.XYs
		for _, p := range drawnSeries(rec.Arms[i].OverTime) {
			seconds := p.AtMS / 1000
			if p.Answered > 0 {
				longest = append(longest, plotter.XY{X: seconds, Y: logOf(p.ResponseMaxMS)})
				mean = append(mean, plotter.XY{X: seconds, Y: logOf(p.ResponseTotalMS / float64(p.Answered))})
			}
			if due := p.Due - p.Own; due > 0 {
				failed = append(failed, plotter.XY{X: seconds, Y: float64(p.Failed-p.Own) / float64(due) * 100})
				any = true
			}
		}
		t.longest, t.mean, t.failed = append(t.longest, longest), append(t.mean, mean), append(t.failed, failed)
	}
	if !any {
		return nil
	}
	return &t
}

// logOf is logMillis for a number of milliseconds.
func logOf(ms float64) float64 { return logMillis(time.Duration(ms * float64(time.Millisecond))) }

// drawnSeries returns the points of a series that are drawn; none for a record of an older
// version.
func drawnSeries(s *record.Series) []record.Point {
	if s == nil {
		return nil
	}
	return s.Coarse(maxDrawn).Points
}

// latencyOverTime draws, against the time since the run began, the longest and the
// mean response latency above the error rate, all by when a prompt was due.
func latencyOverTime(from source) (*Plot, error) {
	t, styles := newTimeLines(from.rec), from.styles
	if t == nil {
		return nil, nil
	}
	longest, err := timePanel("longest, ms", t.longest, t, styles)
	if err != nil {
		return nil, err
	}
	mean, err := timePanel("mean, ms", t.mean, t, styles)
	if err != nil {
		return nil, err
	}
	failed, err := failedPanel(t, styles)
	if err != nil {
		return nil, err
	}
	longest.Title.Text = "Response latency and errors over time, open load"
	failed.X.Label.Text = "seconds since the run began, by when a prompt was due"
	key := legend(styles, func(i int) bool { return len(t.mean[i]) == 0 })
	return panels("over-time", dataHeight*1.9, key, longest, mean, failed), nil
}

// timePanel draws latencies on a log scale.
func timePanel(label string, lines []plotter.XYs, t *timeLines, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = label
	fitLogMillis(p, lines)
	fitSeconds(p, t)
	p.Add(gridLines{horizontal: true})
	return p, addLines(p, lines, styles)
}

// failedPanel draws the share of prompts that failed.
func failedPanel(t *timeLines, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = "failed, %"
	top := 1.0 // so that a run without errors has a line at the bottom
	for _, line := range t.failed {
		for _, at := range line {
			top = max(top, at.Y)
		}
	}
	p.Y.Min, p.Y.Max = 0, min(top*1.1, 100)
	fitSeconds(p, t)
	p.Add(gridLines{horizontal: true})
	return p, addLines(p, t.failed, styles)
}

// fitSeconds gives every panel the same time axis, from the start of the run.
func fitSeconds(p *plot.Plot, t *timeLines) {
	last := 1.0
	for _, line := range t.failed {
		if n := len(line); n > 0 {
			last = max(last, line[n-1].X)
		}
	}
	p.X.Min, p.X.Max = 0, last
}
