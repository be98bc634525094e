package plot

import (
	"cmp"
	"maps"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/reports/plot/svg"
)

// otherKinds is the line of the kinds of failure beyond those that have a colour of their own.
const otherKinds = "others"

// failuresOverTime draws how many prompts failed in each second, by class and status, all arms
// together; nil if none failed, or of older records, which do not tell.
func failuresOverTime(from source) (*Plot, error) {
	var all record.Series
	var arms []*record.Arm
	for i := range from.rec.Arms {
		all.Merge(from.rec.Arms[i].OverTime)
		arms = append(arms, &from.rec.Arms[i])
	}
	all = all.Coarse(maxDrawn)
	step := all.StepMS / 1000
	points, seconds := wholeSteps(all, openSpans(0, arms...))
	spans := &timeLines{ran: [][]span{openSpans(step, arms...)}}
	kinds := kindsOf(all)
	if len(kinds) == 0 {
		return nil, nil
	}
	lines, styles := make([]plotter.XYs, len(kinds)), []armStyle(nil)
	for i, kind := range kinds {
		styles = append(styles, armStyle{arm: svg.NoArm, label: kind, line: draw.LineStyle{Width: thickness(0), Color: palette[i%len(palette)], Dashes: dashes[i%len(dashes)]}})
		for k, p := range points {
			if p.Due > 0 {
				lines[i] = append(lines[i], plotter.XY{X: p.AtMS / 1000, Y: float64(ofKind(p, kind, kinds)) / seconds[k]})
			}
		}
	}
	apart := func(_ int, a, b plotter.XY) bool { return spans.apart(0, a, b) }
	p := newPlot("Failed prompts over time, by class and status, all arms together")
	p.X.Label.Text, p.Y.Label.Text = "seconds into the run, by due time", "failed, prompts/s"
	p.X.Min, p.X.Max = bounds(lines, x, 1)
	p.X.Max = max(p.X.Max, p.X.Min+1)
	_, top := bounds(lines, y, 1)
	p.Y.Min, p.Y.Max = 0, max(top, 1)*1.08
	p.Add(gridLines{horizontal: true})
	if err := addBroken(p, lines, styles, apart); err != nil {
		return nil, err
	}
	out := panels("errors-over-time", dataHeight*0.8, legend(styles, func(int) bool { return false }), p)
	out.Lines = &Lines{X: p.X.Label.Text, Scale: Linear, Long: true, Panels: []LinePanel{linesOf(p.Y.Label.Text, Linear, Linear, lines, styles, apart)}}
	return out, nil
}

// kindsOf are the kinds of failure, the most frequent first; of very many, the rest is otherKinds.
func kindsOf(s record.Series) []string {
	total := map[string]uint64{}
	for _, p := range s.Points {
		for kind, n := range p.Kinds {
			total[kind] += n
		}
	}
	kinds := slices.SortedFunc(maps.Keys(total), func(a, b string) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	if len(kinds) > len(palette) {
		kinds = append(kinds[:len(palette)-1:len(palette)-1], otherKinds)
	}
	return kinds
}

// ofKind counts the failures of a kind in a point.
func ofKind(p record.Point, kind string, kinds []string) (n uint64) {
	if kind != otherKinds {
		return p.Kinds[kind]
	}
	for other, count := range p.Kinds {
		if !slices.Contains(kinds, other) {
			n += count
		}
	}
	return n
}
