package plot

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/sides"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// forestRow is a comparison of two levels by a metric. Its figures are on the scale of its panel:
// log10 of a ratio, or percentage points.
type forestRow struct {
	label, figure    string
	v                float64
	low, high        *float64
	marginLo, margin float64
	// told says that the interval excludes no difference, better that the head is better then.
	told, better bool
}

const (
	forestRowHeight = 17
	// mostForestRows is how many rows show every metric; of more comparisons only the main ones.
	mostForestRows = 40
)

// ratioForest draws the differences of error rates and below them every ratio of two levels, with
// their intervals and the margins of their metrics. Axes of numbers have plots of their own.
func ratioForest(from source) (*Plot, error) {
	return forestOf("Differences between levels, other axes pooled", func(mainOnly bool) (ratios, errors []forestRow) { return forestRows(from, mainOnly) })
}

// sidesForest draws how each arm differs between two sides.
func sidesForest(c sides.Compared, joined *sides.Joined) (*Plot, error) {
	return forestOf("Differences, head against base, by arm", func(mainOnly bool) (ratios, errors []forestRow) {
		streams := slices.ContainsFunc(c.Deltas, func(d figures.Delta) bool { return d.Metric == "ttft_p50" })
		for i, d := range c.Deltas {
			m, _ := metric.Named(d.Metric)
			row := gate.Comparison{Comparison: figures.Comparison{Ratio: d.Ratio, Low: d.Low, High: d.High, ErrorDifference: d.ErrorDifference}}
			label := format.Cut(joined.Names[i], 60) + ": " + m.Bare()
			ratios, errors = addForestRow(ratios, errors, row, m, label, mainOnly && !mainMetric(m, streams))
		}
		return ratios, errors
	})
}

// forestOf draws the rows that rows returns; of very many the main ones, and of those the largest.
func forestOf(title string, rowsOf func(mainOnly bool) (ratios, errors []forestRow)) (*Plot, error) {
	ratios, errors := rowsOf(false)
	if len(ratios)+len(errors) > mostForestRows {
		ratios, errors = rowsOf(true)
	}
	left := 0
	if n := len(ratios) + len(errors); n > mostForestRows {
		left = n
		ratios, errors = largest(ratios, 3*mostForestRows/4), largest(errors, mostForestRows/4)
	}
	var stack []*plot.Plot
	var rows [][]forestRow
	if slices.ContainsFunc(errors, func(r forestRow) bool { return r.v != 0 }) {
		stack, rows = append(stack, forestPanel(errors, "error rate, head less base, percentage points of prompts")), append(rows, errors)
	}
	if len(ratios) > 0 {
		p := forestPanel(ratios, "head / base, 1 is no difference (log)")
		p.X.Tick.Marker = plot.TickerFunc(roundTicks)
		stack, rows = append(stack, p), append(rows, ratios)
	}
	if len(stack) == 0 {
		return nil, nil
	}
	stack[0].Title.Text = title
	if left > 0 {
		stack[0].Title.Text += fmt.Sprintf(" (the largest of %d)", left)
	}
	return drawForest(stack, rows), nil
}

// largest are the rows of the largest differences, in their order; those that are told apart come first.
func largest(rows []forestRow, most int) []forestRow {
	order := slices.Clone(rows)
	slices.SortStableFunc(order, func(a, b forestRow) int {
		if a.told != b.told {
			return map[bool]int{true: -1, false: 1}[a.told]
		}
		return cmp.Compare(math.Abs(b.v), math.Abs(a.v))
	})
	return slices.DeleteFunc(rows, func(r forestRow) bool {
		return !slices.ContainsFunc(order[:min(most, len(order))], func(kept forestRow) bool { return kept.label == r.label })
	})
}

