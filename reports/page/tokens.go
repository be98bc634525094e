package page

import (
	"slices"

	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// tokens is the table of the arms whose answers reported tokens.
func tokens(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	metrics := slices.DeleteFunc(summary.Shown(from.Summary.Arms), func(m metric.Metric) bool { return !m.Tokens })
	columns := levelsOfArm(from.Record.Axes)
	for _, m := range metrics {
		columns = append(columns, table.Figures(m, func(row armRow) *float64 { return row.s.Figure(m) }))
	}
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool {
		return !slices.ContainsFunc(metrics, func(m metric.Metric) bool { return row.s.Figure(m) != nil })
	})
	return Section{Table: table.New("Tokens, as the answers report them.", rows, columns)}
}
