package plot

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
	"weighbridge/reports/summary/curves"
	"weighbridge/scenarios/metric"
)

// sweep is an axis whose levels are numbers, such as the requests in flight, and what was measured
// along it, once for each combination of the other axes' levels.
type sweep struct {
	axis string
	// rate and latency are what the plots show, by the throughput and latency that the arms have.
	rate, latency metric.Metric
	// offered says that the throughput is what was offered, alike to all arms: plots leave it out.
	offered bool
	series  []sweepSeries
	// names are the names of the levels; a level without one is named by its number.
	names map[float64]string
}

// sweepSeries is the arms of one combination, by rising level.
type sweepSeries struct {
	style armStyle
	steps []sweepStep
}

// sweepStep is one arm: its level, and its figures, NaN if unknown, with their intervals, nil if
// unknown.
type sweepStep struct {
	level, rate, latency float64
	inRate, inLatency    *summary.Interval
}

// sweepOf is the sweep along the record's first numeric axis, or nil if it has none. Its rate is
// output tokens/s if they are known, else TPS, its latency the median TTFT of streams unless whole
// says otherwise, else that of responses.
func sweepOf(from source, whole bool) *sweep {
	i := slices.IndexFunc(from.rec.Axes, numeric)
	if i < 0 {
		return nil
	}
	w := &sweep{axis: from.rec.Axes[i].Name, offered: curves.OnlyOffered(from.rec, from.rec.Axes[i].Name)}
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
			w.series = append(w.series, sweepSeries{style: seriesStyle(at, others, axisNames(from.rec, w.axis))})
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
	_, ok := curves.Numeric(axis)
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

func seriesStyle(i int, others, axes string) armStyle {
	pattern := i / len(palette)
	return armStyle{arm: svg.NoArm, label: others, axes: axes, line: draw.LineStyle{Width: thickness(pattern), Color: palette[i%len(palette)], Dashes: dashes[pattern%len(dashes)]}}
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
	if w == nil || w.offered || !w.known(func(s sweepStep) float64 { return s.rate + s.latency }) {
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

// levelFigure is what a panel shows by level.
type levelFigure struct {
	title string
	log   bool
	of    func(sweepStep) float64
	in    func(sweepStep) *summary.Interval
}

// known reports whether some arm has a figure.
func (w *sweep) known(of func(sweepStep) float64) bool {
	return slices.ContainsFunc(w.series, func(s sweepSeries) bool {
		return slices.ContainsFunc(s.steps, func(step sweepStep) bool { return !math.IsNaN(of(step)) })
	})
}

// levelFigures are the panels from the top: throughput, unless it is not known or only what was offered, and
// latency.
func (w *sweep) levelFigures() []levelFigure {
	latency := levelFigure{w.latency.Title() + " (log)", true, func(s sweepStep) float64 { return s.latency }, func(s sweepStep) *summary.Interval { return s.inLatency }}
	if w.offered || !w.known(func(s sweepStep) float64 { return s.rate }) {
		return []levelFigure{latency}
	}
	return []levelFigure{{w.rate.Title(), false, func(s sweepStep) float64 { return s.rate }, func(s sweepStep) *summary.Interval { return s.inRate }}, latency}
}

// figuresByLevel draws the throughput of a sweep above its latency, by level.
func figuresByLevel(from source) (*Plot, error) {
	w := sweepOf(from, false)
	if w == nil {
		return nil, nil
	}
	place, ticks, across := w.levelScale()
	data := &Lines{X: w.axis + across.note(), Scale: across}
	var stack []*plot.Plot
	bounded := false
	for _, figure := range w.levelFigures() {
		p, scale := newPlot(""), func(v float64) float64 { return v }
		y := Linear
		if figure.log {
			scale, y = math.Log10, Logarithmic
		}
		p.Y.Label.Text = figure.title
		at := func(s sweepStep) (x, y float64) { return place(s.level), scale(figure.of(s)) }
		if err := w.draw(p, at, false, figure.log); err != nil {
			return nil, err
		}
		w.addIntervals(p, place, figure.in, scale)
		p.X.Tick.Marker = ticks
		stack = append(stack, p)
		data.Panels = append(data.Panels, w.lines(figure.title, data.Scale, y, at, figure.in))
		bounded = bounded || slices.ContainsFunc(w.series, func(s sweepSeries) bool {
			return slices.ContainsFunc(s.steps, func(step sweepStep) bool { return figure.in(step) != nil })
		})
	}
	title, height := w.latency.Title(), dataHeight
	if len(stack) > 1 {
		title, height = w.rate.Title()+" and "+w.latency.Bare(), dataHeight*1.5
	}
	title += ", by " + w.axis
	if bounded {
		title += intervalNote
	}
	sameX(stack)
	stack[0].Title.Text, stack[len(stack)-1].X.Label.Text = title, data.X
	out := panels("by-level", height, w.legend(), stack...)
	out.Lines = data
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

// unevenness is the widest gap between levels on a scale over the narrowest.
func unevenness(levels []float64, scale func(float64) float64) float64 {
	widest, narrowest := 0.0, math.Inf(1)
	for i, level := range levels[1:] {
		gap := scale(level) - scale(levels[i])
		widest, narrowest = max(widest, gap), min(narrowest, gap)
	}
	return widest / narrowest
}

// levelScale is logarithmic where the levels are positive, span a decade or so and stand more evenly on it.
func (w *sweep) levelScale() (place func(float64) float64, ticks plot.Ticker, scale Scale) {
	var levels []float64
	for _, s := range w.series {
		for _, step := range s.steps {
			levels = append(levels, step.level)
		}
	}
	slices.Sort(levels)
	levels = slices.Compact(levels)
	low, high := levels[0], levels[len(levels)-1]
	place, scale = func(v float64) float64 { return v }, Linear
	if low > 0 && high >= 8*low && unevenness(levels, math.Log10) < unevenness(levels, place) {
		place, scale = math.Log10, Logarithmic
	}
	var all plot.ConstantTicks
	style := newPlot("").X.Tick.Label
	width, end := dataWidth-vg.Inch, vg.Length(math.Inf(-1)) // about that of the data
	for _, level := range levels {
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
