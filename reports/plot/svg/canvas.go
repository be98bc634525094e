// Package svg is a canvas of the plotting library that writes SVG: a document of its own, or a part of
// a page, whose colours are classes that the page's style defines. Marks have titles, and those of an
// arm its number, so that a page can say what they are and hide them.
package svg

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Canvas implements vg.CanvasWriterTo. Create it with New.
type Canvas struct {
	width, height vg.Length
	// label, unless empty, is what a page's drawing is called; its colours are classes then.
	label string
	body  bytes.Buffer
	stack []state
	used  map[string]bool
}

// state is what Push saves.
type state struct {
	colour string
	width  vg.Length
	dashes []vg.Length
	// to is the transformation from the canvas's coordinates to those of the drawing.
	to matrix
}

// matrix maps (x, y) to (a·x + c·y + e, b·x + d·y + f).
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) of(p vg.Point) (x, y float64) {
	return m.a*p.X.Points() + m.c*p.Y.Points() + m.e, m.b*p.X.Points() + m.d*p.Y.Points() + m.f
}

// after is the transformation that does n first, and then m.
func (m matrix) after(n matrix) matrix {
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b, m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d,
		m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

// New returns an empty canvas. With a label, it draws a part of a page.
func New(width, height vg.Length, label string) *Canvas {
	// The origin of the canvas is at the lower left, that of SVG at the upper left.
	c := &Canvas{width: width, height: height, label: label, used: map[string]bool{}, stack: []state{{to: matrix{1, 0, 0, -1, 0, height.Points()}}}}
	vg.Initialize(c)
	return c
}

func (c *Canvas) top() *state { return &c.stack[len(c.stack)-1] }

// Size implements vg.CanvasSizer.
func (c *Canvas) Size() (width, height vg.Length) { return c.width, c.height }

// SetLineWidth implements vg.Canvas.
func (c *Canvas) SetLineWidth(w vg.Length) { c.top().width = w }

// SetLineDash implements vg.Canvas; patterns begin at their beginning.
func (c *Canvas) SetLineDash(dashes []vg.Length, _ vg.Length) { c.top().dashes = dashes }

// SetColor implements vg.Canvas; colours are opaque.
func (c *Canvas) SetColor(colour color.Color) {
	if colour == nil {
		colour = color.Black
	}
	r, g, b, _ := colour.RGBA()
	c.top().colour = fmt.Sprintf("%02x%02x%02x", r>>8, g>>8, b>>8)
}

// Rotate implements vg.Canvas.
func (c *Canvas) Rotate(radians float64) {
	sin, cos := math.Sincos(radians)
	c.top().to = c.top().to.after(matrix{cos, sin, -sin, cos, 0, 0})
}

// Translate implements vg.Canvas.
func (c *Canvas) Translate(by vg.Point) {
	c.top().to = c.top().to.after(matrix{1, 0, 0, 1, by.X.Points(), by.Y.Points()})
}

// Scale implements vg.Canvas; arcs need the same scale of both.
func (c *Canvas) Scale(x, y float64) { c.top().to = c.top().to.after(matrix{x, 0, 0, y, 0, 0}) }

// Push implements vg.Canvas.
func (c *Canvas) Push() { c.stack = append(c.stack, *c.top()) }

// Pop implements vg.Canvas.
func (c *Canvas) Pop() { c.stack = c.stack[:len(c.stack)-1] }

// paint is the attribute that strokes or fills with the colour.
func (c *Canvas) paint(kind string) string {
	colour := c.top().colour
	if c.label == "" {
		return kind + `="#` + colour + `"`
	}
	c.used[colour] = true
	return `class="` + class(kind, colour) + `"`
}

func class(kind, colour string) string { return kind[:1] + colour }

// Stroke implements vg.Canvas.
func (c *Canvas) Stroke(path vg.Path) {
	s := c.top()
	if s.width <= 0 || len(path) == 0 {
		return
	}
	fmt.Fprintf(&c.body, `<path d="%s" fill="none" %s`, c.data(path), c.paint("stroke"))
	if s.width != 1 {
		fmt.Fprintf(&c.body, ` stroke-width="%s"`, short(s.width.Points()))
	}
	if len(s.dashes) > 0 {
		var lengths []string
		for _, length := range s.dashes {
			lengths = append(lengths, short(length.Points()))
		}
		fmt.Fprintf(&c.body, ` stroke-dasharray="%s"`, strings.Join(lengths, " "))
	}
	c.body.WriteString("/>\n")
}

// Fill implements vg.Canvas.
func (c *Canvas) Fill(path vg.Path) {
	if len(path) > 0 {
		fmt.Fprintf(&c.body, "<path d=\"%s\" %s/>\n", c.data(path), c.paint("fill"))
	}
}

// FillString implements vg.Canvas. The text is as wide as the plot has room for, whatever fonts there are.
func (c *Canvas) FillString(f font.Face, at vg.Point, text string) {
	if f.Font.Size <= 0 || text == "" {
		return
	}
	to := c.top().to
	x, y := to.of(at)
	fmt.Fprintf(&c.body, `<text x="%s" y="%s"`, short(x), short(y))
	if turn := math.Atan2(to.b, to.a) * 180 / math.Pi; math.Abs(turn) > 0.01 {
		fmt.Fprintf(&c.body, ` transform="rotate(%s %s %s)"`, short(turn), short(x), short(y))
	}
	if width := f.Width(text).Points(); len(text) > 2 {
		fmt.Fprintf(&c.body, ` textLength="%s" lengthAdjust="spacingAndGlyphs"`, short(width))
	}
	fmt.Fprintf(&c.body, " font-size=\"%s\" %s>%s</text>\n", short(f.Font.Size.Points()), c.paint("fill"), html.EscapeString(text))
}

// DrawImage implements vg.Canvas. No plot has an image.
func (c *Canvas) DrawImage(vg.Rectangle, image.Image) {}

// Used lists the colours of a page's drawing, as rrggbb in order.
func (c *Canvas) Used() []string {
	var all []string
	for colour := range c.used {
		all = append(all, colour)
	}
	slices.Sort(all)
	return all
}

// fonts are Liberation Sans, which is named and not embedded, and fonts of the same widths.
const fonts = "Liberation Sans,Arial,Helvetica,sans-serif"

// WriteTo writes the drawing: a document, or the element for a page.
func (c *Canvas) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	size := fmt.Sprintf(`viewBox="0 0 %s %s"`, short(c.width.Points()), short(c.height.Points()))
	if c.label == "" {
		fmt.Fprintf(&out, "<?xml version=\"1.0\"?>\n<svg width=\"%[1]spt\" height=\"%[2]spt\" %[3]s xmlns=\"http://www.w3.org/2000/svg\" font-family=\"%[4]s\">\n",
			short(c.width.Points()), short(c.height.Points()), size, fonts)
	} else {
		fmt.Fprintf(&out, "<svg %s width=\"%.0f\" role=\"img\" aria-label=\"%s\" font-family=\"%s\">\n", size, c.width.Points()*4/3, html.EscapeString(c.label), fonts)
	}
	out.Write(c.body.Bytes())
	out.WriteString("</svg>\n")
	return out.WriteTo(w)
}

// short prints a length in points, to the tenth.
func short(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	text = strings.TrimSuffix(text, ".0")
	if text == "-0" {
		return "0"
	}
	return text
}
