package page

import (
	"maps"
	"slices"

	"weighbridge/reports/format"
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
	if slices.ContainsFunc(from.Summary.Arms, func(a summary.Arm) bool { return len(a.Finish) > 0 }) {
		columns = append(columns, table.Words("finish reasons", func(row armRow) table.Value { return finishReasons(row.s.Finish) }))
	}
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool {
		return !slices.ContainsFunc(metrics, func(m metric.Metric) bool { return row.s.Figure(m) != nil })
	})
	return Section{Table: table.New("Tokens, as the answers report them, and their cost.", rows, columns)}
}

// finishReasons lists why answers ended, in the API's words.
func finishReasons(counts map[string]uint64) table.Value {
	var reasons table.List
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		reasons = append(reasons, reason+" "+format.Count(counts[reason]))
	}
	if len(reasons) == 0 {
		return table.Text(format.Unknown)
	}
	return reasons
}
