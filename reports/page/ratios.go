package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// ratioRow holds the comparisons of one head with its base by the name of the metric, with
// the other axes pooled.
type ratioRow map[string]gate.Comparison

// ratios is the section of Ratios.
func ratios(from Source) Section { return Section{Table: Ratios(from)} }

// streamRatios compares the levels of each axis by the metrics of streams.
func streamRatios(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	metrics := slices.DeleteFunc(metric.Compared(), func(m metric.Metric) bool { return !m.Streamed })
	return Section{Table: ratioTable(from.Summary.Comparisons, metrics, "The same for streams, over the pairs of arms that both stream."+whichIsBetter(metrics))}
}

// Ratios is the table that compares the levels of each axis, with a row for each head.
func Ratios(from Source) Table {
	if summary.CapacityOnly(from.Record) {
		return Table{}
	}
	metrics := slices.DeleteFunc(metric.Compared(), func(m metric.Metric) bool { return m.Streamed })
	return ratioTable(from.Summary.Comparisons, metrics,
		fmt.Sprintf("Ratio head/base, other axes pooled, %g%% interval in brackets (none where there are too few blocks).", figures.Confidence*100)+whichIsBetter(metrics))
}

// whichIsBetter says for which metrics a ratio above 1 is an improvement.
func whichIsBetter(metrics []metric.Metric) string {
	var higher []string
	for _, m := range metrics {
		if m.Better == metric.Higher {
			higher = append(higher, m.Bare())
		}
	}
	if len(higher) == 0 {
		return " Above 1 is worse."
	}
	return " Above 1 is better for " + strings.Join(higher, " and ") + ", worse for the rest."
}

// ratioTable has a row for each head that is compared by one of the metrics.
func ratioTable(comparisons []gate.Comparison, metrics []metric.Metric, about string) Table {
	columns := []column[ratioRow]{
		words("axis", func(row ratioRow) Value { return Text(row.first(metrics).Axis) }),
		words("head vs base", func(row ratioRow) Value {
			c := row.first(metrics)
			return Text(c.Head + " vs " + c.Base)
		}),
	}
	for _, m := range metrics {
		c := numbers(m.Bare()+" ×", func(row ratioRow) Value {
			c := row[m.Name]
			return Ratio{m, c.Ratio, c.Low, c.High}
		})
		c.Metric = m
		columns = append(columns, c)
	}
	rows := slices.DeleteFunc(pooled(comparisons), func(row ratioRow) bool { return row.first(metrics).Metric == "" })
	return table(about, rows, columns)
}

// first returns the comparison by the first of the metrics that the row has; zero if it has none.
func (r ratioRow) first(metrics []metric.Metric) gate.Comparison {
	for _, m := range metrics {
		if c, ok := r[m.Name]; ok {
			return c
		}
	}
	return gate.Comparison{}
}

// pooled returns a row for each axis and head, of the comparisons with the other axes pooled.
func pooled(comparisons []gate.Comparison) []ratioRow {
	var rows []ratioRow
	for _, c := range comparisons {
		if len(c.Levels) > 0 {
			continue
		}
		last := len(rows) - 1
		if last < 0 || rows[last][c.Metric].Axis != "" {
			rows = append(rows, ratioRow{})
			last++
		}
		rows[last][c.Metric] = c
	}
	return rows
}
