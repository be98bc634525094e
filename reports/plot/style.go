package plot

import (
	"image/color"
	"math"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
)

// The size of a plot without its labels and legend.
const (
	dataWidth  = 6.5 * vg.Inch
	dataHeight = 4.2 * vg.Inch
	margin     = 4 * vg.Millimeter
)

// palette holds colours that the colour-blind can tell apart (Okabe & Ito, Color Universal
// Design, 2008), with a grey in place of the yellow, which is too pale for a line on white.
var palette = [...]color.RGBA{
	{0, 114, 178, 255},
	{213, 94, 0, 255},
	{0, 158, 115, 255},
	{204, 121, 167, 255},
	{86, 180, 233, 255},
	{230, 159, 0, 255},
	{0, 0, 0, 255},
	{130, 130, 130, 255},
}

// dashes holds the line patterns, solid first.
var dashes = [...][]vg.Length{nil, {5, 3}, {1.5, 2.5}, {8, 3, 1.5, 3}}

// armStyle is how an arm looks in every plot.
type armStyle struct {
	label string
	line  draw.LineStyle
}

// armStyles chooses the dashes by the level of the last axis and the colour by the levels of
// all others, so that arms that differ in the last axis only have the same colour.
func armStyles(rec *record.Record) []armStyle {
	perColour := 1
	if n := len(rec.Axes); n > 1 {
		perColour = max(1, min(len(rec.Axes[n-1].Levels), len(dashes)))
	}
	styles := make([]armStyle, len(rec.Arms))
	for i := range rec.Arms {
		turn := i / (perColour * len(palette)) // other dashes once the colours are used up
		styles[i] = armStyle{armLabel(rec, i), draw.LineStyle{
			Width:  1.3,
			Color:  palette[i/perColour%len(palette)],
			Dashes: dashes[(i%perColour+turn*perColour)%len(dashes)],
		}}
	}
	return styles
}

// armLabel returns the arm's levels without the names of the axes.
func armLabel(rec *record.Record, i int) string {
	if len(rec.Axes) == 0 {
		return rec.Arms[i].Name
	}
	var levels []string
	for _, axis := range rec.Axes {
		levels = append(levels, rec.Arms[i].Levels[axis.Name])
	}
	return strings.Join(levels, " · ")
}

// newPlot makes an empty plot with a sans-serif font.
func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font.Size = 13
	p.X.Label.Padding, p.Y.Label.Padding = 4, 4
	for _, style := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label} {
		sans(style)
	}
	return p
}

func sans(style *text.Style) { style.Font.Variant = "Sans" }

// gridLines draws thin lines at the labelled ticks, under the data.
type gridLines struct{ vertical, horizontal bool }

// Plot implements plot.Plotter.
func (g gridLines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: color.Gray{225}, Width: 0.5}
	for _, tick := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if at := x(tick.Value); g.vertical && tick.Label != "" {
			c.StrokeLine2(style, at, c.Min.Y, at, c.Max.Y)
		}
	}
	for _, tick := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if at := y(tick.Value); g.horizontal && tick.Label != "" {
			c.StrokeLine2(style, c.Min.X, at, c.Max.X, at)
		}
	}
}

// Logarithmic axes hold log10 of their values, with ticks labelled by the values themselves,
// because plot.LogScale leaves space for its labels in the wrong places.

// logTick makes a tick of a logarithmic axis.
func logTick(v float64, label string) plot.Tick { return plot.Tick{Value: math.Log10(v), Label: label} }

// roundTicks returns ticks at 1, 2 and 5 times each power of ten, or evenly spaced ones if the
// axis is too short for three of those. Its bounds are log10 of values.
func roundTicks(low, high float64) []plot.Tick {
	first, last := math.Pow(10, low), math.Pow(10, high)
	var out []plot.Tick
	for power := math.Pow10(int(math.Floor(low))); power <= last; power *= 10 {
		for _, times := range []float64{1, 2, 5} {
			if v := power * times; v >= first && v <= last {
				out = append(out, logTick(v, strconv.FormatFloat(v, 'g', 6, 64)))
			}
		}
	}
	if len(out) >= 3 {
		return out
	}
	out = nil
	for _, tick := range (plot.DefaultTicks{}).Ticks(first, last) {
		if tick.Value > 0 {
			out = append(out, logTick(tick.Value, tick.Label))
		}
	}
	return out
}

// logMillis returns the place of a duration on a logarithmic axis of milliseconds. Histograms
// have a resolution of one microsecond and may hold 0, which has no logarithm.
func logMillis(d time.Duration) float64 {
	return math.Log10(record.Milliseconds(max(d, time.Microsecond)))
}

// fitLogMillis makes the y axis span the lines.
func fitLogMillis(p *plot.Plot, lines []plotter.XYs) {
	low, high := bounds(lines, y, 1)
	const room = 0.06
	p.Y.Min, p.Y.Max = low-room, high+room
	p.Y.Tick.Marker = plot.TickerFunc(roundTicks)
}

// legend lists every arm beside the data.
func legend(styles []armStyle, hidden func(i int) bool) plot.Legend {
	l := plot.NewLegend()
	sans(&l.TextStyle)
	l.TextStyle.Font.Size = 10
	l.Top, l.Left = true, true
	l.ThumbnailWidth = 26
	l.Padding = 3
	for i, style := range styles {
		label := style.label
		if hidden(i) {
			label += " (no answers)"
		}
		l.Add(label, lineSample{style.line})
	}
	return l
}

// lineSample is a line in the legend.
type lineSample struct{ draw.LineStyle }

// Thumbnail implements plot.Thumbnailer.
func (s lineSample) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(s.LineStyle, c.Min.X, y, c.Max.X, y)
}

// legendWidth is the width that the legend needs so that no name is cut.
func legendWidth(l plot.Legend) vg.Length {
	r := l.Rectangle(draw.Canvas{})
	return r.Size().X + margin
}
