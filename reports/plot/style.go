package plot

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// The size of a plot without its labels and legend.
const (
	dataWidth  = 6.5 * vg.Inch
	dataHeight = 4.2 * vg.Inch
	margin     = 4 * vg.Millimeter
)

// palette holds colours that the colour-blind can tell apart (after Okabe & Ito, Color Universal
// Design, 2008), darkened so that each has a contrast of 3:1 against white at least.
var palette = [...]color.RGBA{
	{0, 114, 178, 255},
	{213, 94, 0, 255},
	{0, 140, 102, 255},
	{190, 90, 150, 255},
	{60, 145, 200, 255},
	{176, 120, 0, 255},
	{0, 0, 0, 255},
	{125, 125, 125, 255},
}

// ramp is the scale of colours of a long numeric axis, from its lowest level to its highest (after van der Walt & Smith's viridis, 2015, without its pale end).
var ramp = [...]color.RGBA{{68, 1, 84, 255}, {59, 82, 139, 255}, {33, 130, 128, 255}, {80, 145, 50, 255}, {165, 125, 0, 255}, {190, 70, 20, 255}}

// dashes holds the line patterns, solid first.
var dashes = [...][]vg.Length{nil, {5, 3}, {1.5, 2.5}, {8, 3, 1.5, 3}, {11, 3}, {8, 2.5, 1.5, 2.5, 1.5, 2.5}, {3, 6}, {14, 3, 4, 3}}

// armStyle is how an arm looks in every plot.
type armStyle struct {
	// arm is the arm's number, or svg.NoArm for a line that is not of one arm.
	arm   int
	label string
	// axes names the axes whose levels the label has, for the head of a legend.
	axes string
	// back says that the arm is drawn thin and grey, behind the few that stand out among very many.
	back bool
	line draw.LineStyle
}

// armStyles chooses the dashes by the level of the last axis and the colour by the levels of
// all others, so that arms that differ in the last axis only have the same colour. Along a numeric
// axis with more levels than there are colours, the colour is the level's place on the ramp and the
// dashes are the other axes'.
func armStyles(rec *record.Record) []armStyle {
	if i := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return len(a.Levels) > len(palette) && numeric(a) }); i >= 0 {
		return rampStyles(rec, rec.Axes[i])
	}
	perColour := 1
	var last record.Axis
	if n := len(rec.Axes); n > 1 {
		last = rec.Axes[n-1]
		perColour = max(1, min(len(last.Levels), len(dashes)))
	}
	others := map[string]int{}
	styles := make([]armStyle, len(rec.Arms))
	for i := range rec.Arms {
		at := i
		if len(last.Levels) > 0 {
			at = placeOf(rec.Arms[i].Levels, last, otherLevels(rec, rec.Arms[i].Levels, last.Name), others)
		}
		turn := at / (perColour * len(palette)) // other dashes once the colours are used up
		styles[i] = armStyle{arm: i, label: armLabel(rec, i), line: draw.LineStyle{
			Width:  thickness(turn * perColour),
			Color:  palette[at/perColour%len(palette)],
			Dashes: dashes[(at%perColour+turn*perColour)%len(dashes)],
		}}
	}
	return styles
}

// placeOf is the number of an arm among all combinations of levels, the last axis changing first, whether
// or not each has an arm. seen numbers the combinations of the other axes.
func placeOf(levels map[string]string, last record.Axis, combination string, seen map[string]int) int {
	if _, known := seen[combination]; !known {
		seen[combination] = len(seen)
	}
	return seen[combination]*len(last.Levels) + max(slices.Index(last.Levels, levels[last.Name]), 0)
}

// mostColours is up to how many arms have styles of their own. Of more, a reader can follow a few at most.
const mostColours = 100

