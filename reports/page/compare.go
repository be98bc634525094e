package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// Compared is two records, or two levels of an axis, side by side.
type Compared struct {
	// Old and New name the two sides.
	Old, New string
	// Deltas holds the differences, in the order of arms, and of metrics within an arm.
	Deltas []figures.Delta
	// Warnings are about the comparison as a whole.
	Warnings []string
}

// Finite returns the comparison with figures that are NaN or infinite set to nil.
func (c Compared) Finite() Compared {
	c.Deltas = slices.Clone(c.Deltas)
	for i := range c.Deltas {
		d := &c.Deltas[i]
		summary.Finite(&d.Old, &d.New, &d.Ratio, &d.Low, &d.High, &d.P, &d.Difference, &d.DifferenceLow, &d.DifferenceHigh)
	}
	return c
}

// Printable returns the comparison with its texts as format.OneLine prints them.
func (c Compared) Printable() Compared { return summary.WithTexts(c, format.OneLine) }

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

// Comparison returns a table for each metric by which the two sides are compared, and the
// footnotes that the tables' last columns refer to.
func Comparison(c Compared) (tables []table.Table, footnotes []string) {
	for _, m := range errorsFirst(metricsOf(c.Deltas)) {
		deltas := slices.DeleteFunc(slices.Clone(c.Deltas), func(d figures.Delta) bool { return d.Metric != m.Name })
		t := table.New(m.Title(), deltas, []table.ColumnOf[figures.Delta]{
			table.Words("arm", func(d figures.Delta) table.Value { return table.Text(d.Arm) }),
			table.Numbers("old", func(d figures.Delta) table.Value { return table.Figure{Of: m, V: d.Old} }),
			table.Numbers("new", func(d figures.Delta) table.Value { return table.Figure{Of: m, V: d.New} }),
			table.Numbers(deltaHeading(m), func(d figures.Delta) table.Value { return changeOf(m, d) }),
			table.Numbers(fmt.Sprintf("%g%% interval", figures.Confidence*100), func(d figures.Delta) table.Value { return intervalOf(m, d) }),
			table.Numbers("p", func(d figures.Delta) table.Value { return table.PValue{V: d.P} }),
			table.Words("notes", func(d figures.Delta) table.Value { return table.Text(references(d.Warnings, &footnotes)) }),
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
		numbers = append(numbers, fmt.Sprintf("(%d)", i+1))
	}
	return strings.Join(numbers, " ")
}

// Sides names the two sides.
func (c Compared) Sides() string {
	return fmt.Sprintf("Old: %s. New: %s. ~ means that no difference can be told apart from noise.", format.OneLine(c.Old), format.OneLine(c.New))
}
