package plot

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/bench/trend"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/scenarios/metric"
)

// TrendPrefix begins the names of the plots of a trend.
const TrendPrefix = "trend-"

const (
	// mostBands is how many arms have their bands in one plot, and mostWhiskers up to how many points
	// have their intervals drawn.
	mostBands    = 3
	mostWhiskers = 400
	// mostMarked is up to how many points of a plot are dots with titles.
	mostMarked = 1500
)

// trendPlot is one metric of every arm over the runs.
type trendPlot struct {
	t      trend.Trend
	metric metric.Metric
	series []trend.Series
	styles []armStyle
	// place is where a figure stands on the y axis.
	place func(float64) float64
	log   bool
}

// OfTrend draws the plots of a trend, one for each metric; that which moved most is the first.
func OfTrend(t trend.Trend) ([]Plot, error) {
	styles := armStyles(&record.Record{Axes: t.Axes, Arms: t.Arms})
	var plots []Plot
	for _, m := range metricsByMove(t) {
		p := trendPlot{t: t, metric: m}
		for _, s := range t.Series {
			if s.Name == m.Name {
				p.series, p.styles = append(p.series, s), append(p.styles, styles[s.Number])
			}
		}
		p.scale()
		drawn, err := p.drawn()
		if err != nil {
			return nil, err
		}
		plots = append(plots, *drawn)
	}
	return plots, nil
}

// metricsByMove are the metrics that have anything to draw: first that with the largest change, beside its
// margin, or a median that moved about as much, and then the others in their order.
func metricsByMove(t trend.Trend) (all []metric.Metric) {
	const about = 0.5
	sizes, first := map[string]float64{}, "p50"
	for _, s := range t.Series {
		for _, c := range s.Changes {
			size := math.Abs(c.After-c.Before) / s.Margin / scaleOf(s, c)
			if sizes[s.Name] = max(sizes[s.Name], size); sizes[s.Name] > sizes[first] {
				first = s.Name
			}
		}
		known := slices.ContainsFunc(s.Points, func(p trend.Point) bool { return p.Value != nil && (!s.Share() || *p.Value > 0) })
		if known && !slices.ContainsFunc(all, func(m metric.Metric) bool { return m.Name == s.Name }) {
			all = append(all, s.Metric)
		}
	}
	for _, name := range []string{"ttft_p50", "p50"} {
		if size := sizes[name]; size > 0 && size >= about*sizes[first] {
			first = name
			break
		}
	}
	slices.SortStableFunc(all, func(a, b metric.Metric) int {
		return cmp.Compare(boolInt(a.Name != first), boolInt(b.Name != first))
	})
	return all
}

// scaleOf is what the margin of a series is a share of.
func scaleOf(s trend.Series, c trend.Change) float64 {
	if s.Share() {
		return 1
	}
	return c.Before
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// scale chooses the y axis: logarithmic where the arms are far apart.
func (p *trendPlot) scale() {
	low, high := math.Inf(1), 0.0
	for _, s := range p.series {
		for _, point := range s.Points {
			if point.Value != nil {
				low, high = min(low, *point.Value), max(high, *point.Value)
			}
		}
	}
	const apart = 4
	switch {
	case p.metric.Unit == metric.Share:
		p.place = func(v float64) float64 { return v * 100 }
	case low > 0 && high > apart*low:
		p.place, p.log = math.Log10, true
	default:
		p.place = func(v float64) float64 { return v }
	}
}

func (p *trendPlot) drawn() (*Plot, error) {
	drawn := newPlot(p.metric.Title() + " over " + format.Plural(len(p.t.Runs), "run") + p.note())
	drawn.X.Label.Text = "run, " + p.span()
	drawn.Y.Label.Text = strings.TrimSuffix(p.metric.Title(), " (log)")
	drawn.X.Tick.Marker = runTicks(len(p.t.Runs))
	drawn.X.Min, drawn.X.Max = 0.5, float64(len(p.t.Runs))+0.5
	if p.log {
		drawn.Y.Label.Text += " (log)"
		drawn.Y.Tick.Marker = plot.TickerFunc(roundTicks)
	}
	lines := p.lines()
	p.fit(drawn, lines)
	drawn.Add(gridLines{horizontal: true})
	for _, i := range p.banded() {
		drawn.Add(svg.Marked{Plotter: levelBands{p, i}, Arm: p.styles[i].arm})
	}
	for _, i := range p.banded() {
		drawn.Add(svg.Marked{Plotter: levelMeans{p, i}, Arm: p.styles[i].arm})
	}
	p.addWhiskers(drawn)
	err := addBroken(drawn, lines, p.styles, func(_ int, a, b plotter.XY) bool { return b.X-a.X > 1 })
	if err != nil {
		return nil, err
	}
	if len(p.series)*len(p.t.Runs) <= mostMarked {
		drawn.Add(trendPoints{p})
	}
	drawn.Add(changeMarks{p})
	return panels(TrendPrefix+strings.ReplaceAll(p.metric.Name, "_", "-"), dataHeight, p.legend(), drawn), nil
}

// note explains the whiskers, if there are any.
func (p *trendPlot) note() string {
	if p.whiskers() {
		return intervalNote
	}
	return ""
}

// whiskers says whether the intervals of points are drawn.
func (p *trendPlot) whiskers() bool {
	return len(p.series)*len(p.t.Runs) <= mostWhiskers && slices.ContainsFunc(p.series, func(s trend.Series) bool {
		return slices.ContainsFunc(s.Points, func(at trend.Point) bool { return at.Low != nil })
	})
}

// span says when the first and the last run started.
func (p *trendPlot) span() string {
	const layout = "2006-01-02 15:04"
	runs := p.t.Runs
	return runs[0].Started.Format(layout) + " to " + runs[len(runs)-1].Started.Format(layout) + " UTC"
}

// runTicks are at whole numbers, about a dozen.
func runTicks(n int) plot.Ticker {
	step := 1
	for _, wider := range []int{2, 5, 10, 20, 50, 100} {
		if n/step > 15 {
			step = wider
		}
	}
	var ticks plot.ConstantTicks
	for i := 1; i <= n; i++ {
		if i%step == 0 || i == 1 && step < 5 {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(i)})
		}
	}
	return ticks
}

