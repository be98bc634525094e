// Package trendpage holds what a report of many runs says: sentences about where the figures moved, and
// sections of typed values.
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
	"weighbridge/reports/page"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// mostRuns is the most runs that a terminal lists.
const mostRuns = 40

// New makes the page of a trend.
func New(t trend.Trend) page.Page {
	title := cmp.Or(t.Title, t.Scenario)
	p := page.Page{
		Headline: page.Line{Text: sentence(title) + " " + standing(t), Severity: severity(t)},
		Title:    title, Standing: standing(t),
		Answers:  Findings(t),
		Failing:  severity(t) == table.Bad,
		Sections: []page.Section{changesTable(t), levelsTable(t), runsTable(t), leftOutTable(t)},
		Quality:  quality(t),
		Warnings: warnings(t),
	}
	p.Sections = append(p.Sections, page.GlossaryOf(metricsOf(t)))
	return p
}

// sentence is a title with a mark at its end.
func sentence(title string) string {
	if strings.HasSuffix(title, "?") || strings.HasSuffix(title, "!") || strings.HasSuffix(title, ".") {
		return title
	}
	return title + "."
}

// standing says how many runs there are, and whether a figure moved.
func standing(t trend.Trend) string {
	n := len(t.Runs)
	text := "No runs to compare."
	if n > 0 {
		text = fmt.Sprintf("%s from %s to %s UTC", format.Plural(n, "run"), when(t.Runs[0]), when(t.Runs[n-1]))
	}
	if n > 0 && len(t.LeftOut) > 0 {
		text += fmt.Sprintf(", %d more left out", len(t.LeftOut))
	}
	if n == 0 {
		return text
	}
	worse, better := 0, 0
	for _, m := range changes(t) {
		switch {
		case m.Small:
		case m.Direction == trend.Worse:
			worse++
		default:
			better++
		}
	}
	switch {
	case worse > 0 && better > 0:
		text += fmt.Sprintf(". %s for the worse, %d for the better", format.Plural(worse, "change"), better)
	case worse > 0:
		text += fmt.Sprintf(". %s for the worse", format.Plural(worse, "change"))
	case better > 0:
		text += fmt.Sprintf(". %s for the better", format.Plural(better, "change"))
	case tried(t) > 0:
		text += ". No change"
	default:
		text += ". Too few to find changes"
	}
	return text + "."
}

// severity is Bad if the last change of a figure made it worse.
func severity(t trend.Trend) table.Severity {
	if tried(t) == 0 {
		return table.Doubtful
	}
	out := table.Good
	for _, s := range t.Series {
		last := table.Good
		for _, c := range s.Changes {
			switch {
			case c.Small:
			case c.Direction == trend.Worse:
				last, out = table.Bad, max(out, table.Doubtful)
			default:
				last = table.Good
			}
		}
		out = max(out, last)
	}
	return out
}

// arm says which arm a row is about.
func (m moved) ArmNumber() int { return m.series.Number }

// changesTable lists the changes, the earliest first.
func changesTable(t trend.Trend) page.Section {
	all := changes(t)
	slices.SortStableFunc(all, func(a, b moved) int { return cmp.Compare(a.At, b.At) })
	columns := []table.ColumnOf[moved]{
		table.Names("run", func(m moved) table.Value { return table.Text(fmt.Sprint(m.At + 1)) }),
		table.Words("started", func(m moved) table.Value { return table.Text(when(t.Runs[m.At])) }),
	}
	columns = append(columns, armColumn(t, func(m moved) string { return m.series.Arm })...)
	columns = append(
		columns,
		table.Words("figure", func(m moved) table.Value { return table.Text(m.series.Metric.Heading) }),
		table.Numbers("before", func(m moved) table.Value { return table.Figure{Of: m.series.Metric, V: &m.Before} }),
		table.Numbers("after", func(m moved) table.Value { return table.Figure{Of: m.series.Metric, V: &m.After} }),
		table.Numbers("ratio, or points", func(m moved) table.Value {
			if m.Difference != nil {
				return table.Points{V: m.Difference, Low: m.DifferenceLow, High: m.DifferenceHigh}
			}
			return table.Ratio{Of: m.series.Metric, V: m.Ratio, Low: m.Low, High: m.High}
		}),
		table.Numbers("p", func(m moved) table.Value { return table.PValue{V: &m.P} }),
		table.Words("is", func(m moved) table.Value {
			if m.Small {
				return table.Text(string(m.Direction) + ", small")
			}
			return table.Text(m.Direction)
		}),
	)
	about := fmt.Sprintf("Where figures moved, with the first run of the new level. Ratio after/before, of shares the difference in percentage points, %g%% interval in brackets. Small is at most half the margin.", figures.Confidence*100)
	return page.Section{Topic: page.Trend, Table: table.New(about, all, columns)}
}

