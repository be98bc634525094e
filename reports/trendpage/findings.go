package trendpage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/stat"
	"weighbridge/bench/trend"
	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// mostFindings is how many changes have a sentence of their own.
const mostFindings = 4

// moved is a change of a series.
type moved struct {
	series *trend.Series
	trend.Change
}

// size is how large a change is beside the margin of its metric.
func (m moved) size() float64 {
	if m.Difference != nil {
		return math.Abs(*m.Difference) / m.series.Margin
	}
	return math.Abs(math.Log(*m.Ratio)) / math.Log1p(m.series.Margin)
}

// changes are all changes of a trend, errors first and then the largest first.
func changes(t trend.Trend) (all []moved) {
	for i := range t.Series {
		for _, c := range t.Series[i].Changes {
			all = append(all, moved{&t.Series[i], c})
		}
	}
	errors := func(m moved) int {
		if m.series.Share() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b moved) int {
		return cmp.Or(cmp.Compare(errors(a), errors(b)), cmp.Compare(b.size(), a.size()))
	})
	return all
}

// finding is what moved at one run.
type finding struct {
	lead moved
	// others moved at the same run, or at the one before or after it.
	others []moved
}

// findings are the changes that exceed half their margin, and the number of those that do not.
func findings(t trend.Trend) (all []finding, small int) {
	for _, m := range changes(t) {
		if m.Small {
			small++
			continue
		}
		i := slices.IndexFunc(all, func(f finding) bool { return max(f.lead.At-m.At, m.At-f.lead.At) <= 1 })
		if i < 0 {
			all = append(all, finding{lead: m})
			continue
		}
		all[i].others = append(all[i].others, m)
	}
	for i := range all {
		all[i].leadByName()
	}
	return all, small
}

// leadByName makes the median of the latency lead, that of TTFT before that of responses, where it moved
// about as much as what moved most.
func (f *finding) leadByName() {
	const about = 0.5
	for _, name := range []string{"ttft_p50", "p50"} {
		for i, m := range f.others {
			if !f.lead.series.Share() && m.series.Arm == f.lead.series.Arm && m.series.Name == name && m.size() >= about*f.lead.size() {
				f.lead, f.others[i] = m, f.lead
				return
			}
		}
	}
}

// Findings says in a handful of sentences where the figures moved.
func Findings(t trend.Trend) (lines []string) {
	all, small := findings(t)
	shown := all[:min(len(all), mostFindings)]
	slices.SortFunc(shown, func(a, b finding) int { return cmp.Compare(a.lead.At, b.lead.At) })
	for _, f := range shown {
		lines = append(lines, f.sentence(t))
	}
	if more := len(all) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("Figures moved at %s more, by less: the table of changes has them.", format.Plural(more, "run")))
	}
	switch {
	case len(all) > 0:
	case tried(t) > 0:
		lines = append(lines, unmoved(t, small))
	default:
		lines = append(lines, tooFew(t))
	}
	if small > 0 {
		lines = append(lines, fmt.Sprintf("%s at most half the gate's margin, where a gate sees no regression.", moreThanOne(small, "change is", "changes are")))
	}
	return lines
}

