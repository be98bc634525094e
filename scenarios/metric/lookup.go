package metric

import (
	"cmp"
	"slices"
)

// Named finds a metric by its Name; false for a name that is not in the table.
func Named(name string) (Metric, bool) {
	return find(func(m Metric) bool { return m.Name == name })
}

// Expressed finds a metric by its name in expressions, such as p99_ms; false for a name
// that is not in the table.
func Expressed(name string) (Metric, bool) {
	return find(func(m Metric) bool { return m.Expression && m.Expr() == name })
}

func find(is func(Metric) bool) (Metric, bool) {
	all := All()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Metric{}, false
}

// Expressions are the names that expressions may use, in the table's order.
func Expressions() []string {
	var names []string
	for _, m := range All() {
		if m.Expression {
			names = append(names, m.Expr())
		}
	}
	return names
}

// Judged are the metrics that no_regression takes, in the table's order.
func Judged() []Metric { return which(Metric.Judged) }

// Default are the metrics that no_regression judges if a rule names none.
func Default() []Metric { return which(func(m Metric) bool { return m.Default }) }

// Compared are the metrics by which the levels of an axis are compared.
func Compared() []Metric { return which(func(m Metric) bool { return m.Compared }) }

// Shown are the metrics with a column in the tables of arms, in the order of the columns: rates,
// then latencies with the mean before the percentiles, then the rest.
func Shown() []Metric {
	shown := which(func(m Metric) bool { return m.Shown })
	slices.SortStableFunc(shown, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.column(), b.column()), cmp.Compare(a.Quantile, b.Quantile))
	})
	return shown
}

// column is where a metric's kind stands among the columns.
func (m Metric) column() int {
	switch m.Kind {
	case Rate:
		return 0
	case OfLatency:
		return 1 + slices.Index([]Latency{Response, TTFT, TTFO, TPOT}, m.Latency)
	}
	return 9
}

func which(has func(Metric) bool) []Metric {
	return slices.DeleteFunc(All(), func(m Metric) bool { return !has(m) })
}

// Names are the names of metrics.
func Names(metrics []Metric) []string {
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = m.Name
	}
	return names
}
