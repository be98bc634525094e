package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines is the data of a plot of lines in panels above each other.
type Lines struct {
	// X is the label of the axis that the panels share, and Scale how it is laid out.
	X     string
	Scale Scale
	// Long says that the axis is time, of which a reader may want to see a part.
	Long   bool
	Panels []LinePanel
}

// Scale is how an axis is laid out.
type Scale string

// The scales.
const (
	Linear      Scale = "linear"
	Logarithmic Scale = "log"
	// Nines is log10 of 1/(1−p) of a percentile p: 1 is 90%, 2 is 99%.
	Nines Scale = "nines"
	// Whole is linear, of whole numbers.
	Whole Scale = "whole"
)

// note says after the name of an axis that it is logarithmic.
func (s Scale) note() string {
	if s == Logarithmic {
		return " (log)"
	}
	return ""
}

// LinePanel is one panel.
type LinePanel struct {
	// Y is the label of its axis.
	Y     string
	Scale Scale
	Lines []Line
}

// Line is one line. Its points are in order of X.
type Line struct {
	// Arm is the number of its arm, or svg.NoArm.
	Arm   int
	Label string
	// Colour is rrggbb. Dashes are the lengths of strokes and gaps, and Width is the line's, in points.
	Colour string
	Dashes []float64
	Width  float64
	X      []float64
	// Y has NaN where the line has a gap.
	Y []float64
	// Low and High are the intervals of the points, NaN for none; nil if there are no intervals.
	Low, High []float64
}

// linesOf are the lines of a panel whose axes hold x and y on their scales. apart says where a line has
// a gap between two points.
func linesOf(label string, x, y Scale, all []plotter.XYs, styles []armStyle, apart func(i int, a, b plotter.XY) bool) LinePanel {
	p := LinePanel{Y: label, Scale: y}
	for i, points := range all {
		if len(points) == 0 {
			continue
		}
		r, g, b, _ := styles[i].line.Color.RGBA()
		line := Line{Arm: styles[i].arm, Label: styles[i].label, Colour: fmt.Sprintf("%02x%02x%02x", r>>8, g>>8, b>>8), Width: styles[i].line.Width.Points()}
		for _, length := range styles[i].line.Dashes {
			line.Dashes = append(line.Dashes, length.Points())
		}
		for k, at := range points {
			if k > 0 && apart != nil && apart(i, points[k-1], at) {
				line.add((points[k-1].X+at.X)/2, math.NaN(), x, y)
			}
			line.add(at.X, at.Y, x, y)
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

// add adds a point whose coordinates are on the scales.
func (l *Line) add(x, y float64, onX, onY Scale) {
	l.X, l.Y = append(l.X, unscaled(x, onX)), append(l.Y, unscaled(y, onY))
}

// unscaled is the value at a place of an axis, to five digits.
func unscaled(v float64, on Scale) float64 {
	if on == Logarithmic {
		v = math.Pow(10, v)
	}
	if math.IsNaN(v) {
		return v
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	return rounded
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
