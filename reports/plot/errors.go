package plot

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/summary"
)

// otherKinds is the line of the kinds of failure beyond those that have a colour of their own.
const otherKinds = "others"

// mostMessages is how many messages have a line of their own, and longestMessage how many characters of one
// the legend shows.
const (
	mostMessages   = 5
	longestMessage = 60
)

// failed is what failed in each step of time, by kind, all arms together.
type failed struct {
	series record.Series
	// ran is when the load of some arm ran, or requests that had been sent still failed.
	ran []span
	// most is how many kinds have a line of their own.
	most        int
	title, x, y string
}

// failuresOverTime draws how much failed in each second, all arms together: requests, by what the server
// said, or of records that do not say when, prompts by class and status. It is nil if nothing failed.
func failuresOverTime(from source) (*Plot, error) {
	f := failedByMessage(from)
	if f == nil {
		f = failedByStatus(from.rec)
	}
	kinds := kindsOf(f.series, f.most)
	if len(kinds) == 0 {
		return nil, nil
	}
	all := f.series.Coarse(maxDrawn)
	points, seconds := wholeSteps(all, f.ran)
	spans := &timeLines{ran: [][]span{joinedSpans(slices.Clone(f.ran), all.StepMS/1000)}}
	lines, styles := make([]plotter.XYs, len(kinds)), []armStyle(nil)
	for i, kind := range kinds {
		line := draw.LineStyle{Width: thickness(0), Color: palette[i%len(palette)], Dashes: dashes[i%len(dashes)]}
		styles = append(styles, armStyle{arm: svg.NoArm, label: format.Cut(kind, longestMessage), line: line})
		for k, p := range points {
			if p.Due > 0 {
				lines[i] = append(lines[i], plotter.XY{X: p.AtMS / 1000, Y: float64(ofKind(p, kind, kinds)) / seconds[k]})
			}
		}
	}
	apart := func(_ int, a, b plotter.XY) bool { return spans.apart(0, a, b) }
	p := newPlot(f.title)
	p.X.Label.Text, p.Y.Label.Text = f.x, f.y
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

// failedByStatus counts the prompts of the open load by when they were due.
func failedByStatus(rec *record.Record) *failed {
	f := &failed{
		most: len(palette), title: "Failed prompts over time, by class and status, all arms together",
		x: "seconds into the run, by due time", y: "failed, prompts/s",
	}
	var arms []*record.Arm
	for i := range rec.Arms {
		f.series.Merge(rec.Arms[i].OverTime)
		arms = append(arms, &rec.Arms[i])
	}
	f.ran = openSpans(0, arms...)
	return f
}

// failedByMessage counts the requests of the load that the arms' figures come from, by when they ended; nil
// if none failed, or the moments of some are not known.
func failedByMessage(from source) *failed {
	f := &failed{
		most: mostMessages + 1, title: "Failed requests over time, by what the server said, all arms together",
		x: "seconds into the run, by when requests ended", y: "failed, requests/s",
	}
	counts, step := map[string]*reasons.Times{}, 1000.0
	for i := range from.rec.Arms {
		phase := summary.Main(&from.rec.Arms[i])
		for _, s := range summary.Ran(phase, &from.rec.Arms[i]) {
			f.ran = append(f.ran, span{s.From / 1000, s.To / 1000})
		}
		for _, failure := range from.s.Arms[i].Failures {
			switch {
			case failure.Phase != phase:
				continue
			case failure.OverTime == nil:
				return nil
			}
			label := failure.Class // of the others there is no more to say
			if failure.Said != "" {
				label += ": " + failure.Said
			}
			counts[label] = reasons.MergedTimes(cmp.Or(counts[label], &reasons.Times{}), failure.OverTime)
			step = max(step, counts[label].StepMS)
		}
	}
	if len(counts) == 0 {
		return nil
	}
	f.count(counts, step/1000)
	return f
}

// count makes the series of counts, in steps of so many seconds or, if there would be too many, longer ones:
// a point for each step in which the load ran or a request failed.
func (f *failed) count(counts map[string]*reasons.Times, step float64) {
	for _, times := range counts {
		for i := range times.AtSteps {
			from := times.AtMS(i) / 1000
			if to := from + times.StepMS/1000; within(f.ran, from, to) == 0 {
				f.ran = append(f.ran, span{from, to})
			}
		}
	}
	f.ran = joinedSpans(f.ran, 0)
	for ; ; step *= 2 {
		steps := 0.0
		for _, s := range joinedSpans(slices.Clone(f.ran), step) {
			steps += math.Ceil((s.to-s.from)/step) + 1
		}
		if steps <= 2*maxDrawn {
			break
		}
	}
	f.series.StepMS = step * 1000
	at := func(seconds float64) float64 { return math.Floor(seconds/step) * step * 1000 }
	points := map[float64]*record.Point{}
	point := func(ms float64) *record.Point {
		if points[ms] == nil {
			points[ms] = &record.Point{AtMS: ms, Due: 1, Kinds: map[string]uint64{}}
		}
		return points[ms]
	}
	for _, s := range f.ran {
		for from := at(s.from) / 1000; from < s.to; from += step {
			point(from * 1000)
		}
	}
	for label, times := range counts {
		for i, n := range times.Counts {
			point(at(times.AtMS(i) / 1000)).Kinds[label] += n
		}
	}
	for _, ms := range slices.Sorted(maps.Keys(points)) {
		f.series.Points = append(f.series.Points, *points[ms])
	}
}

// kindsOf are the kinds of failure, the most frequent first; of more than most, the rest is otherKinds.
func kindsOf(s record.Series, most int) []string {
	total := map[string]uint64{}
	for _, p := range s.Points {
		for kind, n := range p.Kinds {
			total[kind] += n
		}
	}
	_, others := total[otherKinds]
	delete(total, otherKinds)
	kinds := slices.SortedFunc(maps.Keys(total), func(a, b string) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	if n := most - 1; len(kinds) > most || others && len(kinds) > n {
		kinds, others = kinds[:n:n], true
	}
	if others {
		kinds = append(kinds, otherKinds)
	}
	return kinds
}

// ofKind counts the failures of a kind in a point.
func ofKind(p record.Point, kind string, kinds []string) (n uint64) {
	if kind != otherKinds {
		return p.Kinds[kind]
	}
	for other, count := range p.Kinds {
		if other == otherKinds || !slices.Contains(kinds, other) {
			n += count
		}
	}
	return n
}
