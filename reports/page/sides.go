package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/answer"
	"weighbridge/reports/format"
	"weighbridge/reports/sides"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// OfCompared makes the page of a comparison of records. joined holds the records as one.
func OfCompared(c sides.Compared, joined *sides.Joined) Page {
	from := SourceOf(joined.Judged)
	title := format.OneLine(c.Title())
	p := Page{
		Headline: Line{title + ". " + standingOfSides(c), severityOfSides(c, from)},
		Title:    title, Standing: standingOfSides(c),
		Reasons: c.Invalid,
		Between: between(c),
		Answers: format.OneLines(append(answer.ErrorsOfSides(from.Record, from.Summary), answer.Compared(c)...)),
		Failing: !summary.CapacityOnly(from.Record) && answer.Fails(from.Record, from.Summary),
		Quality: c.BySide(quality),
	}
	p.Warnings = slices.Concat(c.Warnings, c.BySide(func(rec *record.Record, s summary.Summary) []string {
		return summary.PerReason(rec, format.OneLines(s.Warnings))
	}))
	p.Order = append([]Topic{Differences}, slices.DeleteFunc(Topics(), func(t Topic) bool { return t == Differences })...)
	tables, footnotes := comparisonOf(c, joined)
	for _, t := range tables {
		p.Sections = append(p.Sections, Section{Topic: Differences, Table: t})
	}
	if len(footnotes) > 0 {
		p.Sections = append(p.Sections, Section{Topic: Differences, Table: notes(footnotes)})
	}
	p.addSections(from)
	return p
}

// LoadOf says which load the figures come from; "" without records.
func LoadOf(c sides.Compared) string {
	joined := c.Joined()
	if joined == nil || summary.CapacityOnly(joined.Record) {
		return ""
	}
	return format.OneLine(loadLine(joined.Record))
}

// between names the sides, with how much was measured of each.
func between(c sides.Compared) []string {
	of := func(name string, rec *record.Record) string {
		return fmt.Sprintf("%s: %s, started %s, with %s", name, blocksDone(rec), rec.Started.UTC().Format(time.RFC3339), format.OneLine(rec.Tool))
	}
	if c.Head == nil {
		return []string{fmt.Sprintf("Base: %s. Heads: the other levels of %s, in pairs of arms that differ in nothing else.", c.Old, format.OneLine(c.Axis)), of("One run", c.Base)}
	}
	return []string{of("Base: "+c.Old, c.Base), of("Head: "+c.New, c.Head)}
}

// DoubtOf says in a line that the figures of a comparison do not count, or only with care; "" if they do.
func DoubtOf(c sides.Compared) Line {
	switch {
	case len(c.Invalid) > 0:
		return Line{standingOfSides(c), table.Bad}
	case c.Base == nil, c.Base.Complete && !c.Base.Quick && (c.Head == nil || c.Head.Complete && !c.Head.Quick):
		return Line{}
	}
	return Line{standingOfSides(c), table.Doubtful}
}

// standingOfSides says whether the figures count.
func standingOfSides(c sides.Compared) string {
	switch {
	case len(c.Invalid) > 0:
		return "INVALID. These figures do not count."
	case c.Head == nil:
		return standing(c.Base) + " No verdict is given."
	case !c.Base.Complete || !c.Head.Complete:
		return "INCOMPLETE: one of the runs ended early. No verdict is given."
	case c.Base.Quick || c.Head.Quick:
		return "Valid, but a quick run is indicative only. No verdict is given."
	}
	return "Both runs are valid. No verdict is given: two runs of one build differ by more than the blocks of a run do."
}

func severityOfSides(c sides.Compared, from Source) table.Severity {
	switch {
	case len(c.Invalid) > 0:
		return table.Bad
	case !from.Record.Complete || from.Record.Quick || answer.Fails(from.Record, from.Summary):
		return table.Doubtful
	}
	return table.Good
}

// notes is the table of footnotes.
func notes(footnotes []string) table.Table {
	type note struct {
		number int
		text   string
	}
	var rows []note
	for i, text := range footnotes {
		rows = append(rows, note{i + 1, text})
	}
	t := table.New("Notes: what weakens single differences.", rows, []table.ColumnOf[note]{
		table.Words("note", func(n note) table.Value { return table.Text(fmt.Sprintf("(%d)", n.number)) }),
		table.Words("says", func(n note) table.Value { return table.Text(n.text) }),
	})
	t.Sentences = true
	return t
}

