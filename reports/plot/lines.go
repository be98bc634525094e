package plot

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot/plotter"
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
