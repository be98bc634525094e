package plot

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// sweep is an axis whose levels are numbers, such as the requests in flight, and what was measured
// along it, once for each combination of the other axes' levels.
type sweep struct {
	axis string
	// rate and latency are what the plots show, by the throughput and latency that the arms have.
	rate, latency metric.Metric
	series        []sweepSeries
	// names are the names of the levels; a level without one is named by its number.
	names map[float64]string
}

// sweepSeries is the arms of one combination, by rising level.
type sweepSeries struct {
	style armStyle
	steps []sweepStep
}

// sweepStep is one arm: its level, and its figures, NaN where unknown, with their intervals, nil where
// unknown.
type sweepStep struct {
	level, rate, latency float64
	inRate, inLatency    *summary.Interval
}

// sweepOf is the sweep along the record's first numeric axis, or nil if it has none. Its rate is
// output tokens/s where they are known, else TPS, its latency the median TTFT of streams unless whole
// says otherwise, else that of responses.
func sweepOf(from source, whole bool) *sweep {
	i := slices.IndexFunc(from.rec.Axes, numeric)
	if i < 0 {
		return nil
	}
	w := &sweep{axis: from.rec.Axes[i].Name}
	shown := summary.Shown(from.s.Arms)
	w.rate, w.latency = pick(shown, metric.OutputTokensPerS, metric.TPS), pick(shown, "p50")
	if !whole && from.streams() {
		w.latency = pick(shown, "ttft_p50")
	}
	byOthers := map[string]int{}
	for j, arm := range from.s.Arms {
		others := otherLevels(from.rec, arm.Levels, w.axis)
		at, known := byOthers[others]
		if !known {
			at = len(w.series)
			byOthers[others] = at
			w.series = append(w.series, sweepSeries{style: seriesStyle(at, others)})
		}
		level, _ := strconv.ParseFloat(arm.Levels[w.axis], 64)
		w.series[at].steps = append(w.series[at].steps, from.step(j, level, w.rate, w.latency))
	}
	w.sortSteps()
	return w
}

func (w *sweep) sortSteps() {
	for _, s := range w.series {
		slices.SortFunc(s.steps, func(a, b sweepStep) int { return cmp.Compare(a.level, b.level) })
	}
}

// numeric reports whether an axis is a sweep: its levels are different numbers, enough for a line.
func numeric(axis record.Axis) bool {
	_, ok := summary.Numeric(axis)
	return ok
}

// pick is the first of the metrics that is shown, or the last.
func pick(shown []metric.Metric, names ...string) metric.Metric {
	var m metric.Metric
	for _, name := range names {
		m, _ = metric.Named(name)
		if slices.ContainsFunc(shown, func(s metric.Metric) bool { return s.Name == name }) {
			break
		}
	}
	return m
}

// step is an arm as a step of a sweep.
func (from source) step(arm int, level float64, rate, latency metric.Metric) sweepStep {
	of := func(m metric.Metric) (float64, *summary.Interval) {
		v := from.s.Arms[arm].Figure(m)
		if v == nil {
			return math.NaN(), nil
		}
		return *v, summary.IntervalOf(&from.rec.Arms[arm], m, *v)
	}
	out := sweepStep{level: level}
	out.rate, out.inRate = of(rate)
	out.latency, out.inLatency = of(latency)
	return out
}

func seriesStyle(i int, others string) armStyle {
	pattern := i / len(palette)
	return armStyle{arm: svg.NoArm, label: others, line: draw.LineStyle{Width: thickness(pattern), Color: palette[i%len(palette)], Dashes: dashes[pattern%len(dashes)]}}
}

// streams reports whether some answers were streams.
func (from source) streams() bool {
	return slices.ContainsFunc(from.s.Arms, func(a summary.Arm) bool { return a.TTFT != nil })
}

// rateAgainstLatency draws the throughput of a sweep against its latency, of streams their TTFT.
func rateAgainstLatency(from source) (*Plot, error) {
	return drawRate("rate-latency", sweepOf(from, false))
}

// rateAgainstResponse draws the throughput of a sweep of streams against the latency of whole responses.
func rateAgainstResponse(from source) (*Plot, error) {
	if !from.streams() {
		return nil, nil
	}
	return drawRate("rate-response", sweepOf(from, true))
}

