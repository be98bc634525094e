package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

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
func Ratios(from Source) table.Table {
	if summary.CapacityOnly(from.Record) {
		return table.Table{}
	}
	metrics := slices.DeleteFunc(metric.Compared(), func(m metric.Metric) bool { return m.Streamed })
	return ratioTable(from.Summary.Comparisons, metrics,
		fmt.Sprintf("Ratio head/base, other axes pooled, %g%% interval in brackets (none where there are too few blocks).", figures.Confidence*100)+whichIsBetter(metrics)+" The error rate is head less base, in percentage points of prompts.")
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
func ratioTable(comparisons []gate.Comparison, metrics []metric.Metric, about string) table.Table {
	columns := []table.ColumnOf[summary.ByMetric]{
		table.Words("axis", func(row summary.ByMetric) table.Value { return table.Text(first(row, metrics).Axis) }),
		table.Words("head vs base", func(row summary.ByMetric) table.Value {
			c := first(row, metrics)
			return table.Text(c.Head + " vs " + c.Base)
		}),
	}
	for _, m := range errorsFirst(metrics) {
		c := table.Numbers(m.Bare()+" ×", func(row summary.ByMetric) table.Value {
			c := row[m.Name]
			return table.Ratio{Of: m, V: c.Ratio, Low: c.Low, High: c.High}
		})
		if m.Kind == metric.OfShare {
			c = table.Numbers(m.Bare()+", points", func(row summary.ByMetric) table.Value { return pointsOf(row[m.Name].ErrorDifference) })
		}
		c.Metric = m
		columns = append(columns, c)
	}
	rows := slices.DeleteFunc(summary.Pooled(comparisons), func(row summary.ByMetric) bool { return first(row, metrics).Metric == "" })
	return table.New(about, rows, columns)
}

// errorsFirst puts error rates before the other metrics: fast failures look like speed-ups.
func errorsFirst(metrics []metric.Metric) []metric.Metric {
	isShare := func(m metric.Metric) bool { return m.Kind == metric.OfShare }
	return slices.Concat(slices.DeleteFunc(slices.Clone(metrics), func(m metric.Metric) bool { return !isShare(m) }), slices.DeleteFunc(slices.Clone(metrics), isShare))
}

func pointsOf(d figures.ErrorDifference) table.Points {
	return table.Points{V: d.Difference, Low: d.DifferenceLow, High: d.DifferenceHigh}
}

// first returns the comparison by the first of the metrics that a row has; zero if it has none.
func first(row summary.ByMetric, metrics []metric.Metric) gate.Comparison {
	for _, m := range metrics {
		if c, ok := row[m.Name]; ok {
			return c
		}
	}
	return gate.Comparison{}
}
