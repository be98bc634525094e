package trend

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Trend follows the figures of the runs that can be compared. The same seed always gives the same trend.
func (c *Collector) Trend(seed uint64) Trend {
	of := Collector{runs: c.runs, leftOut: slices.Clone(c.leftOut)}
	runs := of.comparable()
	out := Trend{Scenario: c.scenario, Title: c.title, Runs: []Run{}, LeftOut: append([]LeftOut{}, of.leftOut...), Series: []Series{}, Warnings: []string{}}
	slices.SortStableFunc(out.LeftOut, func(a, b LeftOut) int { return a.Started.Compare(b.Started) })
	if len(runs) == 0 {
		return out
	}
	last := runs[len(runs)-1].conditions
	out.Scenario, out.Title = last.Scenario.Name, last.Scenario.Title
	for _, r := range runs {
		out.Runs = append(out.Runs, r.Run)
	}
	out.Axes, out.Arms = last.Axes, armsOf(runs)
	for i, arm := range out.Arms {
		for _, m := range followed() {
			if s := seriesOf(runs, arm.Name, m); s.tells() {
				s.Number, s.Margin = i, marginOf(last.Rules, m)
				out.Series = append(out.Series, s)
			}
		}
	}
	out.find(seed)
	out.warn(runs)
	return out
}

// armsOf are the arms of any run, those of the last first.
func armsOf(runs []collected) (arms []record.Arm) {
	for _, r := range slices.Backward(runs) {
		for _, arm := range r.conditions.Arms {
			if !slices.ContainsFunc(arms, func(a record.Arm) bool { return a.Name == arm.Name }) {
				arm.Blocks = nil
				arms = append(arms, arm)
			}
		}
	}
	return arms
}

// seriesOf leaves out what was measured under another load than in most runs: a server that is offered more is
// slower, and fails more.
func seriesOf(runs []collected, arm string, m metric.Metric) Series {
	s := Series{Arm: arm, Name: m.Name, Metric: m, Levels: []Level{}, Changes: []Change{}}
	loads := loadsOf(runs, arm, m)
	most := commonest(loads)
	for i, r := range runs {
		f := r.figures[ofArm{arm, m.Name}]
		if f.Value != nil && most != nil && !loads[i].Like(*most) {
			s.otherLoad = append(s.otherLoad, loads[i].InsteadOf(*most))
			f.Value, f.Low, f.High = nil, nil, nil
		}
		s.Points = append(s.Points, Point{f.Value, f.Low, f.High})
	}
	return s
}

// loadsOf are the loads under which the runs measured a metric of an arm; nil for runs that do not tell it.
func loadsOf(runs []collected, arm string, m metric.Metric) []*figures.Load {
	out := make([]*figures.Load, len(runs))
	for i, r := range runs {
		for k := range r.conditions.Arms {
			if a := &r.conditions.Arms[k]; a.Name == arm && r.figures[ofArm{arm, m.Name}].Value != nil {
				out[i] = new(figures.LoadOf(m, r.conditions, a))
			}
		}
	}
	return out
}

// commonest is the load that most are like, the last of those that are equally common; nil if none is known.
func commonest(loads []*figures.Load) (most *figures.Load) {
	type kind struct {
		like  *figures.Load // the last of them
		often int
	}
	var kinds []kind
	for _, l := range loads {
		if l == nil {
			continue
		}
		k := slices.IndexFunc(kinds, func(other kind) bool { return l.Like(*other.like) })
		often := 1
		if k >= 0 {
			often += kinds[k].often
			kinds = slices.Delete(kinds, k, k+1)
		}
		kinds = append(kinds, kind{l, often}) // in the order of the last of each
	}
	often := 0
	for _, k := range kinds {
		if k.often >= often {
			most, often = k.like, k.often
		}
	}
	return most
}

// tells says whether any run has the figure; one of failures under closed load tells only if any failed.
func (s Series) tells() bool {
	return slices.ContainsFunc(s.Points, func(p Point) bool {
		return p.Value != nil && (*p.Value != 0 || s.Metric.Name != metric.ClosedErrorRate)
	})
}

// Known is how many runs have the figure.
func (s Series) Known() (n int) {
	for _, p := range s.Points {
		if p.Value != nil {
			n++
		}
	}
	return n
}

// Share says that changes are differences of shares and not ratios.
func (s Series) Share() bool { return s.Metric.Kind == metric.OfShare }

// marginOf is the margin of the rule that compares a run with earlier ones by the metric, or the metric's
// own.
func marginOf(rules []record.Rule, m metric.Metric) float64 {
	for _, r := range rules {
		n := r.NoRegression
		if n == nil || n.Axis != "" || len(n.Metrics) > 0 && !slices.Contains(n.Metrics, m.Name) {
			continue
		}
		switch {
		case m.Kind == metric.OfShare && n.ErrorMargin > 0:
			return n.ErrorMargin
		case m.Kind != metric.OfShare && n.Margin > 0:
			return n.Margin
		}
	}
	return m.Margin
}

// find looks for changes in every series. Alpha is shared out among those that are long enough.
func (t *Trend) find(seed uint64) {
	var long []int
	for i := range t.Series {
		s := &t.Series[i]
		if known := s.Known(); known < stat.FewestInSeries {
			s.Why = fmt.Sprintf("%d of at least %d runs have it: too few to tell a change from noise", known, stat.FewestInSeries)
			continue
		}
		long = append(long, i)
	}
	for _, i := range long {
		t.Series[i].find(len(long), seed)
	}
}

