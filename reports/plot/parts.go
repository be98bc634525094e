package plot

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
)

// partColours are the colours of the parts in their order, which the colour-blind can tell
// apart (P. Tol, "Colour Schemes", SRON 2021, muted). Large parts are seldom neighbours of the
// same lightness. The remainder is black.
var partColours = [...]color.RGBA{
	{221, 204, 119, 255},
	{136, 34, 85, 255},
	{51, 187, 238, 255}, // vibrant, of the same author, as the next
	{238, 119, 51, 255},
	{204, 102, 119, 255},
	{17, 119, 51, 255},
	{170, 68, 153, 255},
	{221, 221, 221, 255},
	{68, 170, 153, 255},
	{51, 34, 136, 255},
	{136, 204, 238, 255},
	{153, 153, 51, 255},
	{0, 0, 0, 255},
}

// partsBars draws each arm's parts end to end, in a bar as long as its mean response latency.
func partsBars(from source) (*Plot, error) {
	s, styles := from.s, from.styles
	if len(summary.PartNames(s.Arms)) == 0 {
		return nil, nil
	}
	longest := 0.0
	for _, arm := range s.Arms {
		if arm.Parts != nil {
			longest = max(longest, arm.Parts.Response)
		}
	}
	p, widest := barPlot("Where the time went", "mean response latency by part, ms", longest, styles)
	for i, arm := range s.Arms {
		if err := addStack(p, arm.Parts, barAt(i, styles), i); err != nil {
			return nil, fmt.Errorf("plot of %s: %w", styles[i].label, err)
		}
	}
	key := partsLegend(summary.PartNames(s.Arms))
	height := max(barsHeight(styles), keyRow*vg.Length(len(key.entries))+5*margin)
	return &Plot{
		Name: "time-parts", Title: p.Title.Text,
		width: dataWidth + widest + key.width(height), height: height,
		draw: func(c draw.Canvas) {
			c = draw.Crop(c, margin, -margin, margin, -margin)
			key.draw(draw.Crop(c, dataWidth+widest, 0, 0, 0), height)
			p.Draw(draw.Crop(c, 0, dataWidth+widest-c.Max.X, 0, 0))
		},
	}, nil
}

// addStack adds the parts end to end, and their sum as a figure after them.
func addStack(p *plot.Plot, parts *summary.Parts, at float64, arm int) error {
	if parts == nil {
		return addFigure(p, bar{text: format.Unknown}, at, arm)
	}
	var before *plotter.BarChart
	for i, part := range parts.Means {
		chart, err := plotter.NewBarChart(plotter.Values{part.MS}, thick)
		if err != nil {
			return err
		}
		chart.Horizontal, chart.XMin, chart.Color = true, at, partColours[i]
		chart.LineStyle = draw.LineStyle{Color: color.Gray{80}, Width: 0.4} // parts of a pale colour need an edge
		if part.MS == 0 {
			chart.LineStyle.Width = 0
		}
		if before != nil {
			chart.StackOn(before)
		}
		p.Add(svg.Marked{Plotter: chart, Arm: arm, Title: format.PartName(part.Name) + ": " + format.PartOf(part.MS, parts.Response) + " ms"})
		before = chart
	}
	return addFigure(p, bar{value: parts.Response, text: format.Millis(parts.Response)}, at, arm)
}

// partsLegend is the legend of the parts.
func partsLegend(names []string) key {
	l := newKey(14)
	for i, part := range new(record.Parts).All() {
		for _, name := range names {
			if name == part.Name {
				l.add(format.PartName(name), swatch{partColours[i]})
			}
		}
	}
	return l
}

// swatch is a part's colour in the legend.
type swatch struct{ color.Color }

// Thumbnail implements plot.Thumbnailer.
func (s swatch) Thumbnail(c *draw.Canvas) {
	const inset = vg.Length(2)
	c.FillPolygon(s.Color, []vg.Point{
		{X: c.Min.X, Y: c.Min.Y + inset},
		{X: c.Min.X, Y: c.Max.Y - inset},
		{X: c.Max.X, Y: c.Max.Y - inset},
		{X: c.Max.X, Y: c.Min.Y + inset},
	})
}
