package plot

import (
	"cmp"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// maxDrawn is the largest number of points of a line: more cannot be told apart. If there are many
// lines, each has fewer, but fewestDrawn at least.
const (
	maxDrawn    = 400
	fewestDrawn = 60
)

// timeLines holds each arm's lines over time, and when its open load ran.
type timeLines struct {
	series []record.Series
	ran    [][]span
	// first and last are the times of all points, in s.
	first, last float64
}

// timeFigure is what a panel shows of a point; false if it is not known.
type timeFigure struct {
	label string
	scale Scale
	of    func(record.Point) (float64, bool)
}

// timeFigures are the panels from the top: percentiles, or of older records the longest and the mean;
// the TTFT of streams; and the share that failed.
func (t *timeLines) timeFigures() (all []timeFigure) {
	add := func(label string, of func(record.Point) (float64, bool)) {
		all = append(all, timeFigure{label + ", ms (log)", Logarithmic, of})
	}
	if t.any(func(p record.Point) bool { _, known := p.Percentile(0.5); return known }) {
		for _, name := range []string{"p99", "p90", "p50"} {
			m, _ := metric.Named(name)
			add(name, func(p record.Point) (float64, bool) { d, known := p.Percentile(m.Quantile); return logMillis(d), known })
		}
	} else {
		add("longest", func(p record.Point) (float64, bool) { return logOf(p.ResponseMaxMS), p.Answered > 0 })
		add("mean", func(p record.Point) (float64, bool) {
			return logOf(p.ResponseTotalMS / float64(p.Answered)), p.Answered > 0
		})
	}
	if t.any(func(p record.Point) bool { return p.TTFT.Count() > 0 }) {
		add("TTFT p50", func(p record.Point) (float64, bool) { return logMillis(p.TTFT.Quantile(0.5)), p.TTFT.Count() > 0 })
	}
	return append(all, timeFigure{"failed, %", Linear, failedShare})
}

// failedShare is the share of a point's prompts that failed, in percent, without those that the harness
// ended itself.
func failedShare(p record.Point) (float64, bool) {
	due := p.Due - p.Own
	return float64(p.Failed-p.Own) / float64(max(due, 1)) * 100, due > 0
}

// any reports whether some point is so.
func (t *timeLines) any(is func(record.Point) bool) bool {
	return slices.ContainsFunc(t.series, func(s record.Series) bool { return slices.ContainsFunc(s.Points, is) })
}

// lines are each arm's line of a figure.
func (t *timeLines) lines(f timeFigure) (all []plotter.XYs) {
	for _, s := range t.series {
		var line plotter.XYs
		for _, p := range s.Points {
			if v, known := f.of(p); known {
				line = append(line, plotter.XY{X: p.AtMS / 1000, Y: v})
			}
		}
		all = append(all, line)
	}
	return all
}

// span is a time from start to end, in s after the start of the run.
type span struct{ from, to float64 }

// openSpans are the times in which the open load of arms ran, in order. Those that are less than a step
// apart are one: no point tells them apart.
func openSpans(step float64, arms ...*record.Arm) (spans []span) {
	for _, arm := range arms {
		for _, b := range arm.Blocks {
			if b.Open != nil {
				from := b.Open.StartMS / 1000
				spans = append(spans, span{from, from + b.Open.DurationMS/1000})
			}
		}
	}
	return joinedSpans(spans, step)
}

// joinedSpans are the spans in order, those that are less than a step apart as one.
func joinedSpans(spans []span, step float64) []span {
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

// apartIn reports where the lines of a figure have gaps: where an arm's open load paused, and where
// prompts were due between two points and the figure of them is not known, as when all failed.
func (t *timeLines) apartIn(f timeFigure) func(i int, a, b plotter.XY) bool {
	return func(i int, a, b plotter.XY) bool {
		return t.apart(i, a, b) || slices.ContainsFunc(t.series[i].Points, func(p record.Point) bool {
			at := p.AtMS / 1000
			_, known := f.of(p)
			return a.X < at && at < b.X && p.Due > p.Own && !known
		})
	}
}

// spanAt is the index of the span that a point is of: the first that ends after it begins.
func (t *timeLines) spanAt(i int, at float64) int { return spanAt(t.ran[i], at) }

func spanAt(spans []span, at float64) int {
	k := slices.IndexFunc(spans, func(s span) bool { return s.to > at })
	if k < 0 {
		return len(spans) - 1
	}
	return k
}

// wholeSteps are the points of a series, and for how long open load ran in each, in s. A step at the
// edge of a slice, in which it ran for less than half as long as in others, is added to the one beside
// it: of few prompts a percentile or a rate says little, and its line would jump.
func wholeSteps(s record.Series, ran []span) (points []record.Point, seconds []float64) {
	step := s.StepMS / 1000
	spans := joinedSpans(slices.Clone(ran), step)
	for k := 0; k < len(s.Points); {
		last := k + 1 // of the same span
		for last < len(s.Points) && spanAt(spans, s.Points[last].AtMS/1000) == spanAt(spans, s.Points[k].AtMS/1000) {
			last++
		}
		of := s.Points[k:last]
		var long []float64
		for _, p := range of {
			long = append(long, within(ran, p.AtMS/1000, p.AtMS/1000+step))
		}
		first, most := len(points), slices.Max(long)
		for i, p := range of {
			n := len(points)
			switch {
			case long[i] == 0: // of a slice that the record does not have
				points, seconds = append(points, p), append(seconds, step)
			case n > first && long[i] < most/2:
				points[n-1], seconds[n-1] = points[n-1].With(p), seconds[n-1]+long[i]
			case n == first+1 && seconds[first] < most/2:
				points[first], seconds[first] = p.With(points[first]), seconds[first]+long[i]
			default:
				points, seconds = append(points, p), append(seconds, long[i])
			}
		}
		k = last
	}
	return points, seconds
}

// within is for how long spans that do not overlap lie between two times.
func within(spans []span, from, to float64) (long float64) {
	for _, s := range spans {
		long += max(min(s.to, to)-max(s.from, from), 0)
	}
	return long
}

// newTimeLines reads the arms' series; nil if no arm has any.
func newTimeLines(rec *record.Record) *timeLines {
	t := &timeLines{first: math.Inf(1), last: math.Inf(-1)}
	for i := range rec.Arms {
		series := drawnSeries(rec.Arms[i].OverTime, len(rec.Arms))
		series.Points, _ = wholeSteps(series, openSpans(0, &rec.Arms[i]))
		t.series = append(t.series, series)
		t.ran = append(t.ran, openSpans(series.StepMS/1000, &rec.Arms[i]))
		if n := len(series.Points); n > 0 {
			t.first, t.last = min(t.first, series.Points[0].AtMS/1000), max(t.last, series.Points[n-1].AtMS/1000)
		}
	}
	if !t.any(func(p record.Point) bool { return p.Due > p.Own }) {
		return nil
	}
	return t
}

// logOf is logMillis for a number of milliseconds.
func logOf(ms float64) float64 { return logMillis(time.Duration(ms * float64(time.Millisecond))) }

// drawnSeries returns a series in as many points as are drawn, of many arms fewer; none for a record
// of an older version.
func drawnSeries(s *record.Series, arms int) record.Series {
	if s == nil {
		return record.Series{}
	}
	return s.Coarse(min(maxDrawn, max(maxDrawn*8/arms, fewestDrawn)))
}

// latencyOverTime draws, against the time since the run began, percentiles of the response latency above
// the error rate, all by when a prompt was due. Lines have gaps where the arm's open load paused, for
// closed load or for another arm's turn, and where no prompt was answered.
func latencyOverTime(from source) (*Plot, error) {
	t := newTimeLines(from.rec)
	if t == nil {
		return nil, nil
	}
	data := &Lines{X: "seconds into the run, by due time", Scale: Linear, Long: true}
	var stack []*plot.Plot
	answered := make([]bool, len(from.styles))
	for _, figure := range t.timeFigures() {
		lines := t.lines(figure)
		p, err := timePanel(figure, lines, t, from.styles)
		if err != nil {
			return nil, err
		}
		stack = append(stack, p)
		data.Panels = append(data.Panels, linesOf(figure.label, Linear, figure.scale, lines, from.styles, t.apartIn(figure)))
		for i, line := range lines {
			answered[i] = answered[i] || figure.scale == Logarithmic && len(line) > 0
		}
	}
	stack[0].Title.Text = "Response latency and errors over time, open load"
	stack[len(stack)-1].X.Label.Text = data.X
	key := legend(from.styles, func(i int) bool { return !answered[i] })
	out := panels("over-time", dataHeight*(0.4+0.5*vg.Length(len(stack))), key, stack...)
	out.Lines = data
	return out, nil
}

// timePanel draws a figure of every arm.
func timePanel(f timeFigure, lines []plotter.XYs, t *timeLines, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = f.label
	if f.scale == Logarithmic {
		fitLogMillis(p, lines)
	} else {
		_, top := bounds(lines, y, 1)
		p.Y.Min, p.Y.Max = 0, min(max(top, 1)*1.1, 100) // a run without errors has a line at the bottom
	}
	p.X.Min, p.X.Max = t.first, max(t.last, t.first+1)
	p.Add(gridLines{horizontal: true})
	return p, addBroken(p, lines, styles, t.apartIn(f))
}
