package plot

import (
	"cmp"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"weighbridge/bench/record"
)

// maxDrawn is the largest number of points of a line: more cannot be told apart.
const maxDrawn = 400

// timeLines holds each arm's lines over time. Latencies have no point where nothing was
// answered.
type timeLines struct {
	longest, mean, failed []plotter.XYs
	// ran is when each arm's open load ran.
	ran [][]span
}

// span is a time from start to end, in s after the start of the run.
type span struct{ from, to float64 }

// openSpans are the times in which an arm's open load ran, in order. Those that are less than a step
// apart are one: no point tells them apart.
func openSpans(arm *record.Arm, step float64) (spans []span) {
	for _, b := range arm.Blocks {
		if b.Open != nil {
			from := b.Open.StartMS / 1000
			spans = append(spans, span{from, from + b.Open.DurationMS/1000})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	kept := spans[:0]
	for _, s := range spans {
		if n := len(kept); n > 0 && s.from < kept[n-1].to+step {
			kept[n-1].to = max(kept[n-1].to, s.to)
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// apart reports whether an arm's open load paused between two of its points.
func (t *timeLines) apart(i int, a, b plotter.XY) bool { return t.spanAt(i, a.X) != t.spanAt(i, b.X) }

// spanAt is the index of the span that a point is of: the first that ends after it begins.
func (t *timeLines) spanAt(i int, at float64) int {
	k := slices.IndexFunc(t.ran[i], func(s span) bool { return s.to > at })
	if k < 0 {
		return len(t.ran[i]) - 1
	}
	return k
}

// newTimeLines reads the arms' series; nil if no arm has any.
func newTimeLines(rec *record.Record) *timeLines {
	var t timeLines
	any := false
	for i := range rec.Arms {
		var longest, mean, failed plotter.XYs
		series := drawnSeries(rec.Arms[i].OverTime)
		t.ran = append(t.ran, openSpans(&rec.Arms[i], series.StepMS/1000))
		for _, p := range series.Points {
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

// drawnSeries returns a series in as many points as are drawn; none for a record of an older
// version.
func drawnSeries(s *record.Series) record.Series {
	if s == nil {
		return record.Series{}
	}
	return s.Coarse(maxDrawn)
}

// latencyOverTime draws, against the time since the run began, the longest and the
// mean response latency above the error rate, all by when a prompt was due. Lines have gaps where
// the arm's open load paused: for closed load, or for another arm's turn.
func latencyOverTime(from source) (*Plot, error) {
	t, styles := newTimeLines(from.rec), from.styles
	if t == nil {
		return nil, nil
	}
	longest, err := timePanel("longest, ms (log)", t.longest, t, styles)
	if err != nil {
		return nil, err
	}
	mean, err := timePanel("mean, ms (log)", t.mean, t, styles)
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
	out := panels("over-time", dataHeight*1.9, key, longest, mean, failed)
	out.Lines = &Lines{X: failed.X.Label.Text, Scale: Linear, Long: true, Panels: []LinePanel{
		linesOf(longest.Y.Label.Text, Linear, Logarithmic, t.longest, styles, t.apart),
		linesOf(mean.Y.Label.Text, Linear, Logarithmic, t.mean, styles, t.apart),
		linesOf(failed.Y.Label.Text, Linear, Linear, t.failed, styles, t.apart),
	}}
	return out, nil
}

// timePanel draws latencies on a log scale.
func timePanel(label string, lines []plotter.XYs, t *timeLines, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = label
	fitLogMillis(p, lines)
	fitSeconds(p, t)
	p.Add(gridLines{horizontal: true})
	return p, addBroken(p, lines, styles, t.apart)
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
	return p, addBroken(p, t.failed, styles, t.apart)
}

// fitSeconds gives every panel the same time axis, from the first point to the last.
func fitSeconds(p *plot.Plot, t *timeLines) {
	p.X.Min, p.X.Max = bounds(t.failed, x, 1)
	p.X.Max = max(p.X.Max, p.X.Min+1)
}