// drawRate draws throughput against latency, a point for each level.
func drawRate(name string, w *sweep) (*Plot, error) {
	if w == nil {
		return nil, nil
	}
	p := newPlot(w.rate.Title() + " against " + w.latency.Bare() + ", by " + w.axis)
	p.X.Label.Text, p.Y.Label.Text = w.latency.Title()+" (log)", w.rate.Title()
	if err := w.draw(p, func(s sweepStep) (x, y float64) { return math.Log10(s.latency), s.rate }, true, false); err != nil {
		return nil, err
	}
	p.X.Tick.Marker = plot.TickerFunc(roundTicks)
	return panels(name, dataHeight, w.legend(), p), nil
}

// figuresByLevel draws the throughput of a sweep above its latency, by level.
func figuresByLevel(from source) (*Plot, error) {
	w := sweepOf(from, false)
	if w == nil {
		return nil, nil
	}
	place, ticks, scale := w.levelScale()
	upper, lower := newPlot(w.rate.Title()+" and "+w.latency.Bare()+", by "+w.axis), newPlot("")
	upper.Y.Label.Text, lower.Y.Label.Text = w.rate.Title(), w.latency.Title()+" (log)"
	lower.X.Label.Text = w.axis
	err := w.draw(upper, func(s sweepStep) (x, y float64) { return place(s.level), s.rate }, false, false)
	if err == nil {
		err = w.draw(lower, func(s sweepStep) (x, y float64) { return place(s.level), math.Log10(s.latency) }, false, true)
	}
	if err != nil {
		return nil, err
	}
	w.addIntervals(upper, place, func(s sweepStep) *summary.Interval { return s.inRate }, func(v float64) float64 { return v })
	w.addIntervals(lower, place, func(s sweepStep) *summary.Interval { return s.inLatency }, math.Log10)
	if slices.ContainsFunc(w.series, func(s sweepSeries) bool {
		return slices.ContainsFunc(s.steps, func(step sweepStep) bool { return step.inRate != nil || step.inLatency != nil })
	}) {
		upper.Title.Text += intervalNote
	}
	upper.X.Tick.Marker, lower.X.Tick.Marker = ticks, ticks
	out := panels("by-level", dataHeight*1.5, w.legend(), upper, lower)
	out.Lines = &Lines{X: w.axis, Scale: scale, Panels: []LinePanel{
		w.lines(upper.Y.Label.Text, scale, Linear, func(s sweepStep) (x, y float64) { return place(s.level), s.rate }, func(s sweepStep) *summary.Interval { return s.inRate }),
		w.lines(lower.Y.Label.Text, scale, Logarithmic, func(s sweepStep) (x, y float64) { return place(s.level), math.Log10(s.latency) }, func(s sweepStep) *summary.Interval { return s.inLatency }),
	}}
	return out, nil
}

// addIntervals draws the interval of each arm's figure.
func (w *sweep) addIntervals(p *plot.Plot, place func(float64) float64, of func(sweepStep) *summary.Interval, scale func(float64) float64) {
	low, high := p.Y.Min, p.Y.Max
	room := (high - low) * (whiskerRoom - 1)
	for _, series := range w.series {
		for _, step := range series.steps {
			in := of(step)
			if in == nil || !(in.Low >= 0) || math.IsInf(scale(in.Low), 0) {
				continue
			}
			x, from, to := place(step.level), scale(in.Low), scale(in.High)
			p.Y.Min, p.Y.Max = min(p.Y.Min, max(from, low-room)), max(p.Y.Max, min(to, high+room))
			p.Add(whisker{plotter.XY{X: x, Y: from}, plotter.XY{X: x, Y: to}, series.style.line.Color, false})
		}
	}
}

// levelScale is logarithmic where the levels are positive and span a decade or so.
func (w *sweep) levelScale() (place func(float64) float64, ticks plot.Ticker, scale Scale) {
	var levels []float64
	for _, s := range w.series {
		for _, step := range s.steps {
			levels = append(levels, step.level)
		}
	}
	low, high := slices.Min(levels), slices.Max(levels)
	place, scale = func(v float64) float64 { return v }, Linear
	if low > 0 && high >= 8*low {
		place, scale = math.Log10, Logarithmic
	}
	var all plot.ConstantTicks
	slices.Sort(levels)
	style := newPlot("").X.Tick.Label
	width, end := dataWidth-vg.Inch, vg.Length(math.Inf(-1)) // about that of the data
	for _, level := range slices.Compact(levels) {
		tick := plot.Tick{Value: place(level)}
		at := vg.Length((place(level)-place(low))/(place(high)-place(low))) * width
		name := w.name(level)
		if half := style.Width(name)/2 + 2; at-half > end { // else it would cover the one before
			tick.Label, end = name, at+half
		}
		all = append(all, tick)
	}
	return place, all, scale
}

