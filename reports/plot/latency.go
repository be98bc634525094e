package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
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

// latencyDistribution draws how the response latencies are spread: the share of answered prompts in
// each fifth of a doubling, on a logarithmic axis.
func latencyDistribution(from source) (*Plot, error) {
	p := newPlot("Distribution of the response latency")
	p.X.Label.Text, p.Y.Label.Text = "response latency, ms (log), 5 bins a doubling", "answered prompts in each bin, %"
	var lines []plotter.XYs
	for _, arm := range from.s.Arms {
		lines = append(lines, distributionLine(arm.Latencies(metric.Response)))
	}
	if !slices.ContainsFunc(lines, func(l plotter.XYs) bool { return len(l) > 0 }) {
		return nil, nil
	}
	low, high := bounds(lines, x, 1)
	_, top := bounds(lines, y, 1)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, 0, top*1.08
	p.X.Tick.Marker = plot.TickerFunc(roundTicks)
	p.Add(gridLines{vertical: true, horizontal: true})
	if err := addLines(p, lines, from.styles); err != nil {
		return nil, err
	}
	key := legend(from.styles, func(i int) bool { return len(lines[i]) == 0 })
	out := panels("latency-distribution", dataHeight*0.8, key, p)
	out.Lines = &Lines{X: p.X.Label.Text, Scale: Logarithmic, Panels: []LinePanel{linesOf(p.Y.Label.Text, Logarithmic, Linear, lines, from.styles, nil)}}
	return out, nil
}

// distributionLine has a point at the middle of each bin from the one before the shortest latency to
// the one after the longest. Its x is log10 of ms.
func distributionLine(h *record.Hist) (line plotter.XYs) {
	if h.Count() == 0 {
		return nil
	}
	const width = 0.0602 // log10(2)/5
	bin := func(d time.Duration) int { return int(math.Floor(logMillis(d) / width)) }
	bins := map[int]uint64{}
	h.Each(func(d time.Duration, n uint64) { bins[bin(d)] += n })
	first, last := bin(h.Quantile(0)), bin(h.Max())
	for i := first - 1; i <= last+1; i++ {
		line = append(line, plotter.XY{X: (float64(i) + 0.5) * width, Y: float64(bins[i]) / float64(h.Count()) * 100})
	}
	return line
}

// streamsByPercentile draws the TTFT, the TPOT and the time between chunks of streams by percentile.
func streamsByPercentile(from source) (*Plot, error) {
	if !from.streams() {
		return nil, nil
	}
	data := &Lines{X: "percentile (by nines)", Scale: Nines}
	var stack []*plot.Plot
	streamed := make([]bool, len(from.styles))
	for _, figure := range []struct {
		name string
		of   func(summary.Arm) *record.Hist
	}{
		{"TTFT", func(a summary.Arm) *record.Hist { return a.Latencies(metric.TTFT) }},
		{"TPOT", func(a summary.Arm) *record.Hist { return a.Latencies(metric.TPOT) }},
		{"chunk gap", summary.Arm.ChunkGaps},
	} {
		var lines []plotter.XYs
		for i, arm := range from.s.Arms {
			line := percentileLine(figure.of(arm))
			lines, streamed[i] = append(lines, line), streamed[i] || len(line) > 0
		}
		if !slices.ContainsFunc(lines, func(l plotter.XYs) bool { return len(l) > 0 }) {
			continue
		}
		p := newPlot("")
		p.Y.Label.Text = figure.name + ", ms (log)"
		fitLogMillis(p, lines)
		_, end := bounds(lines, x, 2)
		p.X.Min, p.X.Max = 0, max(end, 2)
		p.X.Tick.Marker = plot.TickerFunc(percentileTicks)
		p.Add(gridLines{vertical: true, horizontal: true})
		if err := addLines(p, lines, from.styles); err != nil {
			return nil, err
		}
		stack = append(stack, p)
		data.Panels = append(data.Panels, linesOf(p.Y.Label.Text, Nines, Logarithmic, lines, from.styles, nil))
	}
	if len(stack) == 0 {
		return nil, nil
	}
	stack[0].Title.Text = "Streams: time to first token, per token and between chunks, by percentile"
	stack[len(stack)-1].X.Label.Text = data.X
	sameX(stack)
	out := panels("streams", dataHeight*(0.4+0.5*vg.Length(len(stack))), legend(from.styles, func(i int) bool { return !streamed[i] }), stack...)
	out.Lines = data
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

// latencyByBlock draws p90 above p50, block by block. Lines have gaps at blocks without an answer. Of a single
// block it draws nothing.
func latencyByBlock(from source) (*Plot, error) {
	blocks, err := newBlockPanels(from.rec, from.styles)
	if first, last := bounds(blocks.p50, x, 0); err != nil || first == last {
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

// addLines draws each arm's line in its style, and a line of one point as a dot. Those of arms that stand
// back are under the others.
func addLines(p *plot.Plot, lines []plotter.XYs, styles []armStyle) error {
	return addBroken(p, lines, styles, func(int, plotter.XY, plotter.XY) bool { return false })
}

// addBroken draws each arm's line as addLines does, with a gap wherever apart says that nothing ran
// between two points that follow each other.
func addBroken(p *plot.Plot, lines []plotter.XYs, styles []armStyle, apart func(i int, a, b plotter.XY) bool) error {
	for _, back := range []bool{true, false} {
		for i, points := range lines {
			if len(points) == 0 || styles[i].back != back {
				continue
			}
			if err := plotter.CheckFloats(flat(points)...); err != nil {
				return fmt.Errorf("plot of %s: %w", styles[i].label, err)
			}
			line := brokenLine{style: styles[i].line}
			from := 0
			for k := range points {
				if k+1 == len(points) || apart(i, points[k], points[k+1]) {
					line.pieces = append(line.pieces, points[from:k+1])
					from = k + 1
				}
			}
			p.Add(svg.Marked{Plotter: line, Arm: styles[i].arm, Title: styles[i].label})
		}
	}
	return nil
}

func flat(points plotter.XYs) (all []float64) {
	for _, at := range points {
		all = append(all, at.X, at.Y)
	}
	return all
}

// brokenLine is a line with gaps between its pieces. A piece of one point is a dot.
type brokenLine struct {
	pieces []plotter.XYs
	style  draw.LineStyle
}

// Plot implements plot.Plotter.
func (l brokenLine) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	var path vg.Path
	for _, piece := range l.pieces {
		for i, at := range piece {
			to := vg.Point{X: toX(at.X), Y: toY(at.Y)}
			switch {
			case len(piece) == 1:
				c.DrawGlyph(draw.GlyphStyle{Color: l.style.Color, Radius: min(3, 2*l.style.Width), Shape: draw.CircleGlyph{}}, to)
			case i == 0:
				path.Move(to)
			default:
				path.Line(to)
			}
		}
	}
	if len(path) > 0 {
		c.SetLineStyle(l.style)
		c.Stroke(path)
	}
}

// DataRange implements plot.DataRanger.
func (l brokenLine) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = bounds(l.pieces, x, 1)
	ymin, ymax = bounds(l.pieces, y, 1)
	return xmin, xmax, ymin, ymax
}