// lines are each arm's figures by run.
func (p *trendPlot) lines() (all []plotter.XYs) {
	for _, s := range p.series {
		var line plotter.XYs
		for i, at := range s.Points {
			if at.Value != nil {
				line = append(line, plotter.XY{X: float64(i + 1), Y: p.place(*at.Value)})
			}
		}
		all = append(all, line)
	}
	return all
}

// banded are the series whose levels and bands are drawn: all of few, of more those that changed most.
func (p *trendPlot) banded() (order []int) {
	for i, s := range p.series {
		if len(s.Levels) > 0 && (len(p.series) <= mostBands || len(s.Changes) > 0) {
			order = append(order, i)
		}
	}
	widest := func(i int) (size float64) {
		for _, c := range p.series[i].Changes {
			size = max(size, math.Abs(c.After-c.Before)/scaleOf(p.series[i], c))
		}
		return size
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(widest(b), widest(a)) })
	return order[:min(len(order), mostBands)]
}

// fit makes the y axis span the lines and the bands, with room for the marks of changes.
func (p *trendPlot) fit(drawn *plot.Plot, lines []plotter.XYs) {
	low, high := bounds(lines, y, 1)
	for _, i := range p.banded() {
		for _, l := range p.series[i].Levels {
			low, high = min(low, p.place(l.BandLow)), max(high, p.place(l.BandHigh))
		}
	}
	room := max((high-low)*0.08, 1e-6*math.Abs(high))
	drawn.Y.Min, drawn.Y.Max = low-room, high+1.5*room
	if p.metric.Unit == metric.Share && drawn.Y.Min < 0 {
		drawn.Y.Min = 0
	}
}

// addWhiskers adds the intervals of the points, cut at the ends of the axis.
func (p *trendPlot) addWhiskers(drawn *plot.Plot) {
	if !p.whiskers() {
		return
	}
	for k, s := range p.series {
		for i, at := range s.Points {
			if at.Low == nil || p.log && *at.Low <= 0 {
				continue
			}
			x := float64(i + 1)
			drawn.Add(svg.Marked{
				Plotter: whisker{plotter.XY{X: x, Y: p.place(*at.Low)}, plotter.XY{X: x, Y: p.place(*at.High)}, p.styles[k].line.Color, false},
				Arm:     p.styles[k].arm,
			})
		}
	}
}

func (p *trendPlot) legend() key {
	k := legend(p.styles, func(int) bool { return false })
	if len(p.series) == 1 {
		k.entries = nil // the title names it
	}
	changed := func(d trend.Direction) bool {
		return slices.ContainsFunc(p.series, func(s trend.Series) bool {
			return slices.ContainsFunc(s.Changes, func(c trend.Change) bool { return c.Direction == d })
		})
	}
	if len(p.banded()) > 0 {
		k.add("mean of a level,", lineSample{draw.LineStyle{Color: palette[7], Width: levelWidth}})
		k.add("and the gate's margin", swatch{marginColour})
	}
	if changed(trend.Worse) {
		k.add("change for the worse", changeSample{false})
	}
	if changed(trend.Better) {
		k.add("change for the better", changeSample{true})
	}
	return k
}