func (w *sweep) name(level float64) string {
	if name, ok := w.names[level]; ok {
		return name
	}
	return levelName(level)
}

func levelName(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// draw adds the lines of the sweep, with a dot for each arm, named by its level if named. log says
// that y is the logarithm of a latency.
func (w *sweep) draw(p *plot.Plot, at func(sweepStep) (x, y float64), named, log bool) error {
	p.Add(gridLines{vertical: true, horizontal: true})
	var lines []plotter.XYs
	var styles []armStyle
	for _, series := range w.series {
		line, known := series.points(at)
		var levels []string
		for _, step := range known {
			levels = append(levels, levelName(step.level))
		}
		lines, styles = append(lines, line), append(styles, series.style)
		p.Add(sweepDots{line, series.style.line.Color})
		if named {
			p.Add(dotNames{line, levels})
		}
	}
	lowX, highX := bounds(lines, x, 1)
	_, highY := bounds(lines, y, 1)
	room := max(highX-lowX, 1e-3) * 0.06
	p.X.Min, p.X.Max = lowX-room, highX+room
	p.Y.Min, p.Y.Max = 0, highY*1.08
	if log {
		fitLogMillis(p, lines)
	}
	return addLines(p, lines, styles)
}

// points are the steps whose figures are known, and where they are.
func (s sweepSeries) points(at func(sweepStep) (x, y float64)) (line plotter.XYs, known []sweepStep) {
	for _, step := range s.steps {
		if x, y := at(step); !math.IsNaN(x+y) && !math.IsInf(x+y, 0) {
			line, known = append(line, plotter.XY{X: x, Y: y}), append(known, step)
		}
	}
	return line, known
}

// lines are the lines of the sweep with their intervals, for a page.
func (w *sweep) lines(label string, x, y Scale, at func(sweepStep) (x, y float64), in func(sweepStep) *summary.Interval) LinePanel {
	out := LinePanel{Y: label, Scale: y}
	for _, s := range w.series {
		line, known := s.points(at)
		for _, made := range linesOf(label, x, y, []plotter.XYs{line}, []armStyle{s.style}, nil).Lines {
			for _, step := range known {
				low, high := math.NaN(), math.NaN()
				if i := in(step); i != nil && (i.Low > 0 || i.Low == 0 && y == Linear) {
					low, high = i.Low, i.High
				}
				made.Low, made.High = append(made.Low, unscaled(low, Linear)), append(made.High, unscaled(high, Linear))
			}
			out.Lines = append(out.Lines, made)
		}
	}
	return out
}

// legend has no entry for a single line: the axes name it.
func (w *sweep) legend() key {
	var styles []armStyle
	for _, s := range w.series {
		if s.style.label != "" {
			styles = append(styles, s.style)
		}
	}
	return legend(styles, func(int) bool { return false })
}

// sweepDots marks the arms on a line.
type sweepDots struct {
	at    plotter.XYs
	color color.Color
}

// Plot implements plot.Plotter.
func (d sweepDots) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for _, at := range d.at {
		c.DrawGlyph(draw.GlyphStyle{Color: d.color, Radius: 2.5, Shape: draw.CircleGlyph{}}, vg.Point{X: toX(at.X), Y: toY(at.Y)})
	}
}

// dotNames writes a level above each dot, unless it would cover one written before.
type dotNames struct {
	at    plotter.XYs
	names []string
}

// Plot implements plot.Plotter.
func (d dotNames) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	style := p.X.Tick.Label
	style.XAlign, style.YAlign = text.XRight, text.YBottom
	var written []vg.Rectangle
	for _, i := range endsFirst(len(d.at)) {
		at := vg.Point{X: toX(d.at[i].X) - 3, Y: toY(d.at[i].Y) + 3}
		box := vg.Rectangle{Min: at, Max: at}
		box.Min.X -= style.Width(d.names[i]) + 2
		box.Max.Y += style.Height(d.names[i])
		if slices.ContainsFunc(written, func(r vg.Rectangle) bool {
			return r.Min.X < box.Max.X && box.Min.X < r.Max.X && r.Min.Y < box.Max.Y && box.Min.Y < r.Max.Y
		}) {
			continue
		}
		written = append(written, box)
		c.FillText(style, at, d.names[i])
	}
}

// endsFirst is the order in which dots are named: the last, then from the first on.
func endsFirst(n int) (order []int) {
	for i := range n {
		order = append(order, i)
	}
	if n > 1 {
		order = append([]int{n - 1}, order[:n-1]...)
	}
	return order
}
