package plot

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
)

// rateFigure is a figure of the probes, and the objective for it in ms; 0 for none.
type rateFigure struct {
	name      string
	of        func(record.Probe) *float64
	objective func(*record.Capacity) float64
}

// rateFigures are the panels of the plot, from the top.
func rateFigures() []rateFigure {
	return []rateFigure{
		{"p99", func(p record.Probe) *float64 { return p.P99MS }, func(c *record.Capacity) float64 { return c.P99MS }},
		{"p50", func(p record.Probe) *float64 { return p.P50MS }, func(c *record.Capacity) float64 {
			for _, o := range c.Latencies {
				if o.Metric == "p50" {
					return o.MaxMS
				}
			}
			return 0
		}},
	}
}

// latencyByRate draws p99 above p50 of the probes against the rate offered, both axes
// logarithmic. A vertical line is an arm's capacity, a horizontal one an objective. Probes that tell
// nothing of the target are hollow, and no line goes through them.
func latencyByRate(from source) (*Plot, error) {
	rec, styles := from.rec, from.styles
	if !summary.Searched(rec) {
		return nil, nil
	}
	var stack []*plot.Plot
	drawn := make([]bool, len(rec.Arms))
	hollow := false
	for _, figure := range rateFigures() {
		var lines, discarded []plotter.XYs
		for i := range rec.Arms {
			line, left := rateLine(rec.Arms[i].Capacity, figure.of)
			lines, discarded = append(lines, line), append(discarded, left)
			drawn[i] = drawn[i] || len(line)+len(left) > 0
			hollow = hollow || len(left) > 0
		}
		p, err := ratePanel(figure, rec, lines, discarded, styles)
		if err != nil {
			return nil, err
		}
		stack = append(stack, p)
	}
	stack[0].Title.Text = "Response latency by rate"
	stack[1].X.Label.Text = "prompts/s offered (log)"
	key := legend(styles, func(i int) bool { return !drawn[i] })
	key.add("capacity", upright{})
	if hollow {
		key.add("discarded: generator late,", ring{color.Black})
		key.add("or probe too short", nil)
	}
	sameX(stack)
	return panels("capacity", dataHeight*1.5, key, stack...), nil
}

// rateLine returns a figure of the probes by rate, the median if a rate was probed several
// times, and the points of the probes that tell nothing of the target. A probe without the figure,
// because too many prompts failed, has no point.
func rateLine(c *record.Capacity, figure func(record.Probe) *float64) (line, discarded plotter.XYs) {
	if c == nil {
		return nil, nil
	}
	at := map[float64][]float64{}
	for _, p := range c.Probes {
		v := figure(p)
		switch {
		case v == nil:
		case p.Late || p.Short:
			discarded = append(discarded, plotter.XY{X: math.Log10(p.RatePerS), Y: math.Log10(max(*v, 0.001))})
		default:
			at[p.RatePerS] = append(at[p.RatePerS], max(*v, 0.001))
		}
	}
	for rate, values := range at {
		line = append(line, plotter.XY{X: math.Log10(rate), Y: math.Log10(summary.UpperMedian(values))})
	}
	slices.SortFunc(line, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	return line, discarded
}

func ratePanel(figure rateFigure, rec *record.Record, lines, discarded []plotter.XYs, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = figure.name + ", ms (log)"
	all := slices.Concat(lines, discarded)
	objectives := objectivesOf(figure, rec)
	for _, ms := range objectives {
		if low, _ := bounds(all, x, 1); len(all) > 0 {
			all = append(all, plotter.XYs{{X: low, Y: math.Log10(ms)}})
		}
	}
	first, last := bounds(all, x, 1)
	const room = 0.02
	fitLogMillis(p, all)
	p.X.Min, p.X.Max = first-room, last+room
	p.X.Tick.Marker = plot.TickerFunc(roundTicks)
	p.Add(gridLines{vertical: true, horizontal: true})
	for _, ms := range objectives {
		p.Add(limit{math.Log10(ms), "objective: at most " + format.Millis(ms) + " ms"})
	}
	for i := range rec.Arms {
		if c := rec.Arms[i].Capacity; c != nil && c.HeldPerS > 0 {
			p.Add(svg.Marked{Plotter: verticalLine{math.Log10(c.HeldPerS), styles[i].line}, Arm: i, Title: styles[i].label + ": capacity"})
		}
	}
	for i := range lines {
		for _, dots := range []plot.Plotter{sweepDots{lines[i], styles[i].line.Color}, hollowDots{discarded[i], styles[i].line.Color}} {
			p.Add(svg.Marked{Plotter: dots, Arm: i, Title: styles[i].label})
		}
	}
	return p, addLines(p, lines, styles)
}

// objectivesOf are the different objectives of the arms for a figure, in ms.
func objectivesOf(figure rateFigure, rec *record.Record) (all []float64) {
	for i := range rec.Arms {
		if c := rec.Arms[i].Capacity; c != nil {
			if ms := figure.objective(c); ms > 0 {
				all = append(all, ms)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// verticalLine is a thin vertical line across the data.
type verticalLine struct {
	x     float64
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (u verticalLine) Plot(c draw.Canvas, p *plot.Plot) {
	toX, _ := p.Transforms(&c)
	style := u.style
	style.Width = 0.6
	c.StrokeLine2(style, toX(u.x), c.Min.Y, toX(u.x), c.Max.Y)
}

// upright is a vertical line in the legend.
type upright struct{}

// Thumbnail implements plot.Thumbnailer.
func (upright) Thumbnail(c *draw.Canvas) {
	at := c.Center().X
	c.StrokeLine2(draw.LineStyle{Color: color.Black, Width: 0.6}, at, c.Min.Y, at, c.Max.Y)
}

// limit is a horizontal line across the data, with its name above it.
type limit struct {
	y    float64
	name string
}

// Plot implements plot.Plotter.
func (l limit) Plot(c draw.Canvas, p *plot.Plot) {
	_, toY := p.Transforms(&c)
	red := color.RGBA{176, 0, 32, 255}
	c.StrokeLine2(draw.LineStyle{Color: red, Width: 1, Dashes: dashes[1]}, c.Min.X, toY(l.y), c.Max.X, toY(l.y))
	style := p.X.Tick.Label
	style.Color, style.XAlign, style.YAlign = red, text.XLeft, text.YBottom
	c.FillText(style, vg.Point{X: c.Min.X + 4, Y: toY(l.y) + 2}, l.name)
}

// hollowDots are probes that tell nothing of the target.
type hollowDots struct {
	at    plotter.XYs
	color color.Color
}

// Plot implements plot.Plotter.
func (d hollowDots) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for _, at := range d.at {
		drawRing(&c, d.color, vg.Point{X: toX(at.X), Y: toY(at.Y)})
	}
}

func drawRing(c *draw.Canvas, colour color.Color, at vg.Point) {
	c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 3, Shape: draw.RingGlyph{}}, at)
}

// ring is a hollow dot in the legend.
type ring struct{ color.Color }

// Thumbnail implements plot.Thumbnailer.
func (r ring) Thumbnail(c *draw.Canvas) { drawRing(c, r.Color, c.Center()) }