// drawForest puts the panels above each other, each as high as its rows.
func drawForest(stack []*plot.Plot, rows [][]forestRow) *Plot {
	var widest, figures vg.Length
	height := 2 * margin
	heights := make([]vg.Length, len(stack))
	const title, gap = 22, 8 // of the first panel, and below each but the last
	for i, p := range stack {
		for _, r := range rows[i] {
			widest, figures = max(widest, p.Y.Tick.Label.Width(r.label)), max(figures, p.X.Tick.Label.Width(r.figure))
		}
		heights[i] = vg.Length(len(rows[i]))*forestRowHeight + 0.6*vg.Inch
		if i == 0 {
			heights[i] += title
		}
		if i < len(stack)-1 {
			heights[i] += gap
		}
		height += heights[i]
	}
	k := newKey(26)
	k.add("better", forestSample{better: true, told: true})
	k.add("worse", forestSample{told: true})
	k.add("not told apart,", forestSample{})
	k.add("or too few blocks", nil)
	k.add("margin of the metric", swatch{marginColour})
	height = max(height, 2.2*vg.Inch)
	return &Plot{
		Name: "forest", Title: stack[0].Title.Text,
		width: dataWidth*0.75 + widest + figures + 2*margin + k.width(height), height: height,
		draw: func(c draw.Canvas) {
			c = draw.Crop(c, margin, -margin, margin, -margin)
			k.draw(draw.Crop(c, c.Max.X-c.Min.X-k.width(height)+margin, 0, 0, 0), height)
			left := draw.Crop(c, 0, -k.width(height)-figures-margin, 0, 0)
			top := left.Max.Y
			for i, p := range stack {
				part := left
				part.Max.Y, part.Min.Y = top, top-heights[i]
				top = part.Min.Y
				if i < len(stack)-1 {
					part.Min.Y += gap
				}
				// Labels of the same width, so that the panels stand under each other.
				part.Min.X += widest - widestLabel(p, rows[i])
				p.Draw(part)
				writeFigures(p, part, rows[i])
			}
		},
	}
}

func widestLabel(p *plot.Plot, rows []forestRow) (width vg.Length) {
	for _, r := range rows {
		width = max(width, p.Y.Tick.Label.Width(r.label))
	}
	return width
}

// writeFigures writes each row's figure to the right of the data.
func writeFigures(p *plot.Plot, c draw.Canvas, rows []forestRow) {
	data := p.DataCanvas(c)
	_, toY := p.Transforms(&data)
	style := p.X.Tick.Label
	style.XAlign, style.YAlign = text.XLeft, text.YCenter
	for i, r := range rows {
		data.FillText(style, vg.Point{X: data.Max.X + 8, Y: toY(float64(len(rows)-1-i)) + 2}, r.figure)
	}
}

// forestRows are the rows of all axes but those of numbers: of ratios, and of error rates. Only the
// main metrics are a latency and TPS.
func forestRows(from source, mainOnly bool) (ratios, errors []forestRow) {
	streams := slices.ContainsFunc(from.s.Arms, func(a summary.Arm) bool { return a.TTFT != nil })
	for _, axis := range from.rec.Axes {
		if numeric(axis) {
			continue
		}
		for _, c := range from.s.Comparisons {
			m, _ := metric.Named(c.Metric)
			label := format.Cut(c.Head+" vs "+c.Base, 60) + ": " + m.Bare()
			leave := c.Axis != axis.Name || len(c.Levels) > 0 || mainOnly && !mainMetric(m, streams)
			ratios, errors = addForestRow(ratios, errors, c, m, label, leave)
		}
	}
	return ratios, errors
}

// mainMetric reports whether rows by a metric stay if there are very many.
func mainMetric(m metric.Metric, streams bool) bool {
	return m.Name == "p90" && !streams || m.Name == "ttft_p50" || m.Name == metric.TPS || m.Kind == metric.OfShare
}

// addForestRow adds the row of a comparison, where its figure is known and it is not left out.
func addForestRow(ratios, errors []forestRow, c gate.Comparison, m metric.Metric, label string, leave bool) (r, e []forestRow) {
	switch {
	case leave:
	case m.Kind == metric.OfShare && c.Difference != nil:
		errors = append(errors, errorRow(c, m, label))
	case m.Kind != metric.OfShare && c.Ratio != nil && *c.Ratio > 0:
		ratios = append(ratios, ratioRow(c, m, label))
	}
	return ratios, errors
}

func ratioRow(c gate.Comparison, m metric.Metric, label string) forestRow {
	ratio, bounds := format.Ratio(c.Ratio, c.Low, c.High)
	r := forestRow{label: label, figure: ratio, v: math.Log10(*c.Ratio), marginLo: math.Log10(1 - m.Margin), margin: math.Log10(1 + m.Margin)}
	if bounds != "" {
		r.figure += " (" + bounds + ")"
	}
	log := func(v *float64) *float64 {
		if v == nil || *v <= 0 {
			return nil
		}
		return new(math.Log10(*v))
	}
	r.low, r.high = log(c.Low), log(c.High)
	r.told = c.Low != nil && *c.Low > 1 || c.High != nil && *c.High < 1
	r.better = (*c.Ratio > 1) == (m.Better == metric.Higher)
	return r
}

