package plot

import (
	"image/color"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// claimsAlong draws each claim that was tried along an axis: what was measured at each level, with
// its interval, and the claimed figure as a line across. Levels are evenly spaced.
func claimsAlong(from source) (*Plot, error) {
	var stack []*plot.Plot
	for _, c := range from.s.Claims {
		if c.Along == nil {
			continue
		}
		p, err := claimPanel(c)
		if err != nil {
			return nil, err
		}
		if p != nil {
			stack = append(stack, p)
		}
	}
	if len(stack) == 0 {
		return nil, nil
	}
	stack[0].Title.Text = "Claims along a setting, with 95% intervals; dashed: as claimed"
	return panels("claims", dataHeight*vg.Length(1+len(stack))/2, newKey(26), stack...), nil
}

// Claims draws the claims of a record that were tried along an axis, under a name with that of the
// scenario; nil if there are none.
func Claims(j *summary.Judged) (*Plot, error) {
	p, err := claimsAlong(source{rec: j.Record, s: j.Summary()})
	if p != nil {
		p.Name, p.Title = "claims-"+j.Record.Scenario.Name, j.Record.Scenario.Name+": "+p.Title
	}
	return p, err
}

// mostAsked is for how many metrics at most a plot over two settings has a panel.
const mostAsked = 3

// overTwoSettings draws the metrics that the claims of a scenario are about, if two of its axes differ
// in a number each: against the first of them with enough levels, a line for each level of the others.
func overTwoSettings(from source) (*Plot, error) {
	asked, err := gate.Asked(from.rec)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	across, shades := settingsOf(from.rec)
	if across == nil || shades == nil {
		return nil, nil
	}
	var stack []*plot.Plot
	out := &Lines{X: across.axis + across.unit()}
	var last *sweep
	for _, m := range asked[:min(len(asked), mostAsked)] {
		w := across.sweep(from, m, *shades)
		place, ticks, scale := w.levelScale()
		p := newPlot("")
		p.Y.Label.Text, p.X.Tick.Marker = m.Title(), ticks
		at := func(s sweepStep) (x, y float64) { return place(s.level), s.rate }
		in := func(s sweepStep) *summary.Interval { return s.inRate }
		if err := w.draw(p, at, false, false); err != nil {
			return nil, err
		}
		w.addIntervals(p, place, in, func(v float64) float64 { return v })
		stack, last, out.Scale = append(stack, p), w, scale
		out.Panels = append(out.Panels, w.lines(m.Title(), scale, Linear, at, in))
	}
	title := asked[0].Bare()
	stack[0].Title.Text = strings.ToUpper(title[:1]) + title[1:] + ", by " + across.axis + " and " + shades.axis + intervalNote
	stack[len(stack)-1].X.Label.Text = across.axis + out.Scale.note()
	out.X += out.Scale.note()
	drawn := panels("by-two-settings", dataHeight*vg.Length(1+len(stack))/2, last.legend(), stack...)
	drawn.Lines = out
	return drawn, nil
}

// setting is an axis whose levels differ in a number, in seconds if that is a duration.
type setting struct {
	axis    string
	byLevel map[string]float64
	seconds bool
}

// settingsOf returns the first axis of numbers with enough levels for a line, and the first other axis of
// numbers; nil for none.
func settingsOf(rec *record.Record) (across, other *setting) {
	const enough = 3
	for _, axis := range rec.Axes {
		values, durations := gate.Numbers(rec, axis.Name)
		switch one := (&setting{axis.Name, values, durations}); {
		case len(values) >= enough && across == nil:
			across = one
		case len(values) > 1 && other == nil:
			other = one
		}
	}
	return across, other
}

// unit is what follows the name of the axis where its numbers are printed.
func (s setting) unit() string {
	if s.seconds {
		return ", s"
	}
	return ""
}

// place is where a level lies between the lowest and the highest, 0…1.
func (s setting) place(level string) float64 {
	values := slices.Sorted(maps.Values(s.byLevel))
	return float64(slices.Index(values, s.byLevel[level])) / float64(len(values)-1)
}

// sweep is a metric along the setting. The colour of a line is by the level of another, its pattern by
// those of the axes besides.
func (s setting) sweep(from source, m metric.Metric, other setting) *sweep {
	w := &sweep{axis: s.axis, rate: m, names: map[float64]string{}}
	byOthers, patterns := map[string]int{}, map[string]int{}
	for i, arm := range from.s.Arms {
		level := arm.Levels[other.axis]
		label := otherLevels(from.rec, arm.Levels, s.axis)
		if len(from.rec.Axes) == 2 {
			label = other.axis + "=" + level
		}
		k, known := byOthers[label]
		if !known {
			k = len(w.series)
			byOthers[label] = k
			besides := maps.Clone(arm.Levels)
			delete(besides, other.axis)
			rest := otherLevels(from.rec, besides, s.axis)
			if _, known := patterns[rest]; !known {
				patterns[rest] = len(patterns)
			}
			w.series = append(w.series, sweepSeries{style: armStyle{arm: svg.NoArm, label: label, line: draw.LineStyle{
				Width: thickness(patterns[rest]), Color: onRamp(other.place(level)), Dashes: dashes[patterns[rest]%len(dashes)],
			}}})
		}
		value := s.byLevel[arm.Levels[s.axis]]
		w.names[value] = arm.Levels[s.axis]
		step := from.step(i, value, m, m)
		if m.Unit == metric.Share {
			step = step.inPercent()
		}
		w.series[k].steps = append(w.series[k].steps, step)
	}
	w.sortSteps()
	return w
}

// inPercent is a step whose rate is a share.
func (s sweepStep) inPercent() sweepStep {
	s.rate *= 100
	if in := s.inRate; in != nil {
		s.inRate = &summary.Interval{Value: 100 * in.Value, Low: 100 * in.Low, High: 100 * in.High}
	}
	return s
}

// claimPanel draws one claim; nil if nothing was measured.
func claimPanel(c summary.Claim) (*plot.Plot, error) {
	p := newPlot("")
	p.X.Label.Text, p.Y.Label.Text = c.Along.Setting, c.ID
	var dots plotter.XYs
	var ticks plot.ConstantTicks
	bars := intervalBars{style: draw.LineStyle{Color: palette[0], Width: 1}}
	p.Y.Min, p.Y.Max = c.Claimed, c.Claimed
	for i, point := range c.Along.Points {
		at := float64(i)
		ticks = append(ticks, plot.Tick{Value: at, Label: point.Text})
		for _, v := range []*float64{point.Measured, point.Low, point.High} {
			if v != nil {
				p.Y.Min, p.Y.Max = min(p.Y.Min, *v), max(p.Y.Max, *v)
			}
		}
		if point.Measured != nil {
			dots = append(dots, plotter.XY{X: at, Y: *point.Measured})
		}
		if point.Low != nil && point.High != nil {
			bars.all = append(bars.all, intervalBar{at, *point.Low, *point.High})
		}
	}
	if len(dots) == 0 {
		return nil, nil
	}
	room := max(p.Y.Max-p.Y.Min, 1e-6) * 0.08
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	p.X.Min, p.X.Max = -0.3, float64(len(c.Along.Points))-0.7
	p.X.Tick.Marker = ticks
	p.Add(gridLines{horizontal: true}, claimedLine(c.Claimed), bars, sweepDots{dots, palette[0]})
	return p, addLines(p, []plotter.XYs{dots}, []armStyle{{arm: svg.NoArm, label: c.ID, line: draw.LineStyle{Color: palette[0], Width: 1.3}}})
}

// claimedLine is a dashed line across at the claimed figure.
type claimedLine float64

// Plot implements plot.Plotter.
func (l claimedLine) Plot(c draw.Canvas, p *plot.Plot) {
	_, toY := p.Transforms(&c)
	style := draw.LineStyle{Color: color.Gray{90}, Width: 1, Dashes: []vg.Length{5, 3}}
	c.StrokeLine2(style, c.Min.X, toY(float64(l)), c.Max.X, toY(float64(l)))
}

// intervalBars are vertical bars from the low to the high end of intervals.
type intervalBars struct {
	all   []intervalBar
	style draw.LineStyle
}

type intervalBar struct{ x, low, high float64 }

// Plot implements plot.Plotter.
func (b intervalBars) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for _, bar := range b.all {
		x, low, high := toX(bar.x), toY(bar.low), toY(bar.high)
		c.StrokeLine2(b.style, x, low, x, high)
		for _, end := range []vg.Length{low, high} {
			c.StrokeLine2(b.style, x-4, end, x+4, end)
		}
	}
}
