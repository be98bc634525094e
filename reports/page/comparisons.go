package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
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
func Ratios(from Source) table.Table {
	if summary.CapacityOnly(from.Record) {
		return table.Table{}
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
func ratioTable(comparisons []gate.Comparison, metrics []metric.Metric, about string) table.Table {
	columns := []table.ColumnOf[ratioRow]{
		table.Words("axis", func(row ratioRow) table.Value { return table.Text(row.first(metrics).Axis) }),
		table.Words("head vs base", func(row ratioRow) table.Value {
			c := row.first(metrics)
			return table.Text(c.Head + " vs " + c.Base)
		}),
	}
	for _, m := range metrics {
		c := table.Numbers(m.Bare()+" ×", func(row ratioRow) table.Value {
			c := row[m.Name]
			return table.Ratio{Of: m, V: c.Ratio, Low: c.Low, High: c.High}
		})
		c.Metric = m
		columns = append(columns, c)
	}
	rows := slices.DeleteFunc(pooled(comparisons), func(row ratioRow) bool { return row.first(metrics).Metric == "" })
	return table.New(about, rows, columns)
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

// sentences say for each level of an axis but the base what it does to TPS and to p90
// response latency, with the other axes pooled.
func sentences(comparisons []gate.Comparison) []string {
	var out []string
	for _, row := range pooled(comparisons) {
		out = append(out, sentence(row))
	}
	return out
}

func sentence(row ratioRow) string {
	tps, latency := row["tps"], row["p90"]
	if latency.Ratio == nil {
		latency = row["p50"]
	}
	return tps.Axis + ": " + clauses(tps, latency) + "."
}

// clauses says both in one sentence.
func clauses(tps, latency gate.Comparison) string {
	switch {
	case tps.Ratio == nil && latency.Ratio == nil:
		return fmt.Sprintf("too little was answered to compare %s and %s", tps.Head, tps.Base)
	case tps.Ratio == nil:
		return aboutLatency(latency)
	case latency.Ratio == nil:
		return aboutTPS(tps)
	case includesOne(tps) && includesOne(latency):
		return fmt.Sprintf("no difference between %s and %s could be told apart from noise, in TPS (%s) or in %s response latency (%s)",
			tps.Head, tps.Base, certainty(tps), latency.Metric, certainty(latency))
	case includesOne(tps) || includesOne(latency):
		return aboutTPS(tps) + "; " + aboutLatency(latency)
	}
	ratio, bounds := times(tps)
	its, itsBounds := times(latency)
	said := fmt.Sprintf("%s carries %s× the TPS of %s", tps.Head, ratio, tps.Base)
	if tps.Low == nil && latency.Low == nil {
		return fmt.Sprintf("%s; its %s response latency is %s× (too few blocks for intervals)", said, latency.Metric, its)
	}
	return fmt.Sprintf("%s (%s); its %s response latency is %s× (%s)", said, interval(bounds), latency.Metric, its, interval(itsBounds))
}

func aboutTPS(c gate.Comparison) string {
	ratio, bounds := times(c)
	if includesOne(c) {
		return fmt.Sprintf("no difference in TPS between %s and %s could be told apart from noise (%s)", c.Head, c.Base, certainty(c))
	}
	return fmt.Sprintf("%s carries %s× the TPS of %s (%s)", c.Head, ratio, c.Base, interval(bounds))
}

func aboutLatency(c gate.Comparison) string {
	ratio, bounds := times(c)
	if includesOne(c) {
		return fmt.Sprintf("no difference in %s response latency between %s and %s could be told apart from noise (%s)", c.Metric, c.Head, c.Base, certainty(c))
	}
	return fmt.Sprintf("the %s response latency of %s is %s× that of %s (%s)", c.Metric, c.Head, ratio, c.Base, interval(bounds))
}

// certainty returns the ratio with its interval.
func certainty(c gate.Comparison) string {
	ratio, bounds := times(c)
	return ratio + "×, " + interval(bounds)
}

func interval(bounds string) string {
	if bounds == "" {
		return "too few blocks for an interval"
	}
	return "95% interval " + bounds
}

// includesOne reports whether the interval includes 1, so that no difference can be told. Of an
// interval with a lone bound the other is infinitely far off.
func includesOne(c gate.Comparison) bool {
	return (c.Low != nil || c.High != nil) && (c.Low == nil || *c.Low <= 1) && (c.High == nil || *c.High >= 1)
}

// times prints the ratio and its interval, "" if there is none.
func times(c gate.Comparison) (ratio, interval string) { return format.Ratio(c.Ratio, c.Low, c.High) }
