package plot

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
	"weighbridge/scenarios/metric"
)

// latencyByPercentile draws response latency against 1/(1−p) on a logarithmic scale, so that
// the tail has room: 90% to 99% is as wide as 99% to 99.9%.
func latencyByPercentile(from source) (*Plot, error) {
	p := newPlot("Response latency by percentile")
	p.X.Label.Text, p.Y.Label.Text = "percentile of answered prompts (by nines)", "response latency, ms (log)"
	var lines []plotter.XYs
	end := 2.0 // at least to 99%
	for _, arm := range from.s.Arms {
		line := percentileLine(arm.Latencies(metric.Response))
		if n := len(line); n > 0 {
			end = max(end, line[n-1].X)
		}
		lines = append(lines, line)
	}
	fitLogMillis(p, lines)
	p.X.Min, p.X.Max = 0, end
	p.X.Tick.Marker = plot.TickerFunc(percentileTicks)
	p.Add(gridLines{vertical: true, horizontal: true})
	if err := addLines(p, lines, from.styles); err != nil {
		return nil, err
	}
	key := legend(from.styles, func(i int) bool { return len(lines[i]) == 0 })
	out := panels("latency-percentile", dataHeight, key, p)
	out.Lines = &Lines{X: p.X.Label.Text, Scale: Nines, Panels: []LinePanel{linesOf(p.Y.Label.Text, Nines, Logarithmic, lines, from.styles, nil)}}
	return out, nil
}

// percentileLine has log10 of 1/(1−p) as its x. It ends at the last percentile with a prompt
// beyond it.
func percentileLine(h *record.Hist) plotter.XYs {
	const step = 0.02
	var line plotter.XYs
	for i := 0; math.Pow(10, float64(i)*step) <= float64(h.Count()); i++ {
		nines := float64(i) * step
		line = append(line, plotter.XY{X: nines, Y: logMillis(h.Quantile(1 - math.Pow(10, -nines)))})
	}
	return line
}

// percentileTicks label log10 of 1/(1−p) by p: 0%, 50%, 90%, 99% and on by nines.
func percentileTicks(_, high float64) []plot.Tick {
	ticks := []plot.Tick{logTick(1, "0%"), logTick(2, "50%"), logTick(4, "75%")}
	for x := 10.0; math.Log10(x) <= high; x *= 10 {
		ticks = append(ticks, logTick(x, strconv.FormatFloat(100-100/x, 'g', 8, 64)+"%"))
	}
	return ticks
}

// latencyByBlock draws p90 above p50, block by block. Lines have gaps at blocks without an answer.
func latencyByBlock(from source) (*Plot, error) {
	blocks, err := newBlockPanels(from.rec, from.styles)
	if err != nil {
		return nil, err
	}
	key := legend(from.styles, func(i int) bool { return len(blocks.p50[i]) == 0 })
	out := panels("latency-block", dataHeight*1.5, key, blocks.upper, blocks.lower)
	out.Lines = &Lines{X: "block", Scale: Whole, Panels: []LinePanel{
		linesOf(blocks.upper.Y.Label.Text, Whole, Logarithmic, blocks.p90, from.styles, blocksApart),
		linesOf(blocks.lower.Y.Label.Text, Whole, Logarithmic, blocks.p50, from.styles, blocksApart),
	}}
	return out, nil
}

// blockPanels holds the two panels of latencyByBlock and each arm's lines in them.
type blockPanels struct {
	p50, p90     []plotter.XYs
	upper, lower *plot.Plot
}

func newBlockPanels(rec *record.Record, styles []armStyle) (b blockPanels, err error) {
	for i := range rec.Arms {
		var p50, p90 plotter.XYs
		for j := range rec.Arms[i].Blocks {
			block := &rec.Arms[i].Blocks[j]
			if s := rec.Arms[i].Main(block); s != nil && s.Answered > 0 {
				h, index := record.Merged(s.Response), float64(block.Index)
				p50 = append(p50, plotter.XY{X: index, Y: logMillis(h.Quantile(0.50))})
				p90 = append(p90, plotter.XY{X: index, Y: logMillis(h.Quantile(0.90))})
			}
		}
		b.p50, b.p90 = append(b.p50, p50), append(b.p90, p90)
	}
	if b.upper, err = blockPanel("p90", b.p90, styles); err != nil {
		return b, err
	}
	b.lower, err = blockPanel("p50", b.p50, styles)
	b.upper.Title.Text = "Response latency by block"
	b.lower.X.Label.Text = "block"
	return b, err
}

func blockPanel(name string, lines []plotter.XYs, styles []armStyle) (*plot.Plot, error) {
	p := newPlot("")
	p.Y.Label.Text = name + ", ms (log)"
	first, last := bounds(lines, x, 0)
	fitLogMillis(p, lines)
	p.X.Min, p.X.Max = first-0.5, last+0.5
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	p.Add(gridLines{horizontal: true})
	return p, addBroken(p, lines, styles, blocksApart)
}

// blocksApart reports whether there is a block between two, of which nothing is known.
func blocksApart(_ int, a, b plotter.XY) bool { return b.X > a.X+1 }

// wholeTicks label whole numbers, at most about fifteen of them.
func wholeTicks(low, high float64) []plot.Tick {
	every := int(math.Ceil((high - low) / 15))
	var out []plot.Tick
	for v := int(math.Ceil(low)); float64(v) <= high; v++ {
		tick := plot.Tick{Value: float64(v)}
		if v%every == 0 {
			tick.Label = strconv.Itoa(v)
		}
		out = append(out, tick)
	}
	return out
}

// addLines draws each arm's line in its style, and a line of one point as a dot.
func addLines(p *plot.Plot, lines []plotter.XYs, styles []armStyle) error {
	for i, points := range lines {
		switch len(points) {
		case 0:
			continue
		case 1:
			dot, err := plotter.NewScatter(points)
			if err != nil {
				return fmt.Errorf("plot of %s: %w", styles[i].label, err)
			}
			dot.GlyphStyle = draw.GlyphStyle{Color: styles[i].line.Color, Radius: 3, Shape: draw.CircleGlyph{}}
			p.Add(svg.Marked{Plotter: dot, Arm: styles[i].arm, Title: styles[i].label})
		default:
			line, err := plotter.NewLine(points)
			if err != nil {
				return fmt.Errorf("plot of %s: %w", styles[i].label, err)
			}
			line.LineStyle = styles[i].line
			p.Add(svg.Marked{Plotter: line, Arm: styles[i].arm, Title: styles[i].label})
		}
	}
	return nil
}

// addBroken draws each arm's line as addLines does, with a gap wherever apart says that nothing ran
// between two points that follow each other.
func addBroken(p *plot.Plot, lines []plotter.XYs, styles []armStyle, apart func(i int, a, b plotter.XY) bool) error {
	var pieces []plotter.XYs
	var of []armStyle
	for i, line := range lines {
		from := 0
		for k := range line {
			if k+1 == len(line) || apart(i, line[k], line[k+1]) {
				pieces, of = append(pieces, line[from:k+1]), append(of, styles[i])
				from = k + 1
			}
		}
	}
	return addLines(p, pieces, of)
}