func errorRow(c gate.Comparison, m metric.Metric, label string) forestRow {
	points, bounds := format.Points(c.Difference, c.DifferenceLow, c.DifferenceHigh)
	r := forestRow{label: label, figure: points, v: *c.Difference * 100, marginLo: -m.Margin * 100, margin: m.Margin * 100, better: *c.Difference < 0}
	if c.DifferenceLow != nil && c.DifferenceHigh != nil {
		r.figure += " (" + bounds + ")"
		r.low, r.high = new(*c.DifferenceLow*100), new(*c.DifferenceHigh*100)
		r.told = *r.low > 0 || *r.high < 0
	}
	return r
}

// forestPanel is a panel with the rows from the top.
func forestPanel(rows []forestRow, unit string) *plot.Plot {
	p := newPlot("")
	p.X.Label.Text = unit
	low, high := 0.0, 0.0
	var ticks []plot.Tick
	for i, r := range rows {
		ticks = append(ticks, plot.Tick{Value: float64(len(rows) - 1 - i), Label: r.label})
		low, high = min(low, r.v, r.marginLo), max(high, r.v, r.margin)
		if r.low != nil {
			low = min(low, *r.low)
		}
		if r.high != nil {
			high = max(high, *r.high)
		}
	}
	room := (high - low) * 0.05
	p.X.Min, p.X.Max = low-room, high+room
	p.Y.Min, p.Y.Max = -0.5, float64(len(rows))-0.5
	p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Add(gridLines{vertical: true}, forest{rows})
	return p
}

// The colours of a forest plot: blue, vermilion and grey of the palette, and a pale grey.
var marginColour = color.Gray{222}

func forestColour(told, better bool) color.Color {
	switch {
	case !told:
		return palette[7]
	case better:
		return palette[0]
	}
	return palette[1]
}

// forest draws the rows.
type forest struct{ rows []forestRow }

// Plot implements plot.Plotter.
func (f forest) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for i, r := range f.rows {
		y := toY(float64(len(f.rows) - 1 - i))
		const half = forestRowHeight * 0.4
		c.FillPolygon(marginColour, []vg.Point{
			{X: toX(r.marginLo), Y: y - half}, {X: toX(r.margin), Y: y - half}, {X: toX(r.margin), Y: y + half}, {X: toX(r.marginLo), Y: y + half},
		})
	}
	c.StrokeLine2(draw.LineStyle{Color: color.Black, Width: 0.7}, toX(0), c.Min.Y, toX(0), c.Max.Y)
	for i, r := range f.rows {
		y := toY(float64(len(f.rows) - 1 - i))
		end := svg.Mark(c.Canvas, svg.NoArm, r.label+": "+r.figure)
		line := draw.LineStyle{Color: forestColour(r.told, r.better), Width: 1.6}
		// A lone bound: the other is infinitely far off.
		from, to := c.Min.X, c.Max.X
		if r.low != nil {
			from = toX(*r.low)
		}
		if r.high != nil {
			to = toX(*r.high)
		}
		if r.low != nil || r.high != nil {
			c.StrokeLine2(line, from, y, to, y)
		}
		drawForestDot(&c, r.told, r.better, vg.Point{X: toX(r.v), Y: y})
		end()
	}
}

// drawForestDot draws a triangle that points up for better, one that points down for worse, and a
// hollow dot if no difference can be told.
func drawForestDot(c *draw.Canvas, told, better bool, at vg.Point) {
	colour := forestColour(told, better)
	const r = vg.Length(4.5)
	switch {
	case !told:
		c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: 3, Shape: draw.CircleGlyph{}}, at)
		drawRing(c, colour, at)
	case better:
		c.FillPolygon(colour, []vg.Point{{X: at.X - r, Y: at.Y - r*0.7}, {X: at.X + r, Y: at.Y - r*0.7}, {X: at.X, Y: at.Y + r}})
	default:
		c.FillPolygon(colour, []vg.Point{{X: at.X - r, Y: at.Y + r*0.7}, {X: at.X + r, Y: at.Y + r*0.7}, {X: at.X, Y: at.Y - r}})
	}
}

// forestSample is a dot with its interval in the legend.
type forestSample struct{ told, better bool }

// Thumbnail implements plot.Thumbnailer.
func (s forestSample) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(draw.LineStyle{Color: forestColour(s.told, s.better), Width: 1.6}, c.Min.X, y, c.Max.X, y)
	drawForestDot(c, s.told, s.better, c.Center())
}