// armColumn names the arm if there are several.
func armColumn[T any](t trend.Trend, of func(T) string) []table.ColumnOf[T] {
	if len(t.Arms) == 1 {
		return nil
	}
	return []table.ColumnOf[T]{table.Words("arm", func(row T) table.Value { return table.Text(of(row)) })}
}

// seriesRow is the data for the row of a series.
type seriesRow struct{ *trend.Series }

// ArmNumber is the number of the arm that the row is about.
func (r seriesRow) ArmNumber() int { return r.Number }

// levelsTable has a row for each figure: its course, and where it stands.
func levelsTable(t trend.Trend) page.Section {
	var rows []seriesRow
	for i := range t.Series {
		rows = append(rows, seriesRow{&t.Series[i]})
	}
	of := func(r seriesRow, which func([]trend.Level) *float64) table.Value {
		if len(r.Levels) == 0 {
			return table.Figure{Of: r.Metric}
		}
		return table.Figure{Of: r.Metric, V: which(r.Levels)}
	}
	columns := armColumn(t, func(r seriesRow) string { return r.Arm })
	columns = append(
		columns,
		table.Words("figure", func(r seriesRow) table.Value { return table.Text(r.Metric.Heading) }),
		table.Words("course", func(r seriesRow) table.Value { return table.Text(sparkline(*r.Series)) }),
		table.Numbers("at first", func(r seriesRow) table.Value {
			return of(r, func(l []trend.Level) *float64 { return &l[0].Value })
		}),
		table.Numbers("now", func(r seriesRow) table.Value {
			return of(r, func(l []trend.Level) *float64 { return &l[len(l)-1].Value })
		}),
		table.Numbers("since run", func(r seriesRow) table.Value {
			if len(r.Levels) == 0 {
				return table.Text(format.Unknown)
			}
			return table.Text(fmt.Sprint(r.Levels[len(r.Levels)-1].From + 1))
		}),
		table.Numbers("band", func(r seriesRow) table.Value { return table.Text(band(r.Series)) }),
		table.Numbers("last run", func(r seriesRow) table.Value {
			return table.Figure{Of: r.Metric, V: r.Points[len(r.Points)-1].Value}
		}),
	)
	about := "Each figure run by run, between its lowest and its highest value or band. Now is its mean since the last change, or since the first run; the band is Now ± the gate's margin."
	return page.Section{Topic: page.Trend, Table: table.New(about, rows, columns)}
}

// band is the margin around the level where a series stands now.
func band(s *trend.Series) string {
	if len(s.Levels) == 0 {
		return format.Unknown
	}
	now := s.Levels[len(s.Levels)-1]
	return format.Figure(s.Metric, &now.BandLow) + "–" + format.Figure(s.Metric, &now.BandHigh)
}

// sparks are the heights of a course.
var sparks = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// extent is from the lowest to the highest of the figures and of the bands around them.
func extent(s trend.Series) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range s.Levels {
		low, high = min(low, l.BandLow), max(high, l.BandHigh)
	}
	for _, p := range s.Points {
		if p.Value != nil {
			low, high = min(low, *p.Value), max(high, *p.Value)
		}
	}
	return low, high
}

// sparkline is a character for each run, or for several where there are many; a dot where the figure is not known.
func sparkline(s trend.Series) string {
	const most = 40
	low, high := extent(s)
	points := s.Points
	var out strings.Builder
	each := (len(points) + most - 1) / most
	for group := range slices.Chunk(points, max(each, 1)) {
		sum, n := 0.0, 0.0
		for _, p := range group {
			if p.Value != nil {
				sum, n = sum+*p.Value, n+1
			}
		}
		switch {
		case n == 0:
			out.WriteRune('·')
		case high == low:
			out.WriteRune(sparks[0])
		default:
			out.WriteRune(sparks[int((sum/n-low)/(high-low)*(float64(len(sparks))-0.001))])
		}
	}
	return out.String()
}