// metricsOf returns the metrics of the deltas, in the order met.
func metricsOf(deltas []figures.Delta) []metric.Metric {
	var out []metric.Metric
	for _, d := range deltas {
		m, known := metric.Named(d.Metric)
		if known && !slices.ContainsFunc(out, func(o metric.Metric) bool { return o.Name == m.Name }) {
			out = append(out, m)
		}
	}
	return out
}

// deltaRow is a difference, with its name and the number of the arm that it is about.
type deltaRow struct {
	figures.Delta
	name   string
	number int
}

// ArmNumber is the number of the arm that the row is about.
func (r deltaRow) ArmNumber() int { return r.number }

// Comparison returns a table for each metric by which the two sides are compared, and the
// footnotes that the tables' last columns refer to.
func Comparison(c sides.Compared) (tables []table.Table, footnotes []string) {
	return comparisonOf(c, nil)
}

// comparisonOf is Comparison. If joined is not nil, rows are named after the levels of their arms.
func comparisonOf(c sides.Compared, joined *sides.Joined) (tables []table.Table, footnotes []string) {
	for _, m := range errorsFirst(metricsOf(c.Deltas)) {
		var rows []deltaRow
		for i, d := range c.Deltas {
			switch {
			case d.Metric != m.Name:
			case joined == nil:
				rows = append(rows, deltaRow{d, d.Arm, -1})
			default:
				rows = append(rows, deltaRow{d, joined.Names[i], joined.Arms[i]})
			}
		}
		t := table.New(m.Title(), rows, []table.ColumnOf[deltaRow]{
			table.Words(joined.Heading(), func(d deltaRow) table.Value { return table.Text(d.name) }),
			table.Numbers("base", func(d deltaRow) table.Value { return table.Figure{Of: m, V: d.Old} }),
			table.Numbers("head", func(d deltaRow) table.Value { return table.Figure{Of: m, V: d.New} }),
			table.Numbers(deltaHeading(m), func(d deltaRow) table.Value { return changeOf(m, d.Delta) }),
			table.Numbers(fmt.Sprintf("%g%% interval", figures.Confidence*100), func(d deltaRow) table.Value { return intervalOf(m, d.Delta) }),
			table.Numbers("p", func(d deltaRow) table.Value { return table.PValue{V: d.P} }),
			table.Words("notes", func(d deltaRow) table.Value { return table.Text(references(d.Warnings, &footnotes)) }),
		})
		tables = append(tables, t.Without(func(_ table.Column, values []table.Value) bool {
			return !slices.ContainsFunc(values, func(v table.Value) bool { return v.String() != "" })
		}))
	}
	return tables, footnotes
}

func deltaHeading(m metric.Metric) string {
	if m.Kind == metric.OfShare {
		return "delta, points"
	}
	return "delta"
}

// changeOf is the change of a metric: of an error rate the difference, of another the ratio.
func changeOf(m metric.Metric, d figures.Delta) table.Value {
	if m.Kind == metric.OfShare {
		return table.PointsChange(pointsOf(d.ErrorDifference))
	}
	return table.Change{V: d.Ratio, Low: d.Low, High: d.High}
}

// intervalOf is the interval of changeOf.
func intervalOf(m metric.Metric, d figures.Delta) table.Value {
	if m.Kind == metric.OfShare {
		return table.PointsInterval(pointsOf(d.ErrorDifference))
	}
	return table.ChangeInterval{Low: d.Low, High: d.High}
}

// references returns the numbers of the warnings among the footnotes, and adds new ones.
func references(warnings []string, footnotes *[]string) string {
	var numbers []string
	for _, w := range format.OneLines(warnings) {
		i := slices.Index(*footnotes, w)
		if i < 0 {
			*footnotes = append(*footnotes, w)
			i = len(*footnotes) - 1
		}
		if number := fmt.Sprintf("(%d)", i+1); !slices.Contains(numbers, number) { // base and head may share one
			numbers = append(numbers, number)
		}
	}
	return strings.Join(numbers, " ")
}