// withFront are the styles of very many arms: the base, and the four with the lowest and the three with
// the highest p90, have colours; all others are thin and grey.
func withFront(styles []armStyle, arms []summary.Arm) []armStyle {
	if len(styles) <= mostColours || len(arms) != len(styles) {
		return styles
	}
	var answered []int
	for i, arm := range arms {
		if i > 0 && arm.Response != nil {
			answered = append(answered, i)
		}
	}
	slices.SortStableFunc(answered, func(a, b int) int { return cmp.Compare(arms[a].Response.P90, arms[b].Response.P90) })
	front := []int{0}
	if n := len(answered); n >= 7 {
		front = slices.Concat(front, answered[:4], answered[n-3:])
	}
	out := slices.Clone(styles)
	for i := range out {
		out[i].back = true
		out[i].line = draw.LineStyle{Color: palette[7], Width: 0.5}
	}
	for k, i := range front {
		out[i].back = false
		out[i].line = draw.LineStyle{Color: palette[k%7], Width: 1.6, Dashes: dashes[k/7]}
	}
	return out
}

// thickness is the width of a line, by how many line patterns were used before: thicker once all were.
func thickness(patterns int) vg.Length { return 1.3 + 1.2*vg.Length(patterns/len(dashes)) }

// rampStyles are the styles along a numeric axis.
func rampStyles(rec *record.Record, axis record.Axis) []armStyle {
	levels := slices.Clone(axis.Levels)
	value := func(level string) float64 { v, _ := strconv.ParseFloat(level, 64); return v }
	slices.SortFunc(levels, func(a, b string) int { return cmp.Compare(value(a), value(b)) })
	others := map[string]int{}
	styles := make([]armStyle, len(rec.Arms))
	for i := range rec.Arms {
		combination := otherLevels(rec, rec.Arms[i].Levels, axis.Name)
		if _, known := others[combination]; !known {
			others[combination] = len(others)
		}
		at := float64(slices.Index(levels, rec.Arms[i].Levels[axis.Name])) / float64(len(levels)-1)
		styles[i] = armStyle{arm: i, label: armLabel(rec, i), line: draw.LineStyle{
			Width: thickness(others[combination]), Color: onRamp(max(at, 0)), Dashes: dashes[others[combination]%len(dashes)],
		}}
	}
	return styles
}

// onRamp is the colour at a place of the ramp, 0…1.
func onRamp(at float64) color.RGBA {
	whole, part := math.Modf(at * float64(len(ramp)-1))
	i := min(int(whole), len(ramp)-2)
	if int(whole) > i {
		part = 1
	}
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + part*(float64(b)-float64(a)))) }
	a, b := ramp[i], ramp[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// otherLevels names the levels of an arm without one axis.
func otherLevels(rec *record.Record, levels map[string]string, without string) string {
	var out []string
	for _, axis := range rec.Axes {
		if axis.Name != without {
			out = append(out, levels[axis.Name])
		}
	}
	return strings.Join(out, " · ")
}

// axisNames names the axes but one, as otherLevels has their levels.
func axisNames(rec *record.Record, without string) string {
	var out []string
	for _, axis := range rec.Axes {
		if axis.Name != without {
			out = append(out, axis.Name)
		}
	}
	return format.Cut(strings.Join(out, " · "), longestLabel)
}

// longestLabel is the most characters of an arm's name: a longer one would make the plot too wide.
const longestLabel = 240

// armLabel returns the arm's levels without the names of the axes.
func armLabel(rec *record.Record, i int) string {
	if len(rec.Axes) == 0 {
		return rec.Arms[i].Name
	}
	return format.Cut(otherLevels(rec, rec.Arms[i].Levels, ""), longestLabel)
}

// newPlot makes an empty plot with a sans-serif font.
func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the whole canvas is white
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font.Size = 13
	p.X.Label.Padding, p.Y.Label.Padding = 4, 4
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(plainTicks), plot.TickerFunc(plainTicks)
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

// plainTicks are evenly spaced, and labelled without zeros after the decimal point.
func plainTicks(low, high float64) []plot.Tick {
	ticks := (plot.DefaultTicks{}).Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = strconv.FormatFloat(ticks[i].Value, 'g', 6, 64)
		}
	}
	return ticks
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
	const most = 10
	switch {
	case len(out) > most: // the labels of several decades would cover each other
		for i, tick := range out {
			if math.Abs(tick.Value-math.Round(tick.Value)) > 1e-9 {
				out[i].Label = ""
			}
		}
		return out
	case len(out) >= 3:
		return out
	}
	out = nil
	for _, tick := range plainTicks(first, last) {
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
