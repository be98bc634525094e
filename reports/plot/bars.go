package plot

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// bar is the bar of one arm, with the text at its end and the interval of its value; nil for none.
type bar struct {
	value     float64
	text      string
	low, high *float64
	// cut says that the interval goes on beyond high, where the axis has no room for it.
	cut bool
}

// end is where the text of a bar begins.
func (b bar) end() float64 {
	if b.high != nil {
		return max(b.value, *b.high)
	}
	return b.value
}

// intervalNote explains the whiskers.
const intervalNote = ", with 95% intervals"

// whiskerRoom is up to how many times the longest value an axis goes to show an interval.
const whiskerRoom = 1.3

// mostRoom is the same where most intervals are longer: beyond it the bars would be too short to read.
const mostRoom = 3

// whisker is an interval: a line with a stroke across either end, or without one where it goes on
// beyond the axis.
type whisker struct {
	from, to plotter.XY
	color    color.Color
	// cut says that it goes on beyond to.
	cut bool
}

// Plot implements plot.Plotter.
func (w whisker) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	style, across := draw.LineStyle{Color: w.color, Width: 0.9}, vg.Point{X: 0, Y: 3}
	if w.from.X == w.to.X {
		across = vg.Point{X: 3, Y: 0}
	}
	var ends []vg.Point
	for i, end := range []plotter.XY{w.from, w.to} {
		inside := plotter.XY{X: min(max(end.X, p.X.Min), p.X.Max), Y: min(max(end.Y, p.Y.Min), p.Y.Max)}
		at := vg.Point{X: toX(inside.X), Y: toY(inside.Y)}
		ends = append(ends, at)
		if inside == end && !(i == 1 && w.cut) {
			c.StrokeLine2(style, at.X-across.X, at.Y-across.Y, at.X+across.X, at.Y+across.Y)
		}
	}
	c.StrokeLine2(style, ends[0].X, ends[0].Y, ends[1].X, ends[1].Y)
}

// cutIntervals cuts the intervals that would make the axis too long for the others, and returns the
// longest that is drawn.
func cutIntervals(bars []bar) (longest float64) {
	const whole = 0.75 // the share of the intervals that are drawn to their end
	var highs []float64
	for _, b := range bars {
		longest = max(longest, b.value)
		if b.high != nil {
			highs = append(highs, *b.high)
		}
	}
	if len(highs) == 0 {
		return longest
	}
	slices.Sort(highs)
	most := max(longest*whiskerRoom, min(highs[int(whole*float64(len(highs)-1))], longest*mostRoom))
	if longest == 0 {
		most = highs[len(highs)-1]
	}
	for i := range bars {
		if b := &bars[i]; b.high != nil {
			if *b.high > most {
				b.high, b.cut = &most, true
			}
			longest = max(longest, *b.high)
		}
	}
	return longest
}

// metricBars returns the drawer of a metric: a bar for each arm.
func metricBars(m metric.Metric) drawer {
	return func(from source) (*Plot, error) {
		var bars []bar
		for i, arm := range from.s.Arms {
			v := arm.Figure(m)
			b := bar{text: format.Figure(m, v)}
			scale := 1.0
			if m.Unit == metric.Share {
				scale = 100
			}
			if v != nil {
				b.value = *v * scale
				if in := summary.IntervalOf(&from.rec.Arms[i], m, *v); in != nil {
					b.low, b.high = new(in.Low*scale), new(in.High*scale)
				}
			}
			bars = append(bars, b)
		}
		title := strings.ToUpper(m.Bare()[:1]) + m.Bare()[1:]
		unit := m.Title()
		if slices.ContainsFunc(bars, func(b bar) bool { return b.high != nil }) {
			unit += intervalNote
		}
		return horizontalBars(strings.ReplaceAll(m.Name, "_", "-"), title, unit, bars, from.styles)
	}
}

// horizontalBars draws bars from left to right, the first arm on top, so that names of any
// length can be read.
func horizontalBars(name, title, unit string, bars []bar, styles []armStyle) (*Plot, error) {
	longest := cutIntervals(bars)
	p, widest := barPlot(title, unit, longest, styles)
	for i, b := range bars {
		if err := addBar(p, b, barAt(i, styles), styles[i]); err != nil {
			return nil, fmt.Errorf("plot of %s: %w", styles[i].label, err)
		}
	}
	return &Plot{
		Name: name, Title: title,
		width: dataWidth + widest, height: barsHeight(styles),
		draw: func(c draw.Canvas) { p.Draw(draw.Crop(c, margin, -margin, margin, -margin)) },
	}, nil
}

const (
	// thick is the thickness of a bar.
	thick = 13
	// barRoom is how many times the longest bar the axis goes, for the figure at its end.
	barRoom = 1.12
)

func barsHeight(styles []armStyle) vg.Length { return vg.Length(len(styles))*22 + 1.1*vg.Inch }

// barAt returns the y of an arm's bar.
func barAt(i int, styles []armStyle) float64 { return float64(len(styles) - 1 - i) }

// barPlot makes a plot with room for a bar for each arm and for the figure at the end of the
// longest; widest is the width of the longest name of an arm.
func barPlot(title, unit string, longest float64, styles []armStyle) (p *plot.Plot, widest vg.Length) {
	p = newPlot(title)
	p.X.Label.Text = unit
	if longest == 0 {
		longest = 1
	}
	p.X.Min, p.X.Max = 0, longest*barRoom
	p.Y.Min, p.Y.Max = -0.5, float64(len(styles))-0.5
	p.Y.LineStyle.Width = 0
	p.Y.Tick.Length = 0
	p.Add(gridLines{vertical: true})
	var ticks []plot.Tick
	for i, style := range styles {
		ticks = append(ticks, plot.Tick{Value: barAt(i, styles), Label: style.label})
		widest = max(widest, p.Y.Tick.Label.Width(style.label))
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	return p, widest
}

func addBar(p *plot.Plot, b bar, at float64, style armStyle) error {
	chart, err := plotter.NewBarChart(plotter.Values{b.value}, thick)
	if err != nil {
		return err
	}
	chart.Horizontal, chart.XMin, chart.Color = true, at, style.line.Color
	chart.LineStyle.Width = 0
	mark := func(of plot.Plotter) svg.Marked {
		return svg.Marked{Plotter: of, Arm: style.arm, Title: style.label + ": " + b.text}
	}
	p.Add(mark(chart))
	if b.low != nil && b.high != nil {
		p.Add(mark(whisker{plotter.XY{X: *b.low, Y: at}, plotter.XY{X: *b.high, Y: at}, color.Black, b.cut}))
	}
	return addFigure(p, b, at, style.arm)
}

// addFigure adds the text at the end of a bar.
func addFigure(p *plot.Plot, b bar, at float64, arm int) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: b.end(), Y: at}}, Labels: []string{b.text}})
	if err != nil {
		return err
	}
	style := &labels.TextStyle[0]
	sans(style)
	style.YAlign = draw.YCenter
	labels.Offset = vg.Point{X: 4, Y: 1.5}
	p.Add(svg.Marked{Plotter: labels, Arm: arm})
	return nil
}
