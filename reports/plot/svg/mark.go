package svg

import (
	"fmt"
	"html"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// NoArm is the number of the arm of a mark that stands for none, or for several.
const NoArm = -1

// Mark says what is drawn from now on until end is called: its title and the number of its arm, or
// NoArm. Only the drawing in a page has them.
func Mark(on vg.Canvas, arm int, title string) (end func()) {
	c, ok := within(on).(*Canvas)
	if !ok || c.label == "" {
		return func() {}
	}
	c.body.WriteString("<g")
	if arm != NoArm {
		fmt.Fprintf(&c.body, ` data-arm="%d"`, arm)
	}
	c.body.WriteString(">")
	if title != "" {
		fmt.Fprintf(&c.body, "<title>%s</title>", html.EscapeString(title))
	}
	c.body.WriteString("\n")
	return func() { c.body.WriteString("</g>\n") }
}

// within is the canvas that parts of it, as draw.Crop makes them, are parts of.
func within(on vg.Canvas) vg.Canvas {
	for {
		part, ok := on.(draw.Canvas)
		if !ok {
			return on
		}
		on = part.Canvas
	}
}

// Marked is a plotter whose marks have a title and the number of an arm.
type Marked struct {
	plot.Plotter
	Arm   int
	Title string
}

// Plot implements plot.Plotter.
func (m Marked) Plot(c draw.Canvas, p *plot.Plot) {
	defer Mark(c.Canvas, m.Arm, m.Title)()
	m.Plotter.Plot(c, p)
}

// GlyphBoxes implements plot.GlyphBoxer.
func (m Marked) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	if boxer, ok := m.Plotter.(plot.GlyphBoxer); ok {
		return boxer.GlyphBoxes(p)
	}
	return nil
}

// DataRange implements plot.DataRanger: of a plotter without one, it is empty.
func (m Marked) DataRange() (xmin, xmax, ymin, ymax float64) {
	if ranger, ok := m.Plotter.(plot.DataRanger); ok {
		return ranger.DataRange()
	}
	return math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
}