func moreThanOne(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// sentence says what moved at a run.
func (f finding) sentence(t trend.Trend) string {
	m := f.lead
	verb := "fell"
	if m.After > m.Before {
		verb = "rose"
	}
	text := fmt.Sprintf("At %s %s %s from %s to %s", runNamed(t, m.At), subject(t, m.series), verb, figure(m.series.Metric, m.Before), figure(m.series.Metric, m.After))
	if m.Ratio != nil {
		ratio, interval := format.Ratio(m.Ratio, m.Low, m.High)
		text += fmt.Sprintf(": %s× (%g%% interval %s)", ratio, figures.Confidence*100, interval)
	} else {
		points, interval := format.Points(m.Difference, m.DifferenceLow, m.DifferenceHigh)
		text += fmt.Sprintf(": %s points (%g%% interval %s)", points, figures.Confidence*100, interval)
	}
	text += fmt.Sprintf(", p %s, which is %s.", pWords(m.P), m.Direction)
	if len(f.others) > 0 {
		text += " With it moved " + others(t, f.others) + "."
	}
	if differs := t.Runs[m.At].Differs; len(differs) > 0 {
		text += " From this run on, something else differs too: " + strings.Join(differs, ", ") + "."
	}
	return text
}

func pWords(p float64) string {
	text := format.PValue(&p)
	if strings.HasPrefix(text, "<") {
		return "under " + text[1:]
	}
	return "= " + text
}

// figure is a figure with its unit.
func figure(m metric.Metric, v float64) string {
	text := format.Figure(m, &v)
	if m.Unit == metric.Milliseconds {
		text += " ms"
	}
	return text
}

// runNamed is a run by its number, its time and its record.
func runNamed(t trend.Trend, i int) string {
	return fmt.Sprintf("run %d of %d (%s UTC, %s)", i+1, len(t.Runs), when(t.Runs[i]), t.Runs[i].Name)
}

func when(r trend.Run) string { return r.Started.Format("2006-01-02 15:04") }

// subject is a series as a sentence names it: the arm only where there are several.
func subject(t trend.Trend, s *trend.Series) string {
	if len(t.Arms) == 1 {
		return s.Metric.Bare()
	}
	return s.Metric.Bare() + " of " + s.Arm
}

// others names what else moved: metrics by arm, or how many figures of how many arms there are.
func others(t trend.Trend, all []moved) string {
	const most = 3
	var arms []string
	metrics := map[string][]string{}
	for _, m := range all {
		if !slices.Contains(arms, m.series.Arm) {
			arms = append(arms, m.series.Arm)
		}
		if name := m.series.Metric.Bare(); !slices.Contains(metrics[m.series.Arm], name) {
			metrics[m.series.Arm] = append(metrics[m.series.Arm], name)
		}
	}
	if len(arms) > most {
		return fmt.Sprintf("%d other figures of %d arms", len(all), len(arms))
	}
	var parts []string
	for _, arm := range arms {
		part := andWords(metrics[arm])
		if len(t.Arms) > 1 {
			part += " of " + arm
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func andWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// tried is in how many series changes were looked for.
func tried(t trend.Trend) (n int) {
	for _, s := range t.Series {
		if s.Why == "" {
			n++
		}
	}
	return n
}

// unmoved says that nothing moved, and what would have been seen.
func unmoved(t trend.Trend, small int) string {
	text := fmt.Sprintf("No figure moved in %s.", format.Plural(len(t.Runs), "run"))
	if small > 0 {
		text = fmt.Sprintf("No figure moved by more than half the gate's margin in %s.", format.Plural(len(t.Runs), "run"))
	}
	var seen []string
	for _, name := range []string{metric.ErrorRate, "p50", "p99", "ttft_p50", metric.TPS} {
		worst, m := -1.0, metric.Metric{}
		for _, s := range t.Series {
			if s.Name == name && s.Visible != nil {
				worst, m = max(worst, *s.Visible), s.Metric
			}
		}
		if worst > 0 {
			seen = append(seen, fmt.Sprintf("%s in %s", format.Effect(m, twoDigits(worst)), m.Bare()))
		}
	}
	if len(seen) == 0 {
		return text
	}
	return text + " A change half way through would have been seen from " + andWords(seen) + " on, in the arm that varies most."
}

// twoDigits rounds up to two significant digits.
func twoDigits(v float64) *float64 {
	scale := math.Pow10(1 - int(math.Floor(math.Log10(v))))
	return new(math.Ceil(v*scale-1e-9) / scale)
}

// tooFew says why no changes could be looked for.
func tooFew(t trend.Trend) string {
	switch {
	case len(t.Runs) == 0:
		return "No record can be compared with another."
	case len(t.Series) == 0:
		return "The records have no figures that a trend follows: those of open and closed load."
	case len(t.Runs) < stat.FewestInSeries:
		return fmt.Sprintf("%s too few to tell a change from noise: at least %d are needed.", moreThanOne(len(t.Runs), "run is", "runs are"), stat.FewestInSeries)
	}
	return fmt.Sprintf("No figure is known in enough of the %d runs to tell a change from noise: at least %d are needed.", len(t.Runs), stat.FewestInSeries)
}
