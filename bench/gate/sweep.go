package gate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/rule"
)

// Sweep is a claim at several levels of an axis, all else being as it says.
type Sweep struct {
	// Setting is the path of the one setting that the levels differ in by a number, such as
	// mock.auth.jwt.leeway; else the name of the axis.
	Setting string  `json:"setting"`
	Points  []Point `json:"points"`
	// Flips are where the verdict changes between two levels, in the order of the points.
	Flips []Flip `json:"flips"`
}

// Point is a claim at one level.
type Point struct {
	Level string `json:"level"`
	// Text is the value that the level gives to the setting, or else the level's name. Value is the same
	// as a number, in seconds for a duration; nil if it is no number.
	Text     string   `json:"text"`
	Value    *float64 `json:"value"`
	Measured *float64 `json:"measured"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Verdict  Verdict  `json:"verdict"`
}

// Flip is a change of the verdict between two points.
type Flip struct {
	// From and To are the Text of the points on both sides, the second of which has the Verdict.
	From    string  `json:"from"`
	To      string  `json:"to"`
	Verdict Verdict `json:"verdict"`
	// About is where a straight line between the two figures crosses what is claimed; nil if
	// the setting is no number. AboutText is that in the unit of the setting.
	About     *float64 `json:"about"`
	AboutText string   `json:"about_text"`
}

// sweep judges the claim at each level, in the order of the numbers that they set.
func (j claimJudge) sweep(n rule.Node, along rule.Range) *Sweep {
	s := settingOf(j.rec, along)
	out := &Sweep{Setting: s.path, Flips: []Flip{}}
	var values []float64
	for _, level := range s.levels {
		in, verdict, _ := j.at(rule.Moved(n, along.Axis, s.names(), level.name))
		out.Points = append(out.Points, Point{level.name, level.text, level.value, figures.Known(in.Value), figures.Known(in.Low), figures.Known(in.High), verdict})
		values = append(values, in.Value)
	}
	last := -1
	for i, p := range out.Points {
		if p.Verdict != Holds && p.Verdict != DoesNotHold {
			continue
		}
		if last >= 0 && out.Points[last].Verdict != p.Verdict {
			out.Flips = append(out.Flips, j.flip(out.Points[last], p, values[last], values[i]))
		}
		last = i
	}
	return out
}

// flip is the change of the verdict between two points with these figures.
func (j claimJudge) flip(from, to Point, before, after float64) Flip {
	f := Flip{From: from.Text, To: to.Text, Verdict: to.Verdict}
	if from.Value == nil || to.Value == nil {
		return f
	}
	low, high := j.limits()
	limit := low
	if math.IsInf(low, -1) || max(before, after) > high {
		limit = high
	}
	f.About = new(crossing(*from.Value, *to.Value, before-limit, after-limit))
	f.AboutText = quantityLike(to.Text, *f.About)
	return f
}

// crossing is where a straight line from (x1, y1) to (x2, y2) crosses 0; the middle if it does not.
func crossing(x1, x2, y1, y2 float64) float64 {
	share := y1 / (y1 - y2)
	if !(share >= 0 && share <= 1) {
		share = 0.5
	}
	return x1 + share*(x2-x1)
}

// quantityLike prints a number in the unit of another text: as a duration if that is one.
func quantityLike(text string, v float64) string {
	if _, err := time.ParseDuration(text); err != nil || text == "0" {
		return fmt.Sprintf("%.3g", v)
	}
	d := time.Duration(v * float64(time.Second))
	unit := time.Duration(1)
	for d.Abs()/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// levels are the names of the levels.
func (s *Sweep) levels() []string {
	var all []string
	for _, p := range s.Points {
		all = append(all, p.Level)
	}
	return all
}

// depend changes the verdict, which is the one at level, to Depends if it differs at other levels, and says
// between which levels it changes, or that it is the same at all.
func (r *ClaimResult) depend(level, otherwise string) {
	s := r.Along
	var said []string
	if len(s.Flips) > 0 {
		if r.Verdict == Holds || r.Verdict == DoesNotHold {
			own := s.Points[slices.Index(s.levels(), level)].Text
			r.Verdict, r.Why = Depends, fmt.Sprintf("%s at %s = %s: %s", r.Verdict, s.Setting, own, r.Why)
		}
		for _, f := range s.Flips {
			said = append(said, f.sentence(s.Setting))
		}
	} else if first, last := s.Points[0], s.Points[len(s.Points)-1]; s.agree() {
		said = append(said, fmt.Sprintf("the same at every level of %s from %s to %s", s.Setting, first.Text, last.Text))
	}
	if otherwise != "" {
		said = append(said, otherwise)
	}
	r.Otherwise = strings.Join(said, "; ")
}

// invalidate makes the verdict at every level invalid, for an invalid run.
func (s *Sweep) invalidate() {
	if s == nil {
		return
	}
	s.Flips = []Flip{}
	for i := range s.Points {
		s.Points[i].Verdict = Invalid
	}
}

// agree says whether the claim holds at all points, or does not hold at all of them.
func (s *Sweep) agree() bool {
	for _, p := range s.Points {
		if p.Verdict != s.Points[0].Verdict || p.Verdict != Holds && p.Verdict != DoesNotHold {
			return false
		}
	}
	return true
}

func (f Flip) sentence(setting string) string {
	at := ""
	if f.AboutText != "" {
		at = fmt.Sprintf(" (about %s on a straight line)", f.AboutText)
	}
	return fmt.Sprintf("between %s = %s and %s%s it turns to %s", setting, f.From, f.To, at, f.Verdict)
}

// setting is what the levels of a range set.
type setting struct {
	// path is the one path that all levels set to different numbers, or the axis.
	path   string
	levels []settingLevel
}

// settingLevel is one level, with the number that it sets; nil if it sets none.
type settingLevel struct {
	name, text string
	value      *float64
}

func (s setting) names() []string {
	var all []string
	for _, l := range s.levels {
		all = append(all, l.name)
	}
	return all
}

// settingOf finds the setting that the levels of a range differ in, and sorts them by its numbers.
// Without such a setting, or with several, they are in the order of the axis.
func settingOf(rec *record.Record, along rule.Range) setting {
	i := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == along.Axis })
	axis := rec.Axes[i]
	s := setting{path: along.Axis}
	sets := map[string]map[string]string{}
	for _, name := range along.Of(axis.Levels) {
		s.levels = append(s.levels, settingLevel{name: name, text: name})
		if k := slices.Index(axis.Levels, name); k < len(axis.Sets) {
			sets[name] = axis.Sets[k]
		}
	}
	var found []string
	for _, path := range slices.Sorted(maps.Keys(sets[s.levels[0].name])) {
		if differByNumbers(path, sets, len(s.levels)) {
			found = append(found, path)
		}
	}
	if len(found) != 1 {
		return s
	}
	s.path = found[0]
	for i := range s.levels {
		l := &s.levels[i]
		l.text = sets[l.name][s.path]
		v, _ := rule.Quantity(l.text)
		l.value = &v
	}
	slices.SortStableFunc(s.levels, func(a, b settingLevel) int { return cmp.Compare(*a.value, *b.value) })
	return s
}

// Numbers returns, by level of an axis, the numbers of the one setting in which all its levels differ by
// numbers, seconds if they are durations; nil if there is no such setting.
func Numbers(rec *record.Record, axis string) (byLevel map[string]float64, durations bool) {
	s := settingOf(rec, rule.Range{Axis: axis})
	if s.levels[0].value == nil {
		return nil, false
	}
	byLevel = map[string]float64{}
	for _, l := range s.levels {
		byLevel[l.name] = *l.value
		_, err := time.ParseDuration(l.text)
		durations = durations || err == nil && l.text != "0"
	}
	return byLevel, durations
}

// differByNumbers says whether each of the levels, by number, sets the path to a different number.
func differByNumbers(path string, sets map[string]map[string]string, levels int) bool {
	values := map[float64]bool{}
	for _, set := range sets {
		v, ok := rule.Quantity(set[path])
		if !ok {
			return false
		}
		values[v] = true
	}
	return len(values) == levels
}
