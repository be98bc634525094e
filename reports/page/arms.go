package page

import (
	"maps"
	"slices"

	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// arms is the table of the figures of each arm: what was offered to it and every metric shown.
func arms(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	columns := levelsOfArm(from.Record.Axes)
	if slices.ContainsFunc(from.Summary.Arms, func(a summary.Arm) bool { return a.TPSFrom != nil && *a.TPSFrom == "open" }) {
		columns = append(columns, figure(offered(), func(row armRow) *float64 { return row.s.Offered }))
	}
	var others []column[armRow]
	for _, m := range metric.Shown() {
		c := figure(m, func(row armRow) *float64 { return row.s.Figure(m) })
		switch {
		case m.Streamed:
		case m.Kind == metric.Rate || m.Kind == metric.OfLatency:
			columns = append(columns, c)
		default:
			others = append(others, c)
		}
	}
	columns = append(columns, figure(longest(), func(row armRow) *float64 { return row.s.Longest() }))
	columns = append(columns, others...)
	columns = append(columns, words("errors", func(row armRow) Value { return errorsByClass(row.s) }))
	return Section{Table: table(loadLine(from.Record), armRows(from), columns)}
}

// errorsByClass lists an arm's failed requests by class.
func errorsByClass(arm summary.Arm) Value {
	if arm.Requests == 0 {
		return Text(format.Unknown)
	}
	var classes List
	for _, class := range slices.Sorted(maps.Keys(arm.Errors)) {
		if n := arm.Errors[class]; n > 0 {
			classes = append(classes, class+" "+format.Count(n))
		}
	}
	if len(classes) == 0 {
		return Text("none")
	}
	return classes
}