// find looks for changes in one of so many series.
func (s *Series) find(among int, seed uint64) {
	found := stat.Changes(s.scaled(), Alpha/float64(among), seed)
	if found == nil {
		s.Why = fmt.Sprintf("no changes are looked for in more than %d runs", Most)
		return
	}
	for _, l := range found.Levels {
		level := Level{
			From: l.From, To: l.To, Runs: l.Values,
			Value: s.unscaled(l.Mean), Low: s.unscaled(l.Interval.Low), High: s.unscaled(l.Interval.High),
		}
		level.BandLow, level.BandHigh = level.Value*(1-s.Margin), level.Value*(1+s.Margin)
		if s.Share() {
			level.Low, level.High = max(level.Low, 0), min(level.High, 1)
			level.BandLow, level.BandHigh = max(level.Value-s.Margin, 0), min(level.Value+s.Margin, 1)
		}
		s.Levels = append(s.Levels, level)
	}
	for _, c := range found.Changes {
		s.Changes = append(s.Changes, s.change(c, among))
	}
	visible := found.Visible
	if !s.Share() {
		visible = math.Expm1(visible)
	}
	if visible > 0 {
		s.Visible = &visible
	}
	if found.Rho >= 2/math.Sqrt(float64(found.Known)) {
		s.Follow = &found.Rho
	}
}

// change is a change of the scaled series in the metric's unit.
func (s *Series) change(c stat.Change, among int) Change {
	out := Change{
		At: c.At, Direction: Worse, Before: s.unscaled(c.Before), After: s.unscaled(c.After),
		P: min(c.P*float64(among), 1), Permuted: c.Permuted,
	}
	d, in := c.Difference.Value, c.Difference.Interval
	if (d > 0) == (s.Metric.Better == metric.Higher) {
		out.Direction = Better
	}
	if s.Share() {
		out.Difference, out.DifferenceLow, out.DifferenceHigh = &d, &in.Low, &in.High
		out.Small = math.Abs(d) <= s.Margin/2
		return out
	}
	out.Ratio, out.Low, out.High = new(math.Exp(d)), new(math.Exp(in.Low)), new(math.Exp(in.High))
	out.Small = math.Abs(d) <= math.Log1p(s.Margin/2)
	return out
}

// scaled are the figures as changes are looked for: shares as they are, others by their logarithm, and
// NaN if they are not known.
func (s *Series) scaled() []float64 {
	out := make([]float64, len(s.Points))
	for i, p := range s.Points {
		switch {
		case p.Value == nil:
			out[i] = math.NaN()
		case s.Share():
			out[i] = *p.Value
		default:
			out[i] = math.Log(*p.Value)
		}
	}
	return out
}

func (s *Series) unscaled(v float64) float64 {
	if s.Share() {
		return v
	}
	return math.Exp(v)
}

// warn adds what weakens the trend as a whole.
func (t *Trend) warn(runs []collected) {
	if quick := runs[0].conditions.Quick; quick {
		t.Warnings = append(t.Warnings, "all runs are --quick runs, which are only indicative")
	}
	var following []string
	for _, s := range t.Series {
		if s.Follow != nil && len(s.Changes) > 0 {
			following = append(following, s.Metric.Name+" of "+s.Arm)
		}
	}
	if len(following) > 0 {
		t.Warnings = append(t.Warnings, "runs are like the ones before them, so that a slow drift may look like a change: "+strings.Join(following, ", "))
	}
	t.Warnings = append(t.Warnings, t.otherLoads()...)
	t.Warnings = append(t.Warnings, t.missing()...)
	unverified := 0
	for _, r := range runs {
		if slices.Contains(r.conditions.Warnings, record.Unverified) {
			unverified++
		}
	}
	if unverified > 0 {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%d of %d records have no checksum: that they are undamaged cannot be verified", unverified, len(runs)))
	}
}

// otherLoads say which figures some runs measured under another load than most.
func (t *Trend) otherLoads() (lines []string) {
	type other struct {
		arm, load string
		runs      int
	}
	var order []other
	names := map[other][]string{}
	for _, s := range t.Series {
		if len(s.otherLoad) == 0 {
			continue
		}
		o := other{s.Arm, s.otherLoad[len(s.otherLoad)-1], len(s.otherLoad)}
		if names[o] == nil {
			order = append(order, o)
		}
		names[o] = append(names[o], s.Name)
	}
	for _, o := range order {
		lines = append(lines, fmt.Sprintf("%s, %s: measured in %d of %d runs under another load than in most, such as %s: their trend leaves these out",
			o.arm, strings.Join(names[o], " "), o.runs, len(t.Runs), o.load))
	}
	return lines
}

// missing says which figures some runs lack: those of an arm that the same number of runs lack together.
func (t *Trend) missing() (lines []string) {
	type lack struct {
		arm  string
		runs int
	}
	var order []lack
	names := map[lack][]string{}
	for _, s := range t.Series {
		l := lack{s.Arm, len(s.Points) - s.Known() - len(s.otherLoad)}
		if l.runs == 0 || s.Why != "" {
			continue
		}
		if names[l] == nil {
			order = append(order, l)
		}
		names[l] = append(names[l], s.Name)
	}
	for _, l := range order {
		lines = append(lines, fmt.Sprintf("%s, %s: not known in %d of %d runs, which their trend leaves out", l.arm, strings.Join(names[l], " "), l.runs, len(t.Runs)))
	}
	return lines
}
