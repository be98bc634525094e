package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panels makes the plot of one panel or of several above each other, with the legend beside them.
// The plot takes its title from the first panel.
func panels(name string, height vg.Length, k key, stack ...*plot.Plot) *Plot {
	return &Plot{
		Name: name, Title: stack[0].Title.Text,
		width: dataWidth + k.width(height), height: height,
		draw: func(c draw.Canvas) {
			c = draw.Crop(c, margin, -margin, margin, -margin)
			k.draw(draw.Crop(c, dataWidth, 0, 0, 0), height)
			left := draw.Crop(c, 0, dataWidth-c.Max.X, 0, 0)
			if len(stack) == 1 {
				stack[0].Draw(left)
				return
			}
			var rows [][]*plot.Plot
			for _, p := range stack {
				rows = append(rows, []*plot.Plot{p})
			}
			tiles := draw.Tiles{Rows: len(rows), Cols: 1, PadY: margin}
			for i, row := range plot.Align(rows, tiles, left) {
				stack[i].Draw(row[0])
			}
		},
	}
}

// bounds returns the least and the greatest coordinate of the lines, or 0 and whole if they
// have no points.
func bounds(lines []plotter.XYs, coordinate func(plotter.XY) float64, whole float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, line := range lines {
		for _, at := range line {
			low, high = min(low, coordinate(at)), max(high, coordinate(at))
		}
	}
	if low > high {
		return 0, whole
	}
	return low, high
}

func x(at plotter.XY) float64 { return at.X }
func y(at plotter.XY) float64 { return at.Y }

// sameX gives panels above each other the same horizontal axis.
func sameX(stack []*plot.Plot) {
	low, high := stack[0].X.Min, stack[0].X.Max
	for _, p := range stack {
		low, high = min(low, p.X.Min), max(high, p.X.Max)
	}
	for _, p := range stack {
		p.X.Min, p.X.Max = low, high
	}
}
