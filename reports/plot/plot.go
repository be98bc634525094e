// Package plot draws the plots of a record. It is the only package that imports the plotting
// library.
package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"git.sr.ht/~sbinet/gg"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/indexed"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/sides"
	"weighbridge/reports/summary"
)

// Plot is one picture of a record. It is drawn each time that SVG or PNG is called.
type Plot struct {
	// Name is the name of its file without the extension, as in latency-percentile.
	Name  string
	Title string
	// Lines is the data of a plot of lines, for a page that draws it anew; nil for other plots.
	Lines *Lines

	width, height vg.Length
	draw          func(draw.Canvas)
}

// Width is the natural width of the plot on a page, in px.
func (p Plot) Width() float64 { return p.width.Points() * 4 / 3 }

// source is the data that a plot is drawn from.
type source struct {
	rec    *record.Record
	s      summary.Summary
	styles []armStyle
}

// drawer draws one plot; nil if the record has nothing to draw.
type drawer func(source) (*Plot, error)

// drawers lists the plots in the order in which reports show them. A new one is added here.
// A record in which nothing but capacities was measured has one plot.
func drawers(from source) []drawer {
	if summary.CapacityOnly(from.rec) {
		return []drawer{latencyByRate}
	}
	all := []drawer{ratioForest, overTwoSettings, heatMaps, rateAgainstLatency, rateAgainstResponse, figuresByLevel, claimsAlong, latencyByPercentile, latencyDistribution, streamsByPercentile}
	return append(append(all, from.bars()...), latencyByBlock, latencyByRate, latencyOverTime, failuresOverTime, partsBars)
}

// bars draw the metrics that are no latencies.
func (from source) bars() (all []drawer) {
	for _, m := range summary.Shown(from.s.Arms) {
		if m.Latency == "" {
			all = append(all, metricBars(m))
		}
	}
	return all
}

// All draws the plots of a record.
func All(j *summary.Judged) ([]Plot, error) {
	from := sourceOf(j)
	return from.draw(drawers(from))
}

func sourceOf(j *summary.Judged) source {
	from := source{j.Record, j.Summary(), withFront(armStyles(j.Record), j.Summary().Arms)}
	for i := range from.styles {
		from.styles[i].axes = axisNames(j.Record, "")
	}
	return from
}

// draw draws what the drawers have something to draw for.
func (from source) draw(all []drawer) ([]Plot, error) {
	var plots []Plot
	var failed error
	for _, d := range all {
		p, err := d(from)
		failed = errors.Join(failed, err)
		if p != nil {
			plots = append(plots, *p)
		}
	}
	return plots, failed
}

// Compared draws how two sides differ, and both beside each other.
func Compared(c sides.Compared, joined *sides.Joined) ([]Plot, error) {
	from := sourceOf(joined.Judged)
	if summary.CapacityOnly(from.rec) {
		return from.draw([]drawer{latencyByRate})
	}
	all := []drawer{func(source) (*Plot, error) { return sidesForest(c, joined) }, rateAgainstLatency, rateAgainstResponse, figuresByLevel, latencyByPercentile, latencyDistribution, streamsByPercentile}
	return from.draw(append(append(all, from.bars()...), latencyByRate, latencyOverTime, partsBars))
}

// SVG returns the plot as an SVG document.
func (p Plot) SVG() ([]byte, error) {
	document, _, err := p.svg("")
	return document, err
}

// Inline returns the plot as an SVG element for a page, with titles and the numbers of arms, and the
// colours that the page's style must define: see svg.Variables and svg.Classes.
func (p Plot) Inline() (element []byte, colours []string, err error) { return p.svg(p.Title) }

func (p Plot) svg(label string) (drawn []byte, colours []string, err error) {
	canvas := svg.New(p.width, p.height, label)
	c := draw.New(canvas)
	c.SetColor(color.White) // what shows it may be dark
	c.Fill(c.Path())
	p.draw(c)
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return nil, nil, fmt.Errorf("plot %s: %w", p.Name, err)
	}
	return out.Bytes(), canvas.Used(), nil
}

// PNGEncoder makes PNG images of plots, and keeps the memory for one for the next. One goroutine at a
// time may use it.
type PNGEncoder struct {
	buffer *png.EncoderBuffer
	// colours holds four bytes for each pixel, and places its place in a palette.
	colours, places []uint8
}

// dotsPerInch is the resolution of PNG images.
const dotsPerInch = 120

// Encode returns a plot as a PNG image of 120 dots per inch.
func (e *PNGEncoder) Encode(p Plot) ([]byte, error) {
	picture := e.blank(p)
	context := gg.NewContextForRGBA(picture) // the canvas would copy the picture for one of its own
	context.SetLineCapButt()
	context.InvertY()
	canvas := vgimg.NewWith(vgimg.UseImageWithContext(picture, context), vgimg.UseDPI(dotsPerInch))
	p.draw(draw.New(canvas))
	var out bytes.Buffer
	// Compressed better, the image would be 3% smaller and take half as long again.
	fast := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: e}
	if err := fast.Encode(&out, e.smaller(picture)); err != nil {
		return nil, fmt.Errorf("plot %s: %w", p.Name, err)
	}
	return out.Bytes(), nil
}

// blank returns an image of a plot's size, which the canvas fills with white. The next has its memory.
func (e *PNGEncoder) blank(p Plot) *image.RGBA {
	size := image.Rect(0, 0, int(p.width.Dots(dotsPerInch)+0.5), int(p.height.Dots(dotsPerInch)+0.5))
	n := size.Dx() * size.Dy()
	e.colours, e.places = slices.Grow(e.colours[:0], 4*n)[:4*n], slices.Grow(e.places[:0], n)[:n]
	return &image.RGBA{Pix: e.colours, Stride: 4 * size.Dx(), Rect: size}
}

// smaller returns a picture with a palette, if that is enough for its colours.
func (e *PNGEncoder) smaller(picture *image.RGBA) image.Image {
	if small, ok := indexed.Of(picture, e.places); ok {
		return small
	}
	return picture
}

// Get is part of png.EncoderBufferPool.
func (e *PNGEncoder) Get() *png.EncoderBuffer { return e.buffer }

// Put is part of png.EncoderBufferPool.
func (e *PNGEncoder) Put(b *png.EncoderBuffer) { e.buffer = b }

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
