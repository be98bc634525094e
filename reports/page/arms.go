package page

import (
	"maps"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// arms is the table of the figures of each arm: what was offered to it and every metric shown.
func arms(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	columns := levelsOfArm(from.Record.Axes)
	if slices.ContainsFunc(from.Summary.Arms, onlyOpen) {
		columns = append(columns, table.Figures(offered(), func(row armRow) *float64 { return row.s.Offered }))
	}
	var others []table.ColumnOf[armRow]
	for _, m := range summary.Shown(from.Summary.Arms) {
		c := table.Figures(m, func(row armRow) *float64 { return row.s.Figure(m) })
		switch {
		case m.Streamed, m.Tokens: // they have tables of their own
		case m.Kind == metric.Rate || m.Kind == metric.OfLatency:
			columns = append(columns, c)
		default:
			others = append(others, c)
		}
	}
	columns = append(columns, table.Figures(longest(), func(row armRow) *float64 { return row.s.Longest() }))
	columns = append(columns, others...)
	columns = append(columns, table.Words("errors", func(row armRow) table.Value { return errorsByClass(row.s.Requests, row.s.Errors) }))
	if slices.ContainsFunc(from.Summary.Arms, func(a summary.Arm) bool { return len(a.ClosedErrors) > 0 }) {
		columns = append(columns, table.Words("closed errors", func(row armRow) table.Value { return errorsByClass(row.closedRequests(), row.s.ClosedErrors) }))
	}
	return Section{Table: table.New(loadLine(from.Record), armRows(from), columns)}
}

// onlyOpen reports whether an arm has open load and nothing else that its TPS comes from, or would
// come from if the server had not fallen behind.
func onlyOpen(a summary.Arm) bool {
	if a.TPSFrom == nil {
		return a.Offered != nil && a.ClosedErrorRate == nil
	}
	return *a.TPSFrom == "open"
}

// errorsByClass lists failed requests by class; unknown if there were no requests.
func errorsByClass(requests uint64, errors map[string]uint64) table.Value {
	if requests == 0 {
		return table.Text(format.Unknown)
	}
	var classes table.List
	for _, class := range slices.Sorted(maps.Keys(errors)) {
		if n := errors[class]; n > 0 {
			classes = append(classes, class+" "+format.Count(n))
		}
	}
	if len(classes) == 0 {
		return table.Text("none")
	}
	return classes
}

// armRow is the data for an arm's row.
type armRow struct {
	arm *record.Arm
	s   summary.Arm
	// number is the arm's.
	number int
}

// ArmNumber is the number of the arm that the row is about.
func (r armRow) ArmNumber() int { return r.number }

// closedRequests counts the requests of the arm's closed slices.
func (r armRow) closedRequests() (n uint64) {
	for _, b := range r.arm.Blocks {
		if b.Closed != nil {
			n += b.Closed.Requests
		}
	}
	return n
}

func armRows(from Source) []armRow {
	var rows []armRow
	for i := range from.Record.Arms {
		rows = append(rows, armRow{&from.Record.Arms[i], from.Summary.Arms[i], i})
	}
	return rows
}

// levels returns the columns that name an arm: its level of each axis, or its name if there
// are no axes.
func levels[T any](axes []record.Axis, of func(T) summary.Arm) []table.ColumnOf[T] {
	if len(axes) == 0 {
		return []table.ColumnOf[T]{table.Names("arm", func(row T) table.Value { return table.Text(of(row).Arm) })}
	}
	var columns []table.ColumnOf[T]
	for _, axis := range axes {
		columns = append(columns, table.Names(axis.Name, func(row T) table.Value { return table.Text(of(row).Levels[axis.Name]) }))
	}
	return columns
}

func levelsOfArm(axes []record.Axis) []table.ColumnOf[armRow] {
	return levels(axes, func(row armRow) summary.Arm { return row.s })
}
