package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
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
		stack = append(stack, p)
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

// claimPanel draws one claim.
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
