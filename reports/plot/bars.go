package plot

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// bar is the bar of one arm, with the text at its end.
type bar struct {
	value float64
	text  string
}

// metricBars returns the drawer of a metric: a bar for each arm.
func metricBars(m metric.Metric) drawer {
	return func(from source) (*Plot, error) {
		var bars []bar
		for _, arm := range from.s.Arms {
			v := arm.Figure(m)
			b := bar{text: format.Figure(m, v)}
			if v != nil {
				b.value = *v
			}
			if m.Unit == metric.Share {
				b.value *= 100
			}
			bars = append(bars, b)
		}
		title := strings.ToUpper(m.Bare()[:1]) + m.Bare()[1:]
		return horizontalBars(strings.ReplaceAll(m.Name, "_", "-"), title, m.Title(), bars, from.styles)
	}
}

// horizontalBars draws bars from left to right, the first arm on top, so that names of any
// length can be read.
func horizontalBars(name, title, unit string, bars []bar, styles []armStyle) (*Plot, error) {
	longest := 0.0
	for _, b := range bars {
		longest = max(longest, b.value)
	}
	p, widest := barPlot(title, unit, longest, styles)
	for i, b := range bars {
		if err := addBar(p, b, barAt(i, styles), styles[i].line.Color); err != nil {
			return nil, fmt.Errorf("plot of %s: %w", styles[i].label, err)
		}
	}
	return &Plot{
		Name: name, Title: title,
		width: dataWidth + widest, height: barsHeight(styles),
		draw: func(c draw.Canvas) { p.Draw(draw.Crop(c, margin, -margin, margin, -margin)) },
	}, nil
}

// thick is the thickness of a bar.
const thick = 13

func barsHeight(styles []armStyle) vg.Length { return vg.Length(len(styles))*22 + 1.1*vg.Inch }

// barAt returns the y of an arm's bar.
func barAt(i int, styles []armStyle) float64 { return float64(len(styles) - 1 - i) }

// barPlot makes a plot with room for a bar for each arm and for the figure at the end of the
// longest; widest is the width of the longest name of an arm.
func barPlot(title, unit string, longest float64, styles []armStyle) (p *plot.Plot, widest vg.Length) {
	p = newPlot(title)
	p.X.Label.Text = unit
	if longest == 0 {
		longest = 1
	}
	p.X.Min, p.X.Max = 0, longest*1.12
	p.Y.Min, p.Y.Max = -0.5, float64(len(styles))-0.5
	p.Y.LineStyle.Width = 0
	p.Y.Tick.Length = 0
	p.Add(gridLines{vertical: true})
	var ticks []plot.Tick
	for i, style := range styles {
		ticks = append(ticks, plot.Tick{Value: barAt(i, styles), Label: style.label})
		widest = max(widest, p.Y.Tick.Label.Width(style.label))
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	return p, widest
}

func addBar(p *plot.Plot, b bar, at float64, fill color.Color) error {
	chart, err := plotter.NewBarChart(plotter.Values{b.value}, thick)
	if err != nil {
		return err
	}
	chart.Horizontal, chart.XMin, chart.Color = true, at, fill
	chart.LineStyle.Width = 0
	p.Add(chart)
	return addFigure(p, b, at)
}

// addFigure adds the text at the end of a bar.
func addFigure(p *plot.Plot, b bar, at float64) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: b.value, Y: at}}, Labels: []string{b.text}})
	if err != nil {
		return err
	}
	style := &labels.TextStyle[0]
	sans(style)
	style.YAlign = draw.YCenter
	labels.Offset = vg.Point{X: 4, Y: 1.5}
	p.Add(labels)
	return nil
}