const levelWidth = 2.2

// levelBands draws the bands of a series.
type levelBands struct {
	p *trendPlot
	i int
}

// Plot implements plot.Plotter.
func (l levelBands) Plot(c draw.Canvas, drawn *plot.Plot) {
	toX, toY := drawn.Transforms(&c)
	for _, level := range l.p.series[l.i].Levels {
		left, right := toX(float64(level.From)+0.5), toX(float64(level.To)+0.5)
		low, high := toY(l.p.place(level.BandLow)), toY(l.p.place(level.BandHigh))
		c.FillPolygon(paler(l.p.styles[l.i].line.Color, 6), []vg.Point{{X: left, Y: low}, {X: right, Y: low}, {X: right, Y: high}, {X: left, Y: high}})
	}
}

// paler is a colour on white at one of so many parts.
func paler(of color.Color, parts uint32) color.Color {
	r, g, b, _ := of.RGBA()
	pale := func(v uint32) uint8 { return uint8(255 - (255-v>>8)/parts) }
	return color.RGBA{pale(r), pale(g), pale(b), 255}
}

// levelMeans draws the levels of a series.
type levelMeans levelBands

// Plot implements plot.Plotter.
func (l levelMeans) Plot(c draw.Canvas, drawn *plot.Plot) {
	toX, toY := drawn.Transforms(&c)
	line := draw.LineStyle{Color: paler(l.p.styles[l.i].line.Color, 2), Width: levelWidth}
	for _, level := range l.p.series[l.i].Levels {
		at := toY(l.p.place(level.Value))
		c.StrokeLine2(line, toX(float64(level.From)+0.5), at, toX(float64(level.To)+0.5), at)
	}
}

// trendPoints are the figures as dots, which say of which run they are.
type trendPoints struct{ p *trendPlot }

// Plot implements plot.Plotter.
func (t trendPoints) Plot(c draw.Canvas, drawn *plot.Plot) {
	toX, toY := drawn.Transforms(&c)
	for k, s := range t.p.series {
		for i, at := range s.Points {
			if at.Value == nil {
				continue
			}
			run := t.p.t.Runs[i]
			title := fmt.Sprintf("run %d, %s, %s: %s %s", i+1, run.Started.Format("2006-01-02 15:04"), run.Name, s.Metric.Heading, format.Figure(s.Metric, at.Value))
			if len(t.p.series) > 1 {
				title = s.Arm + ", " + title
			}
			end := svg.Mark(c.Canvas, t.p.styles[k].arm, title)
			c.DrawGlyph(draw.GlyphStyle{Color: t.p.styles[k].line.Color, Radius: 2.5, Shape: draw.CircleGlyph{}}, vg.Point{X: toX(float64(i + 1)), Y: toY(t.p.place(*at.Value))})
			end()
		}
	}
}

// changeMarks are the changes: a dashed line before the first run of the new level, with a triangle on top
// that points up if it is for the better.
type changeMarks struct{ p *trendPlot }

// Plot implements plot.Plotter.
func (m changeMarks) Plot(c draw.Canvas, drawn *plot.Plot) {
	toX, _ := drawn.Transforms(&c)
	for k, s := range m.p.series {
		for _, change := range s.Changes {
			better := change.Direction == trend.Better
			title := fmt.Sprintf("%s moves at run %d: %s to %s", s.Metric.Heading, change.At+1, format.Figure(s.Metric, &change.Before), format.Figure(s.Metric, &change.After))
			if len(m.p.series) > 1 {
				title = s.Arm + ", " + title
			}
			end := svg.Mark(c.Canvas, m.p.styles[k].arm, title)
			x := toX(float64(change.At) + 0.5)
			c.StrokeLine2(draw.LineStyle{Color: forestColour(true, better), Width: 1, Dashes: dashes[1]}, x, c.Min.Y, x, c.Max.Y-6)
			drawForestDot(&c, true, better, vg.Point{X: x, Y: c.Max.Y - 4})
			end()
		}
	}
}

// changeSample is the mark of a change in the legend.
type changeSample struct{ better bool }

// Thumbnail implements plot.Thumbnailer.
func (s changeSample) Thumbnail(c *draw.Canvas) { drawForestDot(c, true, s.better, c.Center()) }
