package plot

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// The size of a cell of a heat map. Narrower cells have no figure in them.
const (
	cellHeight   = 20
	cellWidest   = 70
	cellNarrow   = 30
	heatMapWidth = 9 * vg.Inch
	// fewestCells is the fewest arms that make a heat map.
	fewestCells = 6
)

// heatMap is a metric at each combination of two axes' levels.
type heatMap struct {
	metric        metric.Metric
	across, along record.Axis
	// cells are the figures by level of along and of across; nil if unknown.
	cells [][]*float64
	// arms are the numbers of the cells' arms.
	arms [][]int
}

// heatMaps draws, of a record with two axes, a figure for each combination of their levels: latency
// or TTFT, TPS, and the error rate where anything failed.
func heatMaps(from source) (*Plot, error) {
	if len(from.rec.Axes) != 2 || len(from.rec.Arms) < fewestCells || summary.CapacityOnly(from.rec) {
		return nil, nil
	}
	latency := "p90"
	if slices.ContainsFunc(from.s.Arms, func(a summary.Arm) bool { return a.TTFT != nil }) {
		latency = "ttft_p50"
	}
	var maps []heatMap
	for _, name := range []string{metric.ErrorRate, latency, metric.TPS} {
		m, _ := metric.Named(name)
		if h := heatOf(from, m); h.differs() {
			maps = append(maps, h)
		}
	}
	if len(maps) == 0 {
		return nil, nil
	}
	style := newPlot("").X.Tick.Label
	names := vg.Length(0)
	for _, level := range maps[0].along.Levels {
		names = max(names, style.Width(level))
	}
	names = max(names, style.Width(maps[0].along.Name)+8)
	names += 2 * margin
	cell := min(cellWidest, heatMapWidth/vg.Length(len(maps[0].across.Levels)))
	each := vg.Length(len(maps[0].along.Levels))*cellHeight + 24*vg.Millimeter
	title := "By " + maps[0].along.Name + " and " + maps[0].across.Name
	return &Plot{
		Name: "heat-map", Title: title,
		width: max(names+cell*vg.Length(len(maps[0].across.Levels)), 4.5*vg.Inch) + 4*margin, height: each*vg.Length(len(maps)) + 4*margin,
		draw: func(c draw.Canvas) {
			c = draw.Crop(c, margin, -margin, margin, -margin)
			head := newPlot("").Title.TextStyle
			head.XAlign, head.YAlign = text.XLeft, text.YTop
			c.FillText(head, vg.Point{X: c.Min.X, Y: c.Max.Y}, title)
			top := c.Max.Y - 2*margin
			for _, h := range maps {
				h.draw(c, style, vg.Point{X: c.Min.X + names, Y: top}, cell)
				top -= each
			}
		},
	}, nil
}

// heatOf is the heat map of a metric. The axis with more levels runs across.
func heatOf(from source, m metric.Metric) heatMap {
	h := heatMap{metric: m, along: from.rec.Axes[0], across: from.rec.Axes[1]}
	if len(h.along.Levels) > len(h.across.Levels) {
		h.along, h.across = h.across, h.along
	}
	for _, row := range h.along.Levels {
		var cells []*float64
		var arms []int
		for _, column := range h.across.Levels {
			i := slices.IndexFunc(from.s.Arms, func(a summary.Arm) bool {
				return a.Levels[h.along.Name] == row && a.Levels[h.across.Name] == column
			})
			var v *float64
			if i >= 0 {
				v = from.s.Arms[i].Figure(m)
			}
			cells, arms = append(cells, v), append(arms, i)
		}
		h.cells, h.arms = append(h.cells, cells), append(h.arms, arms)
	}
	return h
}

// bounds are the least and the greatest figure.
func (h heatMap) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range h.cells {
		for _, v := range row {
			if v != nil {
				low, high = min(low, *v), max(high, *v)
			}
		}
	}
	return low, high
}

func (h heatMap) differs() bool {
	low, high := h.bounds()
	return low < high
}

// shade is how dark a figure is, 0…1: on a logarithmic scale, of shares on a linear one.
func (h heatMap) shade(v float64) float64 {
	low, high := h.bounds()
	if h.metric.Kind == metric.OfShare || low <= 0 {
		return (v - low) / (high - low)
	}
	return math.Log(v/low) / math.Log(high/low)
}

// draw draws the map below and to the right of its upper left corner.
func (h heatMap) draw(c draw.Canvas, style text.Style, corner vg.Point, cell vg.Length) {
	unit := h.metric.Title() + ": darker is more"
	title, center, right := style, style, style
	title.XAlign, title.YAlign = text.XLeft, text.YTop
	center.XAlign, center.YAlign = text.XCenter, text.YCenter
	right.XAlign, right.YAlign = text.XRight, text.YCenter
	c.FillText(title, corner, unit)
	named := title
	named.XAlign = text.XRight
	c.FillText(named, vg.Point{X: corner.X - 12, Y: corner.Y}, h.along.Name)
	top := corner.Y - 16
	for i, row := range h.cells {
		y := top - vg.Length(i)*cellHeight
		c.FillText(right, vg.Point{X: corner.X - 4, Y: y - cellHeight/2}, h.along.Levels[i])
		for k, v := range row {
			end := svg.Mark(c.Canvas, h.arms[i][k], h.along.Levels[i]+", "+h.across.Levels[k]+": "+format.Figure(h.metric, v))
			h.drawCell(c, center, vg.Rectangle{
				Min: vg.Point{X: corner.X + vg.Length(k)*cell, Y: y - cellHeight}, Max: vg.Point{X: corner.X + vg.Length(k+1)*cell, Y: y},
			}, v)
			end()
		}
	}
	bottom := top - vg.Length(len(h.cells))*cellHeight
	end := corner.X - cell
	for k, level := range h.across.Levels {
		at := corner.X + (vg.Length(k)+0.5)*cell
		if half := style.Width(level) / 2; at-half > end { // else it would cover the one before
			c.FillText(center, vg.Point{X: at, Y: bottom - 9}, level)
			end = at + half + 4
		}
	}
	c.FillText(title, vg.Point{X: corner.X, Y: bottom - 18}, h.across.Name)
}

// drawCell draws a cell with its figure, if there is room for it.
func (h heatMap) drawCell(c draw.Canvas, style text.Style, at vg.Rectangle, v *float64) {
	fill, figure := color.RGBA{255, 255, 255, 255}, format.Unknown
	if v != nil {
		fill, figure = heatColour(h.shade(*v)), format.Figure(h.metric, v)
	}
	corners := []vg.Point{at.Min, {X: at.Max.X, Y: at.Min.Y}, at.Max, {X: at.Min.X, Y: at.Max.Y}}
	c.FillPolygon(fill, corners)
	c.StrokeLines(draw.LineStyle{Color: color.White, Width: 1}, append(corners, at.Min))
	if at.Max.X-at.Min.X < cellNarrow || style.Width(figure) > at.Max.X-at.Min.X {
		return
	}
	if v != nil && h.shade(*v) > 0.62 {
		style.Color = color.White
	}
	c.FillText(style, vg.Point{X: (at.Min.X + at.Max.X) / 2, Y: (at.Min.Y+at.Max.Y)/2 + 1}, figure)
}

// heatColour is a blue, from pale to dark.
func heatColour(shade float64) color.RGBA {
	mix := func(pale, dark float64) uint8 { return uint8(math.Round(pale + shade*(dark-pale))) }
	return color.RGBA{mix(226, 8), mix(238, 48), mix(249, 107), 255}
}
