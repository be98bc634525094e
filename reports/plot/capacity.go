package plot

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// latencyByRate draws p99 above p50 of the probes against the rate offered, both axes
// logarithmic. A vertical line is an arm's capacity.
func latencyByRate(from source) (*Plot, error) {
	rec, styles := from.rec, from.styles
	if !summary.Searched(rec) {
		return nil, nil
	}
	p50, p99 := make([]plotter.XYs, len(rec.Arms)), make([]plotter.XYs, len(rec.Arms))
	for i := range rec.Arms {
		p50[i] = rateLine(rec.Arms[i].Capacity, func(p record.Probe) *float64 { return p.P50MS })
		p99[i] = rateLine(rec.Arms[i].Capacity, func(p record.Probe) *float64 { return p.P99MS })
	}
	upper, err := ratePanel("p99", rec, p99, styles)
	if err != nil {
		return nil, err
	}
	lower, err := ratePanel("p50", rec, p50, styles)
	if err != nil {
		return nil, err
	}
	upper.Title.Text = "Response latency by rate; vertical lines: the capacity"
	lower.X.Label.Text = "prompts/s offered"
	key := legend(styles, func(i int) bool { return len(p50[i]) == 0 })
	return panels("capacity", dataHeight*1.5, key, upper, lower), nil
}

// rateLine returns a figure of the probes by rate, the median if a rate was probed several
// times. A probe without the figure, because too many prompts failed, has no point.
func rateLine(c *record.Capacity, figure func(record.Probe) *float64) plotter.XYs {
	if c == nil {
		return nil
	}
	at := map[float64][]float64{}
	for _, p := range c.Probes {
		if v := figure(p); v != nil {
			at[p.RatePerS] = append(at[p.RatePerS], max(*v, 0.001))
		}
	}
	var line plotter.XYs
	for rate, values := range at {
		line = append(line, plotter.XY{X: math.Log10(rate), Y: math.Log10(summary.UpperMedian(values))})
	}
	slices.SortFunc(line, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	return line
}

func ratePanel(name string, rec *record.Record, lines []plotter.XYs, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = name + ", ms"
	first, last := bounds(lines, x, 1)
	const room = 0.02
	fitLogMillis(p, lines)
	p.X.Min, p.X.Max = first-room, last+room
	p.X.Tick.Marker = plot.TickerFunc(roundTicks)
	p.Add(gridLines{vertical: true, horizontal: true})
	for i := range rec.Arms {
		if c := rec.Arms[i].Capacity; c != nil && c.HeldPerS > 0 {
			p.Add(verticalLine{math.Log10(c.HeldPerS), styles[i].line})
		}
	}
	for i, line := range lines {
		if len(line) < 2 {
			continue
		}
		dots, err := plotter.NewScatter(line)
		if err != nil {
			return nil, err
		}
		dots.GlyphStyle = draw.GlyphStyle{Color: styles[i].line.Color, Radius: 2, Shape: draw.CircleGlyph{}}
		p.Add(dots)
	}
	return p, addLines(p, lines, styles)
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