// runRow is the data for the row of a run.
type runRow struct {
	number int
	trend.Run
}

// runsTable lists the runs; of one arm with its figures.
func runsTable(t trend.Trend) page.Section {
	var rows []runRow
	for i, r := range t.Runs {
		rows = append(rows, runRow{i + 1, r})
	}
	columns := []table.ColumnOf[runRow]{
		table.Names("run", func(r runRow) table.Value { return table.Text(fmt.Sprint(r.number)) }),
		table.Words("started", func(r runRow) table.Value { return table.Text(when(r.Run)) }),
		table.Words("record", func(r runRow) table.Value { return table.Text(r.Name) }),
	}
	if len(t.Arms) == 1 {
		for _, s := range t.Series {
			columns = append(columns, table.Figures(s.Metric, func(r runRow) *float64 { return s.Points[r.number-1].Value }))
		}
	}
	if slices.ContainsFunc(t.Runs, func(r trend.Run) bool { return r.Tool != t.Runs[0].Tool }) {
		columns = append(columns, table.Words("weighbridge", func(r runRow) table.Value { return table.Text(r.Tool) }))
	}
	if slices.ContainsFunc(t.Runs, func(r trend.Run) bool { return len(r.Differs) > 0 }) {
		columns = append(columns, table.Words("not as in the run before", func(r runRow) table.Value {
			if len(r.Differs) == 0 {
				return table.Text("")
			}
			return table.List(r.Differs)
		}))
	}
	out := page.Section{Topic: page.Runs, Table: table.New("The runs, in the order in which they started (UTC).", rows, columns)}
	if len(rows) > mostRuns {
		out.Details, out.Title = true, "Runs"
		out.Short = fmt.Sprintf("The %d runs are listed by --format markdown, html, csv and json.", len(rows))
	}
	return out
}

// leftOutTable lists the records that are not compared.
func leftOutTable(t trend.Trend) page.Section {
	out := table.New("Records that are not compared.", t.LeftOut, []table.ColumnOf[trend.LeftOut]{
		table.Words("record", func(l trend.LeftOut) table.Value { return table.Text(l.Name) }),
		table.Words("started", func(l trend.LeftOut) table.Value {
			return table.Text(when(trend.Run{Started: l.Started}))
		}),
		table.Words("why", func(l trend.LeftOut) table.Value { return table.Text(l.Why) }),
	})
	out.Sentences = true
	return page.Section{Topic: page.Runs, Table: out}
}

// quality says how changes are found.
func quality(t trend.Trend) []string {
	n := tried(t)
	if n == 0 {
		return nil
	}
	return []string{
		fmt.Sprintf("Changes are found by E-divisive means (Matteson & James, 2014) with Student's t, as in Hunter (Fleming et al., 2023) and Apache Otava. The p allows for the choice of the run and for %s: in runs of one build any change is found with a chance of %g%% at most, as long as the runs are independent of each other. Each change holds by a permutation test as well.", fmt.Sprintf("%d series", n), trend.Alpha*100),
		fmt.Sprintf("A level has %d runs or more, so that a single outlier is no change, and a change shows at the third run after it. The unit is the run: intervals of single runs do not enter.", stat.FewestBetweenChanges),
	}
}

// warnings are the trend's, and why series have no changes, each once.
func warnings(t trend.Trend) []string {
	out := slices.Clone(t.Warnings)
	if tried(t) == 0 {
		return out
	}
	var whys []string
	about := map[string][]string{}
	for _, s := range t.Series {
		if s.Why != "" {
			if about[s.Why] == nil {
				whys = append(whys, s.Why)
			}
			about[s.Why] = append(about[s.Why], subject(t, &s))
		}
	}
	for _, why := range whys {
		names := about[why]
		if len(names) > 3 {
			names = append(names[:3:3], fmt.Sprintf("%d more", len(names)-3))
		}
		out = append(out, andWords(names)+": "+why)
	}
	return out
}

// metricsOf are the metrics of the series, each once.
func metricsOf(t trend.Trend) (all []metric.Metric) {
	for _, s := range t.Series {
		if !slices.ContainsFunc(all, func(m metric.Metric) bool { return m.Name == s.Name }) {
			all = append(all, s.Metric)
		}
	}
	return all
}
